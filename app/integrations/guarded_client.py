"""Calls to addresses that users chose: receivers of webhooks, push services.

A name is looked up once for each call. Every address that it stands for is judged by ``OutboundRules``, and
what is connected to is one of the addresses judged: so it cannot stand for another one by then (DNS
rebinding), and nothing that may not be reached gets as much as a connection, which would tell which of its
ports are open.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Hashable, Mapping, Sequence

from app.core.blocking import Blocking, Busy, Overdue
from app.core.outbound import OutboundRules, address_in
from app.core.places import NoPlace, Places
from app.integrations.http_client import Beginning, NoAnswer, ask_once

__all__ = ["AddressRefused", "Beginning", "GuardedClient", "NoAnswer"]

_LOOK_UPS, _LOOK_UPS_WAITING = 16, 200
_LOOK_UPS_OF_ONE, _LOOK_UPS_WAITING_OF_ONE = 2, 50
_LOOK_UP_SECONDS = 5.0
_MOST_ADDRESSES = 4

LookUp = Callable[[str], Sequence[str]]
"""The addresses of a host, in the order they are to be tried. Blocks. Raises ``OSError``."""


class AddressRefused(Exception):
    """Nothing was sent: not even a connection was tried. ``reason`` is a word of ``OutboundRules``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def look_up(host: str) -> Sequence[str]:
    """As the machine does."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedClient:
    """``authorities`` and ``look_up`` stand for the machine's own. ``aclose`` when done."""

    def __init__(
        self,
        rules: OutboundRules,
        *,
        look_up: LookUp = look_up,
        authorities: ssl.SSLContext | None = None,
    ) -> None:
        self.rules = rules
        self._look_up = look_up
        self._authorities = authorities
        self._names = Blocking(
            "outbound-names", workers=_LOOK_UPS, waiting=_LOOK_UPS_WAITING, deadline=_LOOK_UP_SECONDS
        )
        self._lines = Places(_LOOK_UPS_OF_ONE, _LOOK_UPS_WAITING_OF_ONE)

    async def aclose(self) -> None:
        await self._names.aclose()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        whose: Hashable,
        headers: Mapping[str, str],
        content: bytes = b"",
        seconds: float,
        most: int,
    ) -> Beginning:
        """One request within ``seconds`` in all, looking up included; at most ``most`` bytes of the answer's
        body are read, and it may go on (``is_whole``). A redirect is an answer, and is not followed. Names of
        one (``whose``: a workspace, a person) wait for no one else's. Raises ``AddressRefused`` and
        ``NoAnswer``."""
        if (problem := self.rules.problem_with(url)) is not None:
            raise AddressRefused(problem)

        async def judged(host: str) -> Sequence[str]:
            return await self.addresses(host, whose=whose)

        return await ask_once(
            method,
            url,
            resolve=judged,
            headers=headers,
            content=content,
            seconds=seconds,
            most=most,
            authorities=self._authorities,
        )

    async def addresses(self, host: str, *, whose: Hashable) -> Sequence[str]:
        """What a name or address may be reached at now, in the order to try. Raises ``AddressRefused`` where
        one of them may not be, and ``NoAnswer``."""
        found = [host] if address_in(host) else await self._found(host, whose)
        for each in found:
            address = address_in(each)
            if address is None or not self.rules.may_reach(address):
                raise AddressRefused("address")
        if not found:
            raise NoAnswer("name")
        return found[:_MOST_ADDRESSES]

    async def _found(self, host: str, whose: Hashable) -> Sequence[str]:
        try:
            async with self._lines.take(whose):
                return await self._names.run(self._look_up, host)
        except Overdue:
            raise NoAnswer("name") from None
        except (Busy, NoPlace):
            raise NoAnswer("busy") from None
        except (OSError, UnicodeError):
            raise NoAnswer("name") from None
