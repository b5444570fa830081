"""Structured logs on standard error. Nothing here ever sees a header, a body or a token."""

import logging
import logging.config
import traceback
from typing import Literal

_USUAL = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "color_message"})
"""What every record has, and what uvicorn adds for terminals."""


class TextFormatter(logging.Formatter):
    """A line an event, with what else is known of it as ``key=value``. Nothing in an event ends its line or
    speaks to the terminal: what does not print is escaped. The lines of a trace are indented."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.message = _printable(record.getMessage())
        record.asctime = self.formatTime(record)
        more = [f"{key}={_value(value)}" for key, value in vars(record).items() if key not in _USUAL]
        lines = [" ".join([self.formatMessage(record), *more])]
        if record.exc_info and record.exc_info[0]:
            trace = "".join(traceback.format_exception(*record.exc_info))
            lines += [f"  {_printable(line)}" for line in trace.splitlines()]
        return "\n".join(lines)


def _value(value: object) -> str:
    text = _printable(str(value))
    if text and not any(each in ' "=' for each in text):
        return text
    return '"' + text.replace('"', r"\"") + '"'


def _printable(text: str) -> str:
    if text.isprintable():
        return text.replace("\\", r"\\")
    return "".join(
        each.replace("\\", r"\\") if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )


def configure(level: str, style: Literal["json", "text"]) -> None:
    """One line an event: JSON for machines, text for a terminal. Uvicorn's own lines go the same way; its
    access log stays off, because a path can hold what a log should not."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": "pythonjsonlogger.json.JsonFormatter",
                    "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
                    "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
                },
                "text": {"()": TextFormatter},
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": style}},
            "root": {"level": level, "handlers": ["stderr"]},
            "loggers": {
                "uvicorn": {"handlers": [], "propagate": True},
                "uvicorn.access": {"handlers": [], "propagate": False},
                # These log a line a statement or a request at DEBUG, values included.
                "aiosqlite": {"level": "WARNING"},
                "httpx": {"level": "WARNING"},
                "httpcore": {"level": "WARNING"},
            },
        }
    )
