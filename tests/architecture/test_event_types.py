"""What the code records as a change of a workspace, and the list of types of event, are the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.kernel.events import EVENT_TYPES

APP = Path(__file__).resolve().parents[2] / "app"
OF_NO_WORKSPACE = re.compile(
    r"(account|authorization_code|avatar|branding|browser_session|data_export|organization|password|platform|presence"
    r"|profile|refresh_token|session|scim|scim_connection|scim_mapping|sign_in|user)\."
)
"""Actions of other logs, which have no events."""
NO_CHANGE = {
    "access.denied",
    "access_review.exported",
    "audit.exported",
    "caches.invalidated",
    "connector.tried",
    "file.link_issued",
    "file.scan_asked",
    "file.upload_cancelled",
    "file.upload_completed",
    "file.upload_link_issued",
    "task.unwatched",
    "workspace.muted",
    "workspace.unmuted",
    "task.watched",
    "webhook.replayed",
    "webhook.resent",
    "webhook.tested",
}
"""Entries of a workspace's log that tell of no change."""
PAST = re.compile(
    r"[a-z_]+\.[a-z_]*(drawn|ed|gone|hidden|left|made|put|ready|ridden|sent|set|written|_owner)"
)
"""Actions say what was done; operations, which access is asked for, what is to be done."""


def named() -> Iterator[tuple[str, str]]:
    """Where, and what, of all names of actions that services and kernel write."""
    for path in sorted([*(APP / "services").glob("*.py"), *(APP / "kernel").glob("*.py")]):
        if path.name == "events.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and PAST.fullmatch(node.value):
                yield f"{path.name}:{node.lineno}", node.value


def test_whatever_is_recorded_as_a_change_is_a_type_of_event() -> None:
    unknown = {
        where: name
        for where, name in named()
        if name not in EVENT_TYPES and name not in NO_CHANGE and not OF_NO_WORKSPACE.match(name)
    }
    assert not unknown


def test_whatever_is_a_type_of_event_is_recorded() -> None:
    assert set(EVENT_TYPES) <= {name for _, name in named()}


def test_a_type_is_named_after_what_it_is_about() -> None:
    for name, each in EVENT_TYPES.items():
        assert each.type == name
        assert each.description.endswith(".")
        assert name == "workspace.without_owner" or name.partition(".")[0] == each.object_type
