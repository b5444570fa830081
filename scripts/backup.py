"""Copies the SQLite database while the service runs: python scripts/backup.py FILE

The copy is one moment's state, whole, checked, and readable by this user alone. It never takes the place of a
file that is there. Blobs and keys are other files, see README, "Backup and restore"; SQL Server has its own.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.config import Settings
from app.core.private_files import create_private
from app.kernel.start_up import explained


class BackupFailed(Exception):
    """The text says why. Nothing was left behind."""


def back_up(source: Path, target: Path) -> None:
    """Raises ``BackupFailed``, ``OSError``, and ``sqlite3.Error``."""
    if target.exists():
        raise BackupFailed(f"{target} is there already")
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    create_private(part).close()
    try:
        _copy(source, part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _copy(source: Path, part: Path) -> None:
    # Read-only: SQLite would make a database where there is none, and that would be backed up.
    reading = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
    with closing(reading), closing(sqlite3.connect(part)) as copy:
        # All pages in one step, which is one read transaction. In several steps, each write of another
        # process would begin it anew (https://www.sqlite.org/c3ref/backup_finish.html).
        reading.backup(copy, pages=-1)
        (answer,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if answer != "ok":
            raise BackupFailed(f"the copy is damaged, and so is {source}: {answer}")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    target = parser.parse_args(arguments).file
    settings = Settings()
    try:
        if settings.db_type != "sqlite":
            raise BackupFailed("DB_TYPE is not sqlite: the server makes backups of its own")
        back_up(Path(settings.db_name), target)
    except (BackupFailed, OSError, sqlite3.Error) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{target}: {target.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    with explained():
        sys.exit(main(sys.argv[1:]))
