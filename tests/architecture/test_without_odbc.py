"""A machine without unixODBC, which pyodbc's wheel does not bring: SQLite needs none of it, what checks T-SQL
does not either, and whatever does is skipped by name or says in words what to install."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.db.backends import NO_ODBC
from tests import odbc
from tests.harness import SIGNING_KEY

ROOT = Path(__file__).resolve().parents[2]
# Read by every Python that the test starts, and by those that they start.
HIDING = """
import sys

class Hiding:
    def find_spec(self, name, path=None, target=None):
        if name == "pyodbc":
            raise ImportError("libodbc.so.2: cannot open shared object file: No such file or directory")

sys.meta_path.insert(0, Hiding())
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "sitecustomize.py").write_text(HIDING)
    hidden = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
    hidden.pop("TEST_MSSQL_DSN", None)
    return hidden | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PMA_SIGNING_KEYS": SIGNING_KEY}


def run(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_tests_that_need_it_are_skipped_by_name_and_all_others_are_there(environment: dict[str, str]) -> None:
    options = ("-p", "no:cacheprovider", "-p", "no:randomly", "-q", "-rs", "--collect-only")
    code, text = run(environment, "-m", "pytest", *options)
    assert code == 0, text[-2000:]
    for name in (
        "tests/db/test_migrations.py",
        "tests/db/test_doctor.py",
        "tests/architecture/test_project.py",
    ):
        assert f"{name}::" in text
    for name in ("pool", "statement", "live"):
        assert f"tests/db/test_mssql_{name}.py::" not in text
        assert re.search(rf"SKIPPED .* tests/db/test_mssql_{name}.py:\d+: {re.escape(odbc.WHY)}", text)


@pytest.mark.slow
def test_the_service_and_its_checks_do_without_it(environment: dict[str, str], tmp_path: Path) -> None:
    assert (
        run(environment, "-c", "import scripts.check_tsql, scripts.check_queries, app.main; app.main.app")[0]
        == 0
    )
    code, text = run(environment, "scripts/migrate.py", "script", "--dialect", "mssql")
    assert code == 0
    assert "CREATE TABLE dbo.Workspace" in text
    mssql = environment | {"DB_TYPE": "mssql", "DB_NAME": "pma", "DB_USER": "u", "DB_PASSWORD": "p"}
    for script in (("scripts/migrate.py", "check"), ("scripts/doctor.py",)):
        code, text = run(mssql, *script)
        assert code == 1
        assert NO_ODBC in text
        assert "Traceback" not in text
