"""What organisations have, counted anew from the rows that it is counted of."""

from __future__ import annotations

from typing import Any

from app.core.config import Settings
from tests.databases import look, tables

_KEPT = "SELECT u.org_id, u.seats, u.workspaces, u.file_bytes FROM OrganizationUsage AS u"
_SEATS = "SELECT s.org_id, s.user_id, s.memberships FROM OrganizationSeat AS s"
_MEMBERSHIPS = """
SELECT a.org_id, a.user_id, COUNT(*) FROM (
    SELECT m.org_id, m.user_id FROM OrganizationMember AS m
    UNION ALL
    SELECT w.org_id, m.user_id FROM WorkspaceMember AS m JOIN Workspace AS w ON w.id = m.workspace_id
    WHERE w.org_id IS NOT NULL AND w.is_active = 1
) AS a GROUP BY a.org_id, a.user_id
"""
_WORKSPACES = """
SELECT w.org_id, w.id, (
    SELECT COALESCE(SUM(f.size), 0) FROM WorkspaceFile AS f
    WHERE f.workspace_id = w.id AND f.is_counted = 1
) FROM Workspace AS w WHERE w.org_id IS NOT NULL AND w.is_active = 1
"""
_KEPT_BY_DIRECTORIES = """
SELECT c.id, c.user_count, c.group_count,
       (SELECT COUNT(*) FROM ScimUser AS u WHERE u.connection_id = c.id),
       (SELECT COUNT(*) FROM ScimGroup AS g WHERE g.connection_id = c.id)
FROM ScimConnection AS c
"""
_KEPT_FILES = "SELECT u.workspace_id, u.files, u.file_bytes FROM WorkspaceUsage AS u"
_FILES = """
SELECT f.workspace_id, COUNT(*), SUM(f.size) FROM WorkspaceFile AS f WHERE f.is_counted = 1 GROUP BY f.workspace_id
"""


def require_true_counts(settings: Settings) -> None:
    """Fails where an organisation's seats, workspaces or bytes are others than a recount finds. A database
    whose files a test has taken away has none."""
    if not tables(settings):
        return
    _require_true_counts_of_the_rest(settings)
    kept, seats, memberships, workspaces = look(
        settings, [(sql, ()) for sql in (_KEPT, _SEATS, _MEMBERSHIPS, _WORKSPACES)]
    )
    assert _sorted(seats) == _sorted(memberships), "OrganizationSeat is out of step with the memberships"
    for org_id, *counts in kept:
        of_it = [size for of, _, size in workspaces if of == org_id]
        held = sum(1 for of, *_ in memberships if of == org_id)
        assert counts == [held, len(of_it), sum(of_it)], "OrganizationUsage is out of step: kept, counted"


def _require_true_counts_of_the_rest(settings: Settings) -> None:
    kept, counted, told = look(settings, [(sql, ()) for sql in (_KEPT_FILES, _FILES, _KEPT_BY_DIRECTORIES)])
    assert all((users, groups) == tuple(found) for _, users, groups, *found in told), (
        "ScimConnection is out of step with what its directory told of"
    )
    seen = {str(workspace_id): (int(files), int(size)) for workspace_id, files, size in kept if files}
    assert seen == {str(workspace_id): (int(files), int(size)) for workspace_id, files, size in counted}, (
        "WorkspaceUsage is out of step: kept, counted"
    )


def _sorted(found: list[tuple[Any, ...]]) -> list[tuple[str, str, int]]:
    return sorted((str(org_id), user_id, number) for org_id, user_id, number in found)
