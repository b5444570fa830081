"""A board with columns, and tasks in them, as tests lay them out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from tests.harness import Person, Service
from tests.http_client import httpx

RESTRICTED = "00000000-0000-4000-8000-0000000000aa"


@dataclass
class Board:
    """One of ada's, who may see all of it."""

    ada: Person
    workspace: str
    project_id: str
    id: str
    columns: list[str]

    @classmethod
    async def of(cls, service: Service, *columns: dict[str, Any], name: str = "Engines") -> Board:
        """A new board in a new project of a new workspace, with the columns."""
        ada = await service.person("ada")
        workspace = f"/workspaces/{(await ada.create_workspace())['id']}"
        return await cls.within(ada, workspace, "ENG", *columns, name=name)

    @classmethod
    async def within(
        cls, ada: Person, workspace: str, key: str, *columns: dict[str, Any], name: str = "Engines"
    ) -> Board:
        """A new board in a new project, with the columns."""
        project = made(await ada.post(f"{workspace}/projects", {"key": key, "name": name}))
        board = made(await ada.post(f"{workspace}/projects/{project}/boards", {"name": name}))
        new = cls(ada, workspace, project, board, [])
        for number, column in enumerate(columns):
            await new.add_column(**{"name": f"Column {number}", **column})
        return new

    @property
    def path(self) -> str:
        return f"{self.workspace}/boards/{self.id}"

    def column(self, index: int) -> str:
        return f"{self.workspace}/columns/{self.columns[index]}"

    async def add_column(self, **column: Any) -> str:
        self.columns.append(made(await self.ada.post(f"{self.path}/columns", column)))
        return self.columns[-1]

    async def add_task(self, index: int, title: str = "A task", **more: Any) -> str:
        return made(await self.ada.post(f"{self.column(index)}/tasks", {"title": title, **more}))

    async def add_tasks(self, index: int, titles: str) -> dict[str, str]:
        """A task of each letter: their ids."""
        return {title: await self.add_task(index, title) for title in titles}

    async def move(
        self, task_id: str, index: int | None, by: Person | None = None, **where: Any
    ) -> httpx.Response:
        body = {"column_id": None if index is None else self.columns[index], **where}
        return await (by or self.ada).post(f"{self.workspace}/tasks/{task_id}/move", body)

    async def titles(self, index: int, by: Person | None = None, **page: Any) -> str:
        """Of the tasks in a column, in order, as somebody sees them."""
        answer = await (by or self.ada).get(f"{self.column(index)}/tasks", **page)
        assert answer.status_code == 200, answer.text
        return "".join(task["title"] for task in answer.json()["items"])

    async def counts(self, by: Person | None = None) -> list[int]:
        columns = (await (by or self.ada).get(self.path)).json()["columns"]
        return [column["task_count"] for column in columns]

    async def member(self, name: str, role: str = "MEMBER") -> Person:
        person = await self.ada.service.person(name)
        await self.ada.add(self.workspace.rpartition("/")[2], person, role)
        return person

    def hide(self, *task_ids: str) -> None:
        """They are of a type that only an ADMIN sees."""
        workspace = self.workspace.rpartition("/")[2]
        self.ada.service.tamper(
            "INSERT INTO TaskType (id, workspace_id, name, name_key, list_key, is_restricted, created_at, updated_at) "
            f"SELECT '{RESTRICTED}', id, 'R', 'r', 'r', 1, created_at, created_at FROM Workspace "
            f"WHERE id = '{workspace}' AND NOT EXISTS (SELECT 1 FROM TaskType WHERE id = '{RESTRICTED}')",
            *(f"UPDATE Task SET task_type_id = '{RESTRICTED}' WHERE id = '{each}'" for each in task_ids),
        )

    def repeat(self, task_id: str, count: int, title: str = "z", *, hidden: bool = False) -> None:
        """So many more like it, right behind it in its column."""
        type_id = f"'{RESTRICTED}'" if hidden else "task_type_id"
        self.ada.service.tamper(
            *(
                "INSERT INTO Task (id, workspace_id, project_id, number, column_id, position, title, task_type_id, "
                "state, priority, created_by, created_at, updated_at, updated_key) "
                f"SELECT '{uuid.uuid4()}', workspace_id, project_id, number + {1_000 + number}, column_id, "
                f"position + {number}, '{title}', {type_id}, state, priority, created_by, created_at, updated_at, "
                f"'{number}' FROM Task WHERE id = '{task_id}'"
                for number in range(1, count + 1)
            )
        )

    def crowd(self, index: int, but_last: int = 0) -> list[int]:
        """Leaves nothing free between the first tasks of a column; the places that there are now."""
        places = self.places(index)
        first = places[: max(0, len(places) - but_last)]
        self.ada.service.tamper(
            *(
                f"UPDATE Task SET position = {first[-1] - number} "
                f"WHERE position = {place} AND column_id = '{self.columns[index]}'"
                for number, place in enumerate(reversed(first))
            )
        )
        return self.places(index)

    def places(self, index: int) -> list[int]:
        """Of everything in a column, as stored."""
        sql = f"SELECT position FROM Task WHERE column_id = '{self.columns[index]}' ORDER BY position"
        return [place for (place,) in self.ada.service.rows(sql)]


def made(answer: httpx.Response) -> str:
    assert answer.status_code == 201, answer.text
    return str(uuid.UUID(answer.json()["id"]))
