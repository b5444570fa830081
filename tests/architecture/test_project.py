"""The project's own promises: what the documents say is what the code does."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from starlette.routing import Route, WebSocketRoute

from app.core import errors
from app.core.config import Settings
from app.core.middleware import ACCESS_TOKEN_ONLY, ANONYMOUS, NOT_BY_COOKIE, PUBLIC, is_scim
from app.http.errors import status_of
from app.main import create_app
from scripts.tsql.rules import RULES
from tests.harness import SIGNING_KEY, all_routes, api_routes

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings(key_file: Path) -> Settings:
    return Settings(_env_file=None, pma_signing_keys=SIGNING_KEY, local_issuer_key_file=key_file)


def files() -> list[Path]:
    """What git would commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_a_move_to_another_http_client_is_one_import_each_for_app_tests_and_bench() -> None:
    sources = [path for path in files() if path.suffix == ".py"]
    naming = re.compile(r"^\s*(import|from) (httpx|httpcore|h11)\b", re.MULTILINE)
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in sources
        if naming.search(path.read_text(encoding="utf-8"))
    }
    assert knowing == {"app/integrations/http_client.py", "scripts/bench/client.py", "tests/http_client.py"}


def test_the_example_names_every_setting_in_order_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := re.fullmatch(r"(# )?([A-Z][A-Z0-9_]+)=(.*)", line))]
    assert [match[2] for match in found] == [name.upper() for name in Settings.model_fields]
    for match in found:
        default = Settings.model_fields[match[2].lower()]
        is_required = default.is_required()
        assert (match[1] is None) == is_required, f"{match[2]}: only what is required stands uncommented"
        if is_required:
            continue
        value = default.default
        text = "" if value is None else str(value)
        if isinstance(value, bool | list):
            text = json.dumps(value)
        assert match[3] == text, match[2]


def test_readme_has_both_commands() -> None:
    for command in ("python scripts/run.py", "python scripts/test.py"):
        assert command in README


def test_readme_lists_the_routes(key_file: Path) -> None:
    app = create_app(settings(key_file))
    real = {(method, route.path) for route in api_routes(app) for method in route.methods or ()}
    real |= {("WS", route.path) for route in all_routes(app) if isinstance(route, WebSocketRoute)}
    listed = set(re.findall(r"^\| (GET|POST|PATCH|PUT|DELETE|WS) \| `([^`]+)` \|", README, re.MULTILINE))
    assert listed == real


def test_readme_lists_the_error_codes_with_their_status() -> None:
    def classes(kind: type[errors.AppError]) -> set[type[errors.AppError]]:
        return {kind}.union(*(classes(each) for each in kind.__subclasses__()))

    real = {(each.code, str(status_of(each))) for each in classes(errors.AppError) if "code" in vars(each)}
    listed = set(re.findall(r"^\| `([A-Z_]+)` \| (\d{3}) \|", README, re.MULTILINE))
    assert listed == real


def test_readme_lists_the_admin_scripts_and_counts_the_rules() -> None:
    listed = re.findall(r"^\| `([a-z_]+)` \|", README, re.MULTILINE)
    assert sorted(listed) == sorted(path.stem for path in (ROOT / "sql/admin/mssql").glob("*.sql"))
    assert f"{len(RULES)} rules of our own" in README


def test_the_document_asks_for_the_tokens_that_the_gate_asks_for(key_file: Path) -> None:
    app = create_app(settings(key_file))
    document = app.openapi()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            schemes = [sorted(each) for each in operation["security"]]
            if path in ANONYMOUS | PUBLIC:
                assert schemes == []
            elif path in ACCESS_TOKEN_ONLY:
                assert schemes == [["AccessToken"]]
            elif is_scim(path):
                assert schemes == [["ScimSecret"]]
            elif path in NOT_BY_COOKIE:
                assert schemes == [["AccessToken", "PMAToken"]]
            else:
                assert schemes == [["AccessToken", "PMAToken"], ["BrowserHeader", "BrowserSession"]]
            assert operation["operationId"]
            assert operation["summary"]
            assert operation["tags"]
    served = {route.path for route in all_routes(app) if isinstance(route, Route)} | set(document["paths"])
    assert served >= ANONYMOUS | ACCESS_TOKEN_ONLY | NOT_BY_COOKIE
    json.dumps(document)


# A feature is one file name in every layer. What is missing in a layer stands here, and only that.
_EXCEPTIONS = {
    "api": {
        "connector_asking",
        "connector_refresh",
        "key_result_feeding",
        "connector_selections",
        "connector_values",
        "connector_sources",
        "analytics",
        "approval_deadlines",
        "approval_decisions",
        "objective_approvals",
        "workflow_approvals",
        "scim_grants",
        "scim_groups",
        "scim_ledger",
        "scim_models",
        "scim_people",
        "scim_protocol",
        "scim_storage",
        "scim_users",
        "browser_tokens",
        "acceptance",
        "admission",
        "account_closing",
        "accounts",
        "audit_export",
        "audit_verification",
        "audit_work",
        "checkpoints",
        "common",
        "demo",
        "due_dates",
        "erasure_steps",
        "file_scans",
        "file_types",
        "folders",
        "late_check_ins",
        "link_checker",
        "notifying",
        "outbound_mail",
        "personal_data",
        "platform_audit_log",
        "sign_in",
        "workflow_migrations",
        "webhook_consumer",
        "webhook_sending",
    },
    "services": {
        "analytics",
        "auth",
        "common",
        "metrics",
        "sockets",
        "scim",
    },
    "schemas": {
        "connector_asking",
        "connector_refresh",
        "key_result_feeding",
        "connector_selections",
        "connector_values",
        "connector_sources",
        "approval_deadlines",
        "approval_decisions",
        "objective_approvals",
        "workflow_approvals",
        "scim",
        "scim_grants",
        "scim_groups",
        "scim_ledger",
        "scim_models",
        "scim_people",
        "scim_protocol",
        "scim_storage",
        "scim_users",
        "sockets",
        "authorization_codes",
        "browser_tokens",
        "acceptance",
        "caches",
        "admission",
        "account_closing",
        "accounts",
        "audit_export",
        "audit_verification",
        "audit_work",
        "avatars",
        "checkpoints",
        "demo",
        "due_dates",
        "erasure_steps",
        "file_scans",
        "file_types",
        "folders",
        "late_check_ins",
        "link_checker",
        "metrics",
        "notifying",
        "outbound_mail",
        "org_audit",
        "personal_data",
        "platform_audit_log",
        "sign_in",
        "user_status",
        "unsubscribe",
        "workflow_versions",
        "workflow_migrations",
        "webhook_consumer",
        "webhook_deliveries",
        "webhook_sending",
    },
    "handles": {
        "connector_asking",
        "connector_refresh",
        "key_result_feeding",
        "connector_selections",
        "connector_values",
        "connector_sources",
        "analytics",
        "approval_deadlines",
        "approval_decisions",
        "objective_approvals",
        "workflow_approvals",
        "scim",
        "scim_ledger",
        "scim_models",
        "scim_protocol",
        "scim_storage",
        "sockets",
        "browser_tokens",
        "acceptance",
        "access_check",
        "caches",
        "audit_export",
        "audit_verification",
        "audit_work",
        "auth",
        "common",
        "demo",
        "due_dates",
        "erasure_steps",
        "event_types",
        "file_types",
        "integrations",
        "link_checker",
        "metrics",
        "notifying",
        "passwords",
        "personal_data",
        "org_audit",
        "platform_audit_log",
        "unsubscribe",
        "workflow_versions",
        "workflow_migrations",
        "webhook_consumer",
        "webhook_sending",
    },
}


def test_features_have_one_name_in_every_layer() -> None:
    def stems(folder: str) -> set[str]:
        return {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}

    # What features stand on is called alike where it has queries of its own.
    layers = {name: stems(f"app/{name}") for name in ("api", "services", "schemas")}
    layers["handles"] = stems("app/db/handles")
    assert layers["handles"] == {path.stem for path in (ROOT / "sql/queries").glob("*.sql")}
    features = set().union(*layers.values()) - stems("app/kernel")
    assert {layer: features - names for layer, names in layers.items()} == _EXCEPTIONS


def test_no_sql_is_built_from_strings() -> None:
    """In the service, an f-string or a '%' never makes SQL; drivers, scripts of schema names, and what somebody
    else's database is asked for a connector aside."""
    verbs = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|MERGE)\s", re.IGNORECASE)
    for path in (ROOT / "app").rglob("*.py"):
        if "drivers" in path.parts or path.name == "postgres_source.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not verbs.match(node.value), f"{path.name}:{node.lineno}: SQL belongs in sql/queries"


def test_heavy_packages_are_imported_when_they_are_needed() -> None:
    code = (
        "import sys, app.main; "
        "heavy = ('azure', 'obstore', 'msal', 'pyodbc', 'aioodbc', 'sqlglot', 'jinja2', 'aiosmtplib', 'python_calamine', 'psycopg'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pins_are_whole_and_agree() -> None:
    def pins(name: str) -> dict[str, str]:
        lines = (ROOT / name).read_text().splitlines()
        kept = [line.partition(";")[0].strip() for line in lines if line and not line.startswith("#")]
        assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", line) for line in kept), kept
        return dict(line.split("==") for line in kept)

    service, tests = pins("requirements.txt"), pins("tests/requirements.txt")
    assert service.items() <= tests.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for wanted, pinned in (
        (project["dependencies"], service),
        (project["optional-dependencies"]["dev"], tests),
    ):
        for each in wanted:
            name = re.split(r"[\[~=<>]", each)[0]
            assert name in pinned
            if "~=" in each:
                assert pinned[name].startswith(each.split("~=")[1].rpartition(".")[0])


def test_only_what_belongs_at_the_top() -> None:
    top = {path.relative_to(ROOT).parts[0] for path in files()}
    assert top <= {
        "app", "sql", "scripts", "tests", "requirements.txt", ".env.example", "README.md", "pyproject.toml",
        ".ci", ".gitignore", "CHANGELOG.md",
    }  # fmt: skip


def test_what_is_one_thing_stands_once() -> None:
    """The look of plain pages, and arrays as queries take them."""
    helper = re.compile(
        r"^def \w+\(\w+: [^,\n]*\) -> (?:str|bytes):\n    return (?:msgspec\.)?json\.encode\((?:sorted\()?\w+\)",
        re.M,
    )
    looks, helpers = [], []
    for path in sorted((ROOT / "app").rglob("*.py")):
        text = path.read_text()
        looks += [path.name] * text.count("body{font:")
        helpers += [path.name] * len(helper.findall(text))
    assert looks == ["site.py"], "use STYLE of app.http.site"
    assert helpers == ["json_text.py"], "use as_json of app.core.json_text"
