"""Whoever calls is found out in one place, whether tokens come in headers or a cookie stands for them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"
NAMES = ("authorization", "cookie", "x-pma-token", "x-pma-browser")
READING = {
    "core/middleware.py": "the gate",
    "core/browser_cookies.py": "the gate's cookies, and that of a sign-in under way",
    "api/metrics.py": "a token of its own, for whoever collects metrics",
}
NAMING = {
    "http/headers.py": "what CORS lets through",
    "http/openapi.py": "what the document says",
}


def names_of(path: Path) -> set[str]:
    """Names of headers with credentials that are read, not sent."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    sent = {id(key) for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in sent:
            value = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            found.add(value.lower())
        elif isinstance(node, ast.arg) and node.annotation and "Header" in ast.unparse(node.annotation):
            found.add(node.arg.lower().replace("_", "-"))
    return found & set(NAMES)


def test_credentials_are_read_at_the_gate_and_nowhere_else() -> None:
    knowing = {path.relative_to(APP).as_posix() for path in APP.rglob("*.py") if names_of(path)}
    assert knowing == set(READING) | set(NAMING)


def test_cookies_are_read_and_written_by_the_one_who_knows_them() -> None:
    for path in APP.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"request\.cookies|\bCookie\(|\.(set|delete)_cookie\(", text), path.name
