"""So many for one, so many for all; and what was taken is given back."""

import logging

import pytest

from app.core.blocking import Busy
from app.core.errors import RateLimited
from app.core.slots import Slots


def test_one_caller_takes_no_more_than_theirs(caplog: pytest.LogCaptureFixture) -> None:
    slots = Slots("exports", 2, in_all=3)
    with slots.take("ada"), slots.take("ada"):
        for _ in range(3):
            with caplog.at_level(logging.WARNING), pytest.raises(RateLimited) as refused, slots.take("ada"):
                pass
        assert refused.value.retry_after == 30
        with slots.take("bob"):
            assert slots.count("bob") == 1
            with pytest.raises(Busy) as busy, slots.take("cyd"):
                pass
            assert busy.value.retry_after
        assert slots.count("bob") == 0
    with slots.take("ada"):
        assert slots.count("ada") == 1
    lines = [record for record in caplog.records if record.getMessage() == "limit reached"]
    assert len(lines) == 2, "one a minute for each limit"


def test_an_error_gives_it_back() -> None:
    slots = Slots("exports", 1)
    with pytest.raises(ValueError, match="x"), slots.take("ada"):
        raise ValueError("x")
    with slots.take("ada"):
        pass
    assert not slots._taken, "who has left is forgotten"
