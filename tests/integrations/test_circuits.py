"""When a circuit opens, and what says that the other end is there after all."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from app.core.errors import ExternalItemNotFound, IntegrationFailure
from app.core.places import NoPlace
from app.integrations.circuits import CircuitOpen, Circuits


async def call(circuits: Circuits, outcome: Exception | None, circuit: str) -> None:
    try:
        async with circuits.closed(circuit):
            if outcome is not None:
                raise outcome
    except (ExternalItemNotFound, IntegrationFailure):
        pass


def failure(reason: str) -> IntegrationFailure:
    return IntegrationFailure("jira", reason)


@pytest.mark.parametrize(
    ("fifth", "opens"),
    [
        (None, False),
        (ExternalItemNotFound(), False),
        (failure("unauthorized"), False),
        (failure("busy"), True),
        (failure("timeout"), True),
        (failure("unavailable"), True),
    ],
)
async def test_outages_open_a_circuit_unless_an_answer_came_between(
    fifth: Exception | None, opens: bool
) -> None:
    circuits = Circuits()
    for outcome in [*[failure("timeout")] * 4, fifth, failure("unavailable")]:
        for circuit in ("one", "two"):
            with suppress(CircuitOpen):
                await call(circuits, outcome, circuit)
    for circuit in ("one", "two"):
        if not opens:
            await call(circuits, None, circuit)
            continue
        with pytest.raises(CircuitOpen) as opened:
            await call(circuits, None, circuit)
        assert 25 < opened.value.seconds <= 30
    await call(circuits, None, "another")


async def test_a_crowd_has_an_end_for_a_circuit_and_for_an_origin() -> None:
    circuits, gate = Circuits(), asyncio.Event()
    inside = list[str]()

    async def crowd(circuit: str, origin: str) -> None:
        async with circuits.place(circuit, origin):
            inside.append(circuit)
            await gate.wait()

    tasks = [asyncio.create_task(crowd("one", "here")) for _ in range(71)]
    await asyncio.sleep(0)
    assert len(inside) == 10
    with pytest.raises(NoPlace):
        await tasks[-1]
    tasks += [asyncio.create_task(crowd(f"circuit-{number}", "here")) for number in range(401)]
    tasks += [asyncio.create_task(crowd("one", "there")), asyncio.create_task(crowd("two", "there"))]
    await asyncio.sleep(0)
    assert inside.count("two") == 1
    assert len(inside) == 41
    gate.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in outcomes if each is not None] == [NoPlace] * 2
