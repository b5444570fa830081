"""Events: what changed, for those who follow a workspace."""

from app.core.permissions import Role

_ADMINS_ONLY = ("connection.", "invitation.", "join_link.")
"""Types about things that only an ADMIN may see."""


def minimum_rank(event_type: str) -> int:
    """The rank of the lowest role that is told of it."""
    return (Role.ADMIN if event_type.startswith(_ADMINS_ONLY) else Role.VIEWER).rank
