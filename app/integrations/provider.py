"""What the four providers have in common: a list to choose from, and one item by its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from app.integrations.upstream import Upstream


class ExternalItem(msgspec.Struct, frozen=True):
    """A project, space or site of another system."""

    provider: str
    id: str
    key: str | None
    name: str
    description: str | None
    url: str | None


class Credential(msgspec.Struct, frozen=True):
    """What a client of the other system is made with. Not for logs, not for answers."""

    provider: str
    base_url: str
    account: str | None
    secret: str

    def __repr__(self) -> str:
        return f"Credential({self.provider})"


class Provider(Protocol):
    """Both raise ``IntegrationFailure``; ``get`` also ``ExternalItemNotFound``."""

    async def page(
        self, *, search: str | None, place: str, limit: int
    ) -> tuple[list[ExternalItem], str | None]:
        """The items from ``place`` on (empty: the beginning), and where the next page begins, if any."""

    async def get(self, item_id: str) -> ExternalItem: ...


def text(value: Any, limit: int = 255) -> str | None:
    """A text member of somebody else's document, cut to what is stored; None for what is not text."""
    return value.strip()[:limit] or None if isinstance(value, str) else None


def members(upstream: Upstream, document: Any, name: str) -> list[Mapping[str, Any]]:
    """The objects in a list member. Raises ``IntegrationFailure`` where the document has another shape."""
    found = document.get(name) if isinstance(document, Mapping) else None
    if not isinstance(found, list):
        raise upstream.failure("bad_answer")
    return [each for each in found if isinstance(each, Mapping)]


def one_each(items: list[ExternalItem]) -> list[ExternalItem]:
    """The items in order, each id once: lists that move while they are paged repeat some."""
    return list({item.id: item for item in reversed(items)}.values())[::-1]


def page_of(
    items: list[ExternalItem], *, search: str | None, place: str, limit: int
) -> tuple[list[ExternalItem], str | None]:
    """A page of a list that is here whole. ``place`` is the last id of the page before; where that has gone
    meanwhile, the page begins where it would have stood by its name."""
    wanted = (search or "").casefold()
    found = sorted(
        (
            item
            for item in one_each(items)
            if wanted in item.name.casefold() or wanted in (item.key or "").casefold()
        ),
        key=_order,
    )
    name, separator, item_id = place.partition("\x1f")
    rest = [item for item in found if _order(item) > (name, item_id)] if separator else found
    page = rest[:limit]
    return page, "\x1f".join(_order(page[-1])) if len(rest) > limit else None


def _order(item: ExternalItem) -> tuple[str, str]:
    return item.name.casefold(), item.id
