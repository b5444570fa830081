"""What doctor finds: a line each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    outcome: Outcome
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.outcome:8} {self.subject:24} {self.detail}"


def ok(subject: str, detail: str) -> Finding:
    return Finding(Outcome.OK, subject, detail)


def warning(subject: str, detail: str) -> Finding:
    return Finding(Outcome.WARNING, subject, detail)


def failed(subject: str, detail: str) -> Finding:
    return Finding(Outcome.FAILED, subject, detail)
