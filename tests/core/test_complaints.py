"""Who attacks writes no log: a line a minute for each limit, with what came in between."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from app.core.complaints import Complaints
from tests.harness import Clock


def test_a_line_a_minute_tells_how_often_it_happened_since(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    complaints = Complaints(clock.monotonic)

    def told() -> list[tuple[str, int]]:
        records: list[Any] = list(caplog.records)
        caplog.clear()
        return [(each.limit, each.more_since_the_last_line) for each in records]

    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            complaints.tell("one")
        complaints.tell("another")
        assert told() == [("one", 0), ("another", 0)]
        clock.advance(seconds=59)
        complaints.tell("one")
        assert told() == []
        clock.advance(seconds=1)
        complaints.tell("one")
        complaints.tell("one")
        assert told() == [("one", 4)]
        clock.advance(seconds=60)
        complaints.tell("one")
        complaints.tell("another")
        assert told() == [("one", 1), ("another", 0)]
