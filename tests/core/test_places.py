"""So many at once and so many in line, for each key by itself."""

from __future__ import annotations

import asyncio

import pytest

from app.core.places import NoPlace, Places


async def hold(places: Places, key: str, gate: asyncio.Event, inside: list[str]) -> None:
    async with places.take(key):
        inside.append(key)
        await gate.wait()
        inside.remove(key)


async def test_a_line_has_an_end_and_is_nobody_else_s() -> None:
    places, gate, inside = Places(2, 1), asyncio.Event(), list[str]()
    crowd = [asyncio.create_task(hold(places, "ada", gate, inside)) for _ in range(3)]
    await asyncio.sleep(0)
    assert inside == ["ada"] * 2
    with pytest.raises(NoPlace):
        await hold(places, "ada", gate, inside)
    other = asyncio.create_task(hold(places, "bob", gate, inside))
    await asyncio.sleep(0)
    assert inside == ["ada", "ada", "bob"]
    gate.set()
    await asyncio.gather(*crowd, other)
    async with places.take("ada"):
        pass


async def test_who_has_left_is_forgotten_however_they_left() -> None:
    places, gate = Places(1), asyncio.Event()
    crowd = [asyncio.create_task(hold(places, "ada", gate, [])) for _ in range(4)]
    await asyncio.sleep(0)
    crowd[-1].cancel()
    await asyncio.wait([crowd[-1]])
    assert [*places._lines] == ["ada"]
    gate.set()
    await asyncio.gather(*crowd[:-1])
    with pytest.raises(ValueError, match="x"):
        async with places.take("bob"):
            raise ValueError("x")
    assert not places._lines
