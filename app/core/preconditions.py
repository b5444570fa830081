"""Conditions on a change: only if what is stored is still what the caller has seen."""

from app.core.errors import VersionMismatch

Expected = frozenset[int] | None
"""The versions that the caller is willing to change; None for whatever is there."""


def require_version(current: int, expected: Expected) -> None:
    """To be asked holding the guard row, so that it stays true to the commit. Raises ``VersionMismatch``."""
    if expected is not None and current not in expected:
        raise VersionMismatch(details={"version": current})
