"""What the service may tell, the console has words for."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from app.core import notice_texts
from app.core.notices import Reason
from app.kernel.events import EVENT_TYPES
from app.kernel.jobs import JobKind
from scripts._environment import ROOT

TOLD = {
    "reasons": ("notifications", Reason),
    "sentences": ("notifications", notice_texts._SENTENCES),
    "of oneself": ("notifications", [" ".join(each) for each in notice_texts._OF_ONESELF]),
    "jobs": ("jobs", JobKind),
    "events": ("changes", EVENT_TYPES),
}


@pytest.mark.parametrize(("area", "names"), TOLD.values(), ids=list(TOLD))
def test_there_are_words_for_all_of_it(area: str, names: Iterable[str]) -> None:
    texts = (ROOT / "app/console/texts" / f"{area}.js").read_text(encoding="utf-8")
    assert [name for name in names if f" {name}: " not in texts and f'"{name}": ' not in texts] == []
