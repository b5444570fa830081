"""The part of the demo that is OKRs: a cycle with objectives of three levels, which are approved, and then
measured from week to week by people, by tasks and by a connector; one waits in the middle of its approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from app.core.approvals import Act
from app.core.caller import Caller
from app.core.key_result_sources import ConnectorSource, Measure, Pick, TasksSource
from app.core.okr_scores import Zone
from app.core.okrs import Level
from app.kernel.approvals import Approvables
from app.parts import Parts
from app.services import (
    approval_decisions,
    check_ins,
    connector_refresh,
    connectors,
    key_result_feeds,
    key_results,
    objective_alignment,
    objectives,
    okr_cycles,
)
from app.services.connectors import Static, Wanted
from scripts._seed_weeks import Moment
from scripts._story import Story

_BEGINS, _DECIDED = 80.0, 78.0
"""Days ago: when the cycle is prepared, and when its objectives are approved."""
_WEEKLY = tuple(range(74, 0, -7))
"""Days ago, of the check-ins."""
_LAST, _THOUGHT = 2.0, timedelta(hours=7)
"""Days ago, when another one is submitted; and how long a stage takes at least."""
_SITE = "contoso.sharepoint.com,7c7b2b5e-1f6a-4f8e-9d0e-1d1b6f0a5a11,0c7e7b52-6a0d-4c3a-8a51-2f1f6d4b9e02"
_STALE = int(timedelta(days=9).total_seconds())
_STEPS = (("katherine", "alan"), ("grace",), ("ada",))
"""Who approves at each stage, the first of whom the author is not."""


class Measured(NamedTuple):
    """``said``: the figures of the weeks, one after the other, or zones; fewer where nobody went on."""

    title: str
    said: Sequence[str] = ()
    metric: Mapping[str, str | None] | None = None
    zones: Mapping[str, str] | None = None
    confidence: Sequence[int] = (5, 5, 6, 6, 7, 7, 7, 8, 8, 8, 9)
    stale_after: int | None = None
    feed: str | None = None


class Aim(NamedTuple):
    title: str
    level: Level
    author: str
    by: Sequence[Measured]
    adds_to: str | None = None
    stages: int = 3
    """That have been passed."""


def _metric(direction: str, baseline: str, target: str, unit: str, **more: str) -> dict[str, str | None]:
    return {"direction": direction, "baseline": baseline, "target": target, "unit": unit, **more}


_AIMS = (
    Aim(
        "Tables that can be trusted",
        Level.COMPANY,
        "alan",
        (
            Measured(
                "Errors found in a hundred tables",
                ("12", "11", "11", "9", "8", "8", "6", "5", "5", "4", "3"),
                _metric("DECREASE", "12", "2", "errors", commit="6", stretch="0.5"),
                stale_after=_STALE,
            ),
            Measured(
                "What the Royal Society says",
                ("FAIL", "FAIL", "COMMIT", "COMMIT", "COMMIT", "TARGET"),
                zones={
                    "fail": "Nothing",
                    "commit": "It will look at one",
                    "target": "It recommends them",
                    "stretch": "It orders a set",
                },
            ),
        ),
    ),
    Aim(
        "Cards faster than by hand",
        Level.DEPARTMENT,
        "katherine",
        (
            Measured(
                "Hours of work in a table",
                ("40", "38", "33", "30", "28", "22", "20", "18", "17", "15", "14"),
                _metric("DECREASE", "40", "8", "hours", commit="20"),
                stale_after=_STALE,
            ),
            Measured(
                "Cards that are proved",
                metric=_metric("INCREASE", "0", "100", "%"),
                feed="tasks",
            ),
        ),
        "Tables that can be trusted",
    ),
    Aim(
        "A mill that does not stick",
        Level.TEAM,
        "alan",
        (
            Measured(
                "Turns without a stop",
                ("47", "60", "90", "85", "140", "300", "420", "410"),
                _metric("INCREASE", "47", "1000", "turns", commit="500", stretch="5000"),
                confidence=(4, 4, 5, 3, 5, 7, 7, 6),
                stale_after=_STALE,
            ),
            Measured(
                "Brass in the store",
                metric=_metric("INCREASE", "0", "400", "pounds"),
                feed="connector",
            ),
        ),
        "Cards faster than by hand",
    ),
    Aim(
        "Somebody else can run it",
        Level.TEAM,
        "katherine",
        (Measured("People who have run a program alone", metric=_metric("INCREASE", "1", "5", "people")),),
        "Tables that can be trusted",
        stages=1,
    ),
)


def weeks_of_okrs(
    story: Story, parts: Parts, people: Mapping[str, Caller], workspace_id: str, project_id: str
) -> list[Moment]:
    """What is done, day by day. ``project_id``: whose tasks feed one of the key results."""
    okrs = _Okrs(story, parts, people, workspace_id, project_id)
    return [
        (_BEGINS, okrs.prepare),
        (_DECIDED, okrs.agree),
        *((float(days_ago), partial(okrs.measure, week)) for week, days_ago in enumerate(_WEEKLY)),
        (_LAST, okrs.submit_another),
    ]


class _Okrs:
    def __init__(
        self, story: Story, parts: Parts, people: Mapping[str, Caller], workspace_id: str, project_id: str
    ) -> None:
        self._tell, self._clock = story.tell, story.clock
        self._parts, self._people = parts, people
        self._workspace_id, self._project_id = workspace_id, project_id
        self._objectives: dict[str, str] = {}
        self._measured: list[tuple[Caller, str, Measured]] = []

    async def prepare(self) -> None:
        ada, present = self._people["ada"], self._clock.present
        cycle = await self._tell(
            ada,
            okr_cycles.create_cycle,
            workspace_id=self._workspace_id,
            name="The first year",
            starts_on=(present - timedelta(days=_BEGINS)).date().isoformat(),
            ends_on=(present + timedelta(days=20)).date().isoformat(),
        )
        for aim in _AIMS:
            await self._set(cycle.id, aim)
        await self._tell(ada, okr_cycles.activate_cycle, workspace_id=self._workspace_id, cycle_id=cycle.id)

    async def _set(self, cycle_id: str, aim: Aim) -> None:
        author = self._people[aim.author]
        made = await self._tell(
            author,
            objectives.create_objective,
            workspace_id=self._workspace_id,
            cycle_id=cycle_id,
            title=aim.title,
            description=None,
            level=aim.level,
            owner_id=None,
        )
        self._objectives[aim.title] = made.id
        if aim.adds_to is not None:
            await self._tell(
                author,
                objective_alignment.set_alignment,
                workspace_id=self._workspace_id,
                objective_id=made.id,
                parents={self._objectives[aim.adds_to]: 1},
            )
        for each in aim.by:
            new: dict[str, Any] = {
                "title": each.title,
                "description": None,
                "weight": 1,
                "stale_after": each.stale_after,
                "zones" if each.metric is None else "metric": each.metric or each.zones,
            }
            key_result = await self._tell(
                author,
                key_results.create_key_result,
                workspace_id=self._workspace_id,
                objective_id=made.id,
                new=new,
            )
            self._measured.append((author, key_result.id, each))

    async def agree(self) -> None:
        """All but the last are approved, stage by stage, and then two are fed."""
        for aim in _AIMS[:-1]:
            await self._approve(aim)
        for author, key_result_id, each in self._measured:
            if each.feed is not None:
                source = (
                    TasksSource(self._project_id, Measure.PERCENT)
                    if each.feed == "tasks"
                    else ConnectorSource(await self._connect(), "pounds", Pick.SUM)
                )
                await self._tell(
                    author,
                    key_result_feeds.set_feed,
                    workspace_id=self._workspace_id,
                    key_result_id=key_result_id,
                    source=source,
                )

    async def submit_another(self) -> None:
        """Which the team has approved, and which now waits for who looks at the alignment."""
        await self._approve(_AIMS[-1])

    async def _approve(self, aim: Aim) -> None:
        approvables: Approvables = self._parts.approvables
        asked = await self._tell(
            self._people[aim.author],
            approval_decisions.submit,
            approvables,
            workspace_id=self._workspace_id,
            object_type="objective",
            object_id=self._objectives[aim.title],
        )
        for number, who in enumerate(_STEPS[: aim.stages]):
            self._clock.pass_by(_THOUGHT * (1 + (number + len(aim.title)) % 4))
            await self._tell(
                self._people[next(each for each in who if each != aim.author)],
                approval_decisions.decide,
                approvables,
                workspace_id=self._workspace_id,
                approval_id=asked.id,
                act=Act.APPROVE,
                reason=None,
            )

    async def _connect(self) -> str:
        """A workbook that this installation reaches only with a credential for Graph: without one the refresh
        fails, and the figure that was written down stands for what would be there, flagged as such."""
        ada, asker = self._people["ada"], self._parts.connectors
        stock = Static(("month", "pounds"), (("first", 120), ("second", 95)))
        config = await asker.check(
            "graph_excel",
            {"site_id": _SITE, "path": "Stores/Brass.xlsx", "worksheet": "Stock", "range": "A1:B13"},
        )
        made = await self._tell(
            ada,
            connectors.create_connector,
            asker.source("graph_excel"),
            lambda connector_id, target: None,
            workspace_id=self._workspace_id,
            wanted=Wanted(
                name="Brass in the store",
                config=config,
                fallback=connectors.STATIC,
                max_age_seconds=None,
                static_value=stock,
                columns=None,
                schedule=None,
            ),
        )
        async with self._parts.database.read() as tx:
            asked = await connector_refresh.prepare(
                tx, ada, workspace_id=self._workspace_id, connector_id=made.id, cause="refresh"
            )
        attempt = await asker.ask(asked)
        await self._tell(ada, connector_refresh.settle, (), asked=asked, attempt=attempt)
        return made.id

    async def measure(self, week: int) -> None:
        for person, key_result_id, each in self._measured:
            if week < len(each.said):
                said = each.said[week]
                await self._tell(
                    person,
                    check_ins.check_in,
                    workspace_id=self._workspace_id,
                    key_result_id=key_result_id,
                    value=said if each.metric else None,
                    zone=None if each.metric else Zone(said),
                    confidence=each.confidence[week],
                    note=None,
                )
