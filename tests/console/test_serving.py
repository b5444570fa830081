"""How the console is served: one page for every address, files kept for ever, and nothing of it where it is off."""

from __future__ import annotations

import gzip
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.http.console import Console, imported, policy, without_comments
from scripts import _node
from scripts._environment import ROOT
from tests.databases import TestDatabase
from tests.harness import Service, api_routes, code, make_settings, running

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
FILES = ROOT / "app" / "console"
BUDGET = 60 * 1024
IMPORT = re.compile(r"""(?:^|\n)(?:import|export)\b[^;]*?from "([^"]+)"|(?:^|\n)import "([^"]+)";""")


async def test_every_address_is_the_one_page(service: Service) -> None:
    pages = [
        await service.client.get(path)
        for path in ("/console/", "/console/w/1/boards/2", "/console/w/a%2Fb/x?dialog=new")
    ]
    assert {page.status_code for page in pages} == {200}
    assert len({page.text for page in pages}) == 1
    for page in pages:
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-cache"
        assert page.headers["content-security-policy"] == policy()
    again = await service.client.get("/console/", headers={"If-None-Match": pages[0].headers["etag"]})
    assert (again.status_code, again.text) == (304, "")
    assert again.headers["content-security-policy"] == policy()


async def test_the_policy_lets_nothing_in_that_is_not_a_file_of_the_console(service: Service) -> None:
    assert "unsafe" not in policy("https://store.example.com")
    assert "require-trusted-types-for 'script'; trusted-types pma-worker" in policy()
    page = (await service.client.get("/console/")).text
    assert not re.search(r"https?:|<script>|<style|\son[a-z]+=|\sstyle=", page)


async def test_the_worker_stays_at_its_address_and_calls_nobody(service: Service) -> None:
    worker = await service.client.get("/console/worker.js")
    assert worker.headers["content-type"] == "text/javascript; charset=utf-8"
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["content-security-policy"] == "default-src 'none'"
    assert "fetch" not in worker.text
    assert "/**" not in worker.text
    assert "worker-src 'self'" in policy()


async def test_what_the_page_loads_is_kept_for_ever_and_compressed(service: Service) -> None:
    page = await service.client.get("/console/")
    for place in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        packed = await service.client.get(place, headers={"Accept-Encoding": "gzip"})
        assert packed.status_code == 200, place
        assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"
        plain = await service.client.get(place, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        name = place.split("/", 4)[4]
        assert plain.content == packed.content == without_comments(name, (FILES / name).read_bytes())
        assert packed.headers["content-type"].split(";")[0] in (
            "text/javascript",
            "text/css",
            "image/svg+xml",
        )


async def test_only_files_of_this_version_are_there(service: Service) -> None:
    version = re.findall(r"/console/-/(\w+)/", (await service.client.get("/console/")).text)[0]
    base = f"/console/-/{version}"
    assert (await service.client.get(f"{base}/main.js")).status_code == 200
    for place in (
        f"{base}/index.html", f"{base}/vendor/manifest.json", f"{base}/vendor/ui.d.ts",
        f"{base}/%2e%2e/pages/home.html", f"{base}/", f"{base}/nothing.js", "/console/-/0123456789abcdef/main.js",
    ):  # fmt: skip
        assert code(await service.client.get(place)) == (404, "NOT_FOUND"), place
    assert code(await service.client.post("/console/")) == (405, "METHOD_NOT_ALLOWED")


async def test_a_browser_at_the_root_is_led_to_it_below_any_prefix(
    database: TestDatabase, key_file: Path, service: Service
) -> None:
    assert (await service.client.get("/")).json()["links"]["console"] == "console/"
    for path in ("/", "/console"):
        led = await service.client.get(path, headers=BROWSER)
        assert (led.status_code, led.headers["location"]) == (307, "/console/"), path


@pytest.fixture
async def closed(database: TestDatabase, key_file: Path) -> AsyncIterator[Service]:
    async with running(make_settings(database, key_file, console_enabled=False)) as service:
        yield service


async def test_where_it_is_off_nothing_of_it_is_there(closed: Service) -> None:
    for path in ("/console", "/console/", "/console/w/1", "/console/-/x/main.js"):
        assert code(await closed.client.get(path)) == (404, "NOT_FOUND"), path
    assert "console" not in (await closed.client.get("/")).json()["links"]
    home = await closed.client.get("/", headers=BROWSER)
    assert (home.status_code, "console" in home.text) == (200, False)
    asked = await closed.client.get("/auth/oauth/authorize", params={"return_to": "/console/"})
    assert code(asked) == (400, "RETURN_TO_NOT_ALLOWED")


def test_nothing_of_the_api_lies_below_it(service: Service) -> None:
    assert [route.path for route in api_routes(service.app) if route.path.startswith("/console")] == []


def test_whoever_changes_a_file_sees_it_at_the_next_loading(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("$base", encoding="utf-8")
    file = tmp_path / "main.js"
    file.write_text("1", encoding="utf-8")
    console = Console(tmp_path)
    page, version = console.page("/pma")
    assert page == f"/pma/console/-/{version}"
    assert console.packed(version, "main.js") == gzip.compress(b"1", 9, mtime=0)
    file.write_text("other", encoding="utf-8")
    page, other = console.page("/pma")
    assert other != version
    assert console.packed(version, "main.js") is None
    assert gzip.decompress(console.packed(other, "main.js") or b"") == b"other"


def test_the_first_screen_is_at_most_60_kib_compressed() -> None:
    page = (FILES / "index.html").read_text(encoding="utf-8")
    loaded = {place.split("$base/")[1] for place in re.findall(r'(?:src|href)="([^"]+)"', page)}
    loaded |= {*imported(FILES, "main.js"), *imported(FILES, "screens/workspaces.js"), "index.html"}
    console = Console()
    version = console.page("")[1]
    sizes = {name: len(console.packed(version, name) or b"") for name in loaded - {"index.html"}}
    sizes["index.html"] = len(page)
    assert sum(sizes.values()) <= BUDGET, sorted(sizes.items(), key=lambda each: -each[1])
    assert not {"vendor/drag.js", "vendor/graph.js"} & loaded, "only on the screens that need them"


@pytest.mark.slow
@pytest.mark.skipif(not _node.installed().exists(), reason="what runs on Node.js is not installed")
def test_what_is_taken_away_as_a_comment_is_one(tmp_path: Path) -> None:
    """Both are parsed, and are the same but for comments."""
    modules = [path for path in FILES.rglob("*.js") if path.parent.name != "vendor"]
    bare = tmp_path / "bare"
    for path in modules:
        name = path.relative_to(FILES).as_posix()
        (bare / name).parent.mkdir(parents=True, exist_ok=True)
        content = without_comments(name, path.read_bytes())
        assert content.count(b"\n") == path.read_bytes().count(b"\n"), name
        (bare / name).write_bytes(content)
    parsed: list[dict[Path, bytes]] = []
    for place in (FILES, bare):
        program = [_node.node(), str(_node.installed() / "node_modules/esbuild/bin/esbuild")]
        files = [str(place / path.relative_to(FILES)) for path in modules]
        out = tmp_path / f"out{len(parsed)}"
        options = ["--minify-whitespace", "--log-level=error", f"--outbase={place}", f"--outdir={out}"]
        subprocess.run([*program, *files, *options], check=True)
        parsed.append({path.relative_to(out): path.read_bytes() for path in out.rglob("*.js")})
    assert parsed[0] == parsed[1]
    assert len(parsed[0]) == len(modules)


def test_what_begins_at_once_is_fetched_at_once() -> None:
    page, _ = Console().page("")
    fetched = re.findall(r'<link rel="modulepreload" href="/console/-/\w+/([^"]+)">', page)
    assert len(fetched) == len(set(fetched))
    assert {"main.js", "parts/shell.js", "core/api.js", "vendor/ui.js"} <= set(fetched)
    assert all((FILES / name).is_file() for name in fetched)


def test_nothing_is_imported_from_elsewhere_and_all_of_it_is_there() -> None:
    for path in FILES.rglob("*.js"):
        if path.parent.name == "vendor":
            continue
        text = path.read_text(encoding="utf-8")
        places = [next(filter(None, groups)) for groups in IMPORT.findall(text)]
        for place in places + re.findall(r'import\("([^"]+)"\)', text):
            assert not urlsplit(place).scheme, f"{path.name}: {place}"
            assert (path.parent / place).is_file(), f"{path.name}: {place}"


def test_words_stand_in_the_files_of_texts() -> None:
    """Between tags and in labels there are values, no words: a second language has one place to be in."""
    for path in [*FILES.glob("parts/*.js"), *FILES.glob("screens/*.js"), *FILES.glob("core/*.js")]:
        for template in re.findall(r"html`(.*?)`", path.read_text(encoding="utf-8"), re.DOTALL):
            plain = re.sub(r"\$\{[^{}]*\}", "", template)
            words = re.findall(r">[^<>${}`=]*[A-Za-z]{2,}[^<>${}`=]*</", plain)
            labels = re.findall(r'(?:aria-label|title|placeholder|alt)="[^"$]*[A-Za-z][^"]*"', plain)
            assert not words + labels, f"{path.name}: {words + labels}"
