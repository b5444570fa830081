"""What services ask for in a workspace, and the published list of operations, are the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.core.operations import OPERATIONS

APP = Path(__file__).resolve().parents[2] / "app"
ENTRANCES = {"enter", "enter_to_change", "enter_project", "enter_project_to_change"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted([*(APP / "services").glob("*.py"), *(APP / "kernel").glob("*.py")]):
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))


def test_what_is_asked_for_is_in_the_list() -> None:
    asked = {
        (f"{name}:{call.lineno}", keyword.value.value)
        for name, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ENTRANCES
        for keyword in call.keywords
        if keyword.arg == "operation" and isinstance(keyword.value, ast.Constant)
    }
    assert len(asked) > 100
    assert [place for place, operation in sorted(asked) if operation not in OPERATIONS] == []


def test_what_is_in_the_list_is_asked_for() -> None:
    words = {
        node.value
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # f"workspace.{step}" is written as its beginning, and what follows as a word of its own.
    begun = {word for word in words if re.fullmatch(r"[a-z_]+\.(\w*_)?", word)}

    def is_asked_for(name: str) -> bool:
        return name in words or any(
            name.startswith(head) and name.removeprefix(head) in words for head in begun
        )

    assert [name for name in OPERATIONS if not is_asked_for(name)] == []


def test_what_is_for_guests_takes_no_role_that_they_cannot_have() -> None:
    for operation in OPERATIONS.values():
        assert not (operation.for_guests and operation.minimum in ("OWNER", "ADMIN")), operation
