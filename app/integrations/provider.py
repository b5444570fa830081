"""What the four providers have in common: a list to choose from, and one item by its id."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from app.core.errors import InvalidCursor
from app.core.text import clean_line, tidy_line
from app.integrations.upstream import Answer, Authorize, Check, Step, Upstream


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

    @property
    def whose(self) -> str:
        """Tells credentials apart and gives nothing away."""
        parts = (self.provider, self.base_url, self.account or "", self.secret)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def bearer(secret: str) -> Authorize:
    """A credential that stays what it is, as RFC 6750 sends it."""
    return _always(f"Bearer {secret}")


def basic(account: str, secret: str) -> Authorize:
    """The same, as RFC 7617 sends it, in UTF-8."""
    return _always(f"Basic {base64.b64encode(f'{account}:{secret}'.encode()).decode()}")


def _always(value: str) -> Authorize:
    header = {"Authorization": value}

    async def authorize() -> Mapping[str, str]:
        return header

    return authorize


class Whose(StrEnum):
    """As whom the other system is asked where no ``Credential`` of a workspace's own is at hand."""

    INSTALLATION = "INSTALLATION"
    CALLER = "CALLER"


class Provider(Protocol):
    """Both raise ``IntegrationFailure``; ``page`` also ``InvalidCursor``, and ``get``
    ``ExternalItemNotFound``."""

    async def page(
        self, *, search: str | None, place: str, limit: int
    ) -> tuple[list[ExternalItem], str | None]:
        """The items from ``place`` on (empty: the beginning), and where the next page begins, if any."""

    async def get(self, item_id: str) -> ExternalItem: ...


_MOST = 255
"""UTF-16 code units of an id and of a name that are stored."""
_BREAKS = re.compile(r"[\t-\r\x85\u2028\u2029]+")


def text(value: Any, limit: int = _MOST) -> str | None:
    """A text member of somebody else's document as a line that is shown, cut to ``limit``; None for what is
    not text, and where nothing in it can be seen."""
    return tidy_line(_BREAKS.sub(" ", value), limit=limit) if isinstance(value, str) else None


def identifier(value: Any) -> str | None:
    """An id in somebody else's document; None for what is none, and for one that could not be stored as it
    is: a part of it would be another's."""
    try:
        return value if isinstance(value, str) and clean_line(value, limit=_MOST) == value else None
    except ValueError:
        return None


def members(upstream: Upstream, document: Any, name: str) -> list[Mapping[str, Any]]:
    """The objects in a list member. Raises ``IntegrationFailure`` where the document has another shape."""
    return objects(upstream, document.get(name) if isinstance(document, Mapping) else None)


def objects(upstream: Upstream, document: Any) -> list[Mapping[str, Any]]:
    """Those in a list. Raises ``IntegrationFailure`` where it is none, or a list of something else."""
    found = [each for each in document if isinstance(each, Mapping)] if isinstance(document, list) else []
    if not isinstance(document, list) or (document and not found):
        raise upstream.failure("bad_answer")
    return found


def one(
    upstream: Upstream, found: Any, item: Callable[[Mapping[str, Any]], ExternalItem | None]
) -> ExternalItem:
    """The item that an object is. Raises ``IntegrationFailure`` where it is none."""
    made = item(found) if isinstance(found, Mapping) else None
    if made is None:
        raise upstream.failure("bad_answer")
    return made


def one_each(items: list[ExternalItem]) -> list[ExternalItem]:
    """The items in order, each id once: lists that move while they are paged repeat some."""
    return list({item.id: item for item in reversed(items)}.values())[::-1]


def matches(item: ExternalItem, search: str | None) -> bool:
    """Whether the name or the key contains it, where the other system cannot be asked."""
    wanted = (search or "").casefold()
    return wanted in item.name.casefold() or wanted in (item.key or "").casefold()


def page_of(
    items: list[ExternalItem], *, search: str | None, place: str, limit: int
) -> tuple[list[ExternalItem], str | None]:
    """A page of a list that is here whole. ``place`` is the last id of the page before; where that has gone
    meanwhile, the page begins where it would have stood by its name."""
    found = sorted((item for item in one_each(items) if matches(item, search)), key=_order)
    name, separator, item_id = place.partition("\x1f")
    rest = [item for item in found if _order(item) > (name, item_id)] if separator else found
    page = rest[:limit]
    return page, "\x1f".join(_order(page[-1])) if len(rest) > limit else None


def _order(item: ExternalItem) -> tuple[str, str]:
    return item.name.casefold(), item.id


def offset_of(place: str) -> int:
    """Of a list that counts. A place is ours, but of another kind of list where a workspace's connection was
    changed meanwhile. Raises ``InvalidCursor``."""
    if place and not (place.isascii() and place.isdigit()):
        raise InvalidCursor
    return int(place or 0)


_LONGEST_MARK = 2000
"""Characters that a cursor has room for."""


class Place(msgspec.Struct, frozen=True):
    """Where one of our pages ended in a list that another system pages by itself: ``mark`` is how it calls
    its page, empty for the first; ``last`` is the id of the item we ended with, if that is on the page."""

    mark: str = ""
    last: str = ""

    @classmethod
    def parse(cls, text: str) -> Place:
        """Raises ``InvalidCursor``."""
        try:
            return msgspec.json.decode(text, type=cls) if text else cls()
        except msgspec.DecodeError:
            raise InvalidCursor from None

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


async def walk(
    upstream: Upstream,
    *,
    place: str,
    limit: int,
    step: Callable[[str], Step],
    mark: Callable[[Answer, str], str | None],
    items: Callable[[Answer], list[ExternalItem]],
    wanted: Callable[[ExternalItem], bool] = lambda item: True,
    check: Check | None = None,
) -> tuple[list[ExternalItem], str | None]:
    """A page of ours out of pages of theirs, and where the next one goes on. ``step`` is the page of a mark,
    ``mark`` the mark after an answer and its own. A page may be short, or empty, with more to come: only so
    much is read for one. Items that a list repeats from one page to the next come once."""
    start = Place.parse(place)
    found: list[ExternalItem] = []
    marks, last, rest = [start.mark], start.last, False

    def take(answer: Answer) -> bool:
        nonlocal last, rest
        page = items(answer)
        ids = [item.id for item in page]
        page = page[ids.index(last) + 1 :] if last in ids else page
        known = {item.id for item in found}
        for item in page:
            if item.id in known or not wanted(item):
                continue
            if len(found) == limit:
                rest = True
                return True
            found.append(item)
            known.add(item.id)
        last = ids[-1] if ids else last
        return len(found) == limit

    def following(answer: Answer) -> Step | None:
        after = mark(answer, marks[-1])
        if after is None:
            return None
        if len(after) > _LONGEST_MARK:
            raise upstream.failure("bad_answer")
        marks.append(after)
        return step(after)

    after = await upstream.walk(step(start.mark), following, take, check=check)
    if rest:
        # In the middle of a page: it is asked for again, and gone on behind the last one that was given.
        here = marks[-2] if after is not None else marks[-1]
        return found, Place(here, found[-1].id).text()
    return found, Place(marks[-1], last).text() if after is not None else None
