"""Files of this service's own: nobody but its user reads them. Windows has no such modes, and nothing is done
there: a directory's rights are inherited."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.core.config_fields import SettingsFields

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_DATA_DIRECTORY = ".data"
STORED = frozenset({".parts", "users", "workspaces"})
"""What the store of files keeps at its root."""


def make_private_directory(path: Path) -> None:
    """Makes the directory, and those above it that are not there, for this user alone."""
    if path.is_dir():
        return
    for each in (*reversed(path.parents), path):
        each.mkdir(mode=0o700, exist_ok=True)


def create_private(path: Path) -> BinaryIO:
    """Opens a new file to be written. Raises ``FileExistsError``."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600), "wb")


_BINARY = getattr(os, "O_BINARY", 0)


def sync_directory(path: Path) -> None:
    """A file's name is durable when its directory is; Windows has no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lax_paths(settings: SettingsFields) -> list[Path]:
    """What this service keeps and others may read as well."""
    return [path for path in _own_paths(settings) if _is_lax(path)]


def tighten(settings: SettingsFields) -> list[Path]:
    """Takes the rights of others away; answers where. What belongs to another user, or to a mount that nobody
    writes to, stays as it is."""
    changed = []
    for path in lax_paths(settings):
        try:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
        except OSError:
            continue
        # Some file systems have modes of their own (SMB) and say that they took ours.
        if not _is_lax(path):
            changed.append(path)
    return changed


def os_reason(error: OSError) -> str:
    """Which error it is, such as ``ENOSPC``; its text would name the path."""
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


def _own_paths(settings: SettingsFields) -> Iterator[Path]:
    files = [settings.local_issuer_key_file, settings.audit_key_file]
    if settings.db_type == "sqlite":
        files += [Path(f"{settings.db_name}{suffix}") for suffix in ("", "-wal", "-shm")]
    directories = [settings.blob_local_root] if settings.blob_store == "local" else []
    yield Path(".env")
    # A setting may name anything, a whole disk too: a file is one that is a file, and a directory is this
    # service's if nothing of anybody else lies in it.
    yield from (path for path in files if path.is_file())
    yield from (path for path in directories if _is_of_the_store(path))
    # Only the directory that is this service's by its name: a database may lie in anybody's.
    yield from {each.parent for each in (*files, *directories) if each.parent.name == _DATA_DIRECTORY}


def _is_of_the_store(path: Path) -> bool:
    try:
        return {each.name for each in path.iterdir()} <= STORED
    except OSError:
        return False


def _is_lax(path: Path) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return os.name != "nt" and bool(found.st_mode & _OTHERS)
