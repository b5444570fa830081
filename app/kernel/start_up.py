"""What keeps a process from starting, in sentences for whoever set it up: the service, its scripts and doctor
say it in the same words. Sentences name settings and files, never a value that is secret."""

from __future__ import annotations

import difflib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from filelock import Timeout
from pydantic import ValidationError
from pydantic_settings.exceptions import SettingsError

from app.core.blocking import Overdue
from app.core.config import SettingFault, Settings
from app.core.private_files import os_reason
from app.db.binding import QueryContractError
from app.db.errors import DatabaseError
from app.integrations.key_sources import KeysUnavailable

_OTHERS = ("OTEL_", "TEST_", "SCHEMATHESIS_", "PYTHON", "UVICORN_", "UV_", "WEB_CONCURRENCY")
"""Names that other programs take from the same file."""


def explain(error: BaseException) -> list[str] | None:
    """What an installation's owner can mend, a sentence each; None for a fault of the code, which wants its
    trace."""
    if isinstance(error, ValidationError):
        return [sentence for each in error.errors() for sentence in _of_setting(each)]
    if isinstance(error, UnicodeDecodeError):
        return [".env: is not text in UTF-8"]
    if isinstance(error, sqlite3.Error):
        return [f"DB_NAME: {error}"]
    if isinstance(error, Timeout):
        return [f"another process holds {error.lock_file}"]
    if isinstance(error, OSError):
        words = os.strerror(error.errno) if error.errno else "cannot be used"
        return [f"{error.filename or 'a file'}: {words} ({os_reason(error)})"]
    known = (DatabaseError, KeysUnavailable, Overdue, QueryContractError, SettingsError, SettingFault)
    return [str(error)] if isinstance(error, known) else None


@contextmanager
def explained() -> Iterator[None]:
    """Ends the process with the sentences, and exit code 1, where one of these errors leaves the block."""
    try:
        yield
    except Exception as error:
        sentences = explain(error)
        if sentences is None:
            raise
        raise SystemExit("\n".join(sentences)) from None


@contextmanager
def of_setting(name: str) -> Iterator[None]:
    """What fails inside is told as a fault of that setting's. Raises ``SettingFault``."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise SettingFault(f"{name}: {'; '.join(explain(error) or [str(error)])}") from error


def unknown_names(env_file: Path = Path(".env")) -> Iterator[str]:
    """Names in the file that are no settings, each with the one that was probably meant; and its lines that
    cannot be read, so that what they set is not set."""
    if not env_file.is_file():
        return
    with env_file.open(encoding="utf-8") as file:
        for binding in parse_stream(file):
            if binding.error:
                yield f"line {binding.original.line} of {env_file} cannot be read; nothing in it counts"
    names = [name.upper() for name in Settings.model_fields]
    for name in dotenv_values(env_file):
        if name.upper() in names or name.upper().startswith(_OTHERS):
            continue
        meant = difflib.get_close_matches(name.upper(), names, 1)
        yield f"{name} in {env_file} is no setting" + (f"; {meant[0]} is" if meant else "")


def _of_setting(problem: Mapping[str, object]) -> Iterator[str]:
    place, text = problem["loc"], str(problem["msg"]).removeprefix("Value error, ")
    if isinstance(place, tuple) and place:
        yield f"{'.'.join([str(place[0]).upper(), *map(str, place[1:])])}: {text}"
    else:
        # Rules between settings are told together, and name what they are of.
        yield from text.split("; ")
