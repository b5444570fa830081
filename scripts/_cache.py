"""The place on this machine for what scripts fetch once. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pm-assist"
"""https://specifications.freedesktop.org/basedir-spec/latest/"""


def keep(made: Path, place: Path) -> Path | None:
    """Moves what is whole to ``place``, at once. Where another run was first, that one's counts; None where
    it cannot be moved."""
    try:
        made.rename(place)
    except OSError:
        return place if place.exists() else None
    return place
