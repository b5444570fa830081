"""Structured logs on standard error. Nothing here ever sees a header, a body or a token."""

import logging
import logging.config
from typing import Literal


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
                "text": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"},
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
