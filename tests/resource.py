"""What a resource is, declared once: from it come its rows of the authorization matrix
(``tests/api/test_authorization_matrix.py``) and the tests of what every resource promises
(``tests/api/test_resources.py``). What a resource has not is left out, and a test sees that it has not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.databases import look
from tests.harness import Person, Service
from tests.http_client import httpx

WORKSPACE = "/workspaces/{workspace_id}"
UNKNOWN = "00000000-0000-7000-8000-000000000000"
Body = Mapping[str, Any]
Written = set[tuple[str, ...]]
_NOTHING: Mapping[str, str] = MappingProxyType({})


def filled(body: Body, ids: Mapping[str, str]) -> dict[str, Any]:
    """A body as it is sent: a member that is the name of an id in braces is that id, as in a path."""
    return {
        name: ids.get(value.strip("{}"), value) if isinstance(value, str) else value
        for name, value in body.items()
    }


@dataclass(frozen=True)
class Rule:
    """Who may call a route: the lowest role, or None for anybody signed in. ``body`` is one that fits;
    ``success`` what an allowed caller gets, but for those in ``but``."""

    minimum: str | None
    success: int
    body: Body | None = None
    files: Body | None = None
    query: Body | None = None
    but: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that changes a resource. ``action`` is what its one audit entry calls it, and its one event
    too, if it has one."""

    minimum: str | None
    action: str
    has_event: bool = True


@dataclass(frozen=True, kw_only=True)
class Make(Act):
    """``sent`` is what makes the n-th one: JSON, or the files of a form."""

    path: str
    sent: Callable[[int], Body]
    is_form: bool = False
    method: str = "POST"
    ids: Sequence[str] = ()
    """Those that callers choose from, where they do; the last one is never made here."""
    beside: frozenset[str] = frozenset()
    """Members of the answer that are no part of the resource, and others in each answer."""

    @property
    def success(self) -> int:
        return 201 if self.method == "POST" else 200


@dataclass(frozen=True, kw_only=True)
class Listed:
    """``filters`` are such as the list takes. ``without`` are members of one that the list leaves out."""

    path: str
    minimum: str | None = "VIEWER"
    filters: Mapping[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Change(Act):
    """``bodies`` are two that change one, the second also after the first."""

    bodies: tuple[Body, Body]
    method: str = "PATCH"
    repeats_count: bool = False
    """Whether what is sent again is a change again, as for what nobody can compare."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """``name`` is what the audit log calls it. ``item`` is the path of one, ``missing`` the error code where
    there is none. ``within`` is what it is part of. Without ``is_versioned`` it has neither ETag nor
    If-Match."""

    name: str
    item: str
    missing: str
    make: Make
    within: Resource | None = None
    let_in: Callable[[Person, Person, str], Awaitable[object]] | None = None
    """How its owner has another come into what has members: the two, and its id."""
    stops: Mapping[str, str] = field(default_factory=dict)
    """What halts it, as POSTs below it, and the error of every change within it from then on."""
    read: str = "VIEWER"
    listed: Listed | None = None
    change: Change | None = None
    remove: Act | None = None
    is_versioned: bool = True
    is_kept: bool = False
    """Whether it is not removed while something is in it."""

    @property
    def id_name(self) -> str:
        """The path's parameter that names one."""
        return self.item.rpartition("{")[2].rstrip("}")

    def places(self) -> Iterator[Resource]:
        """What it is within, from the nearest on."""
        if self.within is not None:
            yield self.within
            yield from self.within.places()

    def rules(self) -> dict[tuple[str, str], Rule]:
        """Its rows of the matrix, by method and path."""
        sent = self.make.sent(0)
        body, files = (None, sent) if self.make.is_form else (sent, None)
        rules = {
            (self.make.method, self.make.path): Rule(self.make.minimum, self.make.success, body, files),
            ("GET", self.item): Rule(self.read, 200),
        }
        if self.listed:
            rules["GET", self.listed.path] = Rule(self.listed.minimum, 200)
        if self.change:
            rules[self.change.method, self.item] = Rule(self.change.minimum, 200, self.change.bodies[0])
        if self.remove:
            rules["DELETE", self.item] = Rule(self.remove.minimum, 204)
        return rules

    async def asked_for(
        self,
        person: Person,
        ids: Mapping[str, str],
        number: int = 0,
        *,
        more: Mapping[str, str] = _NOTHING,
        headers: Mapping[str, str] = _NOTHING,
    ) -> httpx.Response:
        """What is answered to ``person`` who makes the n-th one, in what has the ``ids``, with ``more`` in its
        body."""
        make, body = self.make, filled(self.make.sent(number), ids)
        sent: dict[str, Any] = {"files": body, "data": more} if make.is_form else {"json": {**body, **more}}
        path = make.path.format_map({**ids, self.id_name: make.ids[number]} if make.ids else ids)
        return await person.service.client.request(
            make.method, path, headers={**person.headers(), **headers}, **sent
        )

    async def made(
        self, person: Person, ids: Mapping[str, str], number: int = 0, headers: Mapping[str, str] = _NOTHING
    ) -> Made:
        """As ``asked_for``, and it is made."""
        answer = await self.asked_for(person, ids, number, headers=headers)
        assert answer.status_code == self.make.success, answer.text
        body = {name: value for name, value in answer.json().items() if name not in self.make.beside}
        id_ = self.make.ids[number] if self.make.ids else body["id"]
        return Made(id_, self.item.format_map({**ids, self.id_name: id_}), body, answer)

    async def around(self, person: Person) -> dict[str, str]:
        """New ones of what it is within, made by ``person``: their ids."""
        if self.within is None:
            return {}
        ids = await self.within.around(person)
        return ids | {self.within.id_name: (await self.within.made(person, ids)).id}

    async def let_into(self, owner: Person, other: Person, ids: Mapping[str, str]) -> None:
        """``other`` comes to see what ``owner`` sees around it, where that takes a membership."""
        if (within := self.within) is None:
            return
        if within.let_in is None:
            await within.let_into(owner, other, ids)
        else:
            await within.let_in(owner, other, ids[within.id_name])


class Made(NamedTuple):
    id: str
    path: str
    body: dict[str, Any]
    answer: httpx.Response


class Scene:
    """Somebody who has none of the resource yet, with what it is within, for one promise to be tried."""

    def __init__(self, service: Service, resource: Resource, owner: Person, ids: dict[str, str]) -> None:
        self.service, self.resource, self.owner, self.ids = service, resource, owner, ids

    @classmethod
    async def begin(cls, service: Service, resource: Resource) -> Scene:
        owner = await service.person(f"owner {len(service.people)}")
        return cls(service, resource, owner, await resource.around(owner))

    async def make(self, number: int = 0, **headers: str) -> Made:
        return await self.resource.made(self.owner, self.ids, number, _dashed(headers))

    def place(self, id_: str, ids: Mapping[str, str] | None = None) -> str:
        """The path of one, elsewhere with other ``ids``."""
        return self.resource.item.format_map({**(ids or self.ids), self.resource.id_name: id_})

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.service.client.request(
            method, path, json=body, headers=self.owner.headers() | _dashed(headers)
        )

    async def change(self, path: str, which: int = 0, **headers: str) -> httpx.Response:
        change = self.resource.change
        assert change is not None
        return await self.send(change.method, path, change.bodies[which], **headers)

    def changes(self) -> list[tuple[str, Body | None]]:
        """Every way to change one: method and body."""
        change, remove = self.resource.change, self.resource.remove
        ways: list[tuple[str, Body | None]] = [(change.method, change.bodies[0])] if change else []
        return ways + ([("DELETE", None)] if remove else [])

    def ways(self) -> list[tuple[str, Body | None]]:
        """As ``changes``, and reading it; without a PUT, which makes what is not there."""
        every = [("GET", None), *self.changes()]
        return [(method, body) for method, body in every if method != self.resource.make.method]

    def unknown(self) -> str:
        """An id that nothing has."""
        return self.resource.make.ids[-1] if self.resource.make.ids else UNKNOWN

    async def page(self, limit: Any = 200, **more: Any) -> httpx.Response:
        assert self.resource.listed is not None
        return await self.owner.get(self.list_path(), limit=limit, **more)

    def list_path(self, ids: Mapping[str, str] | None = None) -> str:
        assert self.resource.listed is not None
        return self.resource.listed.path.format_map(ids or self.ids)

    async def listed(self, limit: int = 200, cursor: str | None = None) -> list[str]:
        """What is in the list from ``cursor`` on, in pages of ``limit``."""
        return list(chain.from_iterable(await self.pages(limit, cursor)))

    async def pages(self, limit: int, cursor: str | None = None) -> list[list[str]]:
        """As ``listed``, each page apart."""
        pages: list[list[str]] = []
        seen: set[str] = set()
        while True:
            answer = await self.page(limit, **({"cursor": cursor} if cursor else {}))
            assert answer.status_code == 200, answer.text
            page = [self.id_of(each) for each in answer.json()["items"]]
            assert seen.isdisjoint(page), "listed twice"
            cursor = answer.json()["next_cursor"]
            assert page or cursor is None, "an empty page that goes on"
            seen.update(page)
            pages.append(page)
            if cursor is None:
                return pages

    def id_of(self, body: Body) -> str:
        return str(body[self.resource.id_name if self.resource.make.ids else "id"])

    def written(self) -> Written:
        """The audit entries and events there are."""
        found = look(
            self.service.settings,
            [
                (f"SELECT '{kind}', {columns}, seq FROM {table}", ())
                for kind, columns, table in (
                    ("audit", "action, target_type, target_id, actor_id, workspace_id", "AuditLog"),
                    ("audit", "action, target_type, target_id, actor_id, scope_id", "PlatformAuditLog"),
                    ("event", "type, object_type, object_id, actor_id, workspace_id", "Event"),
                )
            ],
        )
        return {tuple(map(str, row)) for rows in found for row in rows}

    def since(self, before: Written) -> list[tuple[str, ...]]:
        """What was written since, as ``expected`` says it."""
        return sorted(row[:5] for row in self.written() - before)

    def expected(self, act: Act, id_: str) -> list[tuple[str, ...]]:
        """What ``act`` writes of one."""
        kinds = ("audit", "event") if act.has_event else ("audit",)
        return [(kind, act.action, self.resource.name, id_, self.owner.user_id) for kind in kinds]


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
