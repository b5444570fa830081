"""The files that an open database is made of, and whether their names still stand for them.

Unix lets a file be removed or replaced while it is open. SQLite goes on in the one that it has open, which
nobody will find again: what is acknowledged then is gone with the process
(https://www.sqlite.org/howtocorrupt.html, section 2.4).
"""

from __future__ import annotations

from pathlib import Path

_SUFFIXES = ("", "-wal", "-shm")
_Identity = tuple[int, int]


class OpenFiles:
    """Made while the database is open: none of the three goes before the last connection does."""

    def __init__(self, path: Path) -> None:
        self._known = {each: _identity(each) for each in (Path(f"{path}{suffix}") for suffix in _SUFFIXES)}

    def are_in_place(self) -> bool:
        return all(_identity(each) == known for each, known in self._known.items())


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
