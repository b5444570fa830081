"""Projects and tasks to try things on, and people of user types: as an ADMIN sets them up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tests.databases import execute
from tests.harness import Person, Service
from tests.worlds import number

MOMENT = "2026-01-01 00:00:00"


@dataclass
class Place:
    """A workspace with a project of one owner."""

    service: Service
    owner: Person
    workspace_id: str
    project_id: str

    @property
    def path(self) -> str:
        return f"/workspaces/{self.workspace_id}"

    @property
    def tasks(self) -> str:
        return f"{self.path}/tasks"

    async def task(self, title: str = "Book", **more: Any) -> dict[str, Any]:
        """A new one, made by the owner."""
        body = {"project_id": self.project_id, "title": title, **more}
        response = await self.owner.post(self.tasks, body)
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    async def member(self, name: str, role: str = "MEMBER") -> Person:
        """Somebody who is in the workspace from now on."""
        person = await self.service.person(name)
        await self.owner.add(self.workspace_id, person, role)
        return person

    def put(self, task_id: str, state: str, blocked_by: str | None = None) -> None:
        """Has a task in a state, however it might have come there."""
        given = "NULL" if blocked_by is None else f"'{blocked_by}'"
        execute(
            self.service.settings,
            f"UPDATE Task SET state = '{state}', blocked_by = {given} WHERE id = '{task_id}'",
        )

    def user_type(
        self,
        digit: int,
        *people: Person,
        granted: Collection[str] = ("view", "take", "move_state", "assign"),
        hidden: Collection[str] = (),
        is_read_only: bool = False,
        access_level: str = "regular",
    ) -> str:
        """A new user type, which these have from now on."""
        id_, here = number(2, digit), f"'{self.workspace_id}'"
        names = ", ".join(f"'{person.user_id}'" for person in people)
        execute(
            self.service.settings,
            "INSERT INTO UserType (id, workspace_id, name, name_key, list_key, access_level, read_only, created_at,"
            f" updated_at) VALUES ('{id_}', {here}, 'T{digit}', 't{digit}', 't{digit}', '{access_level}',"
            f" {int(is_read_only)}, '{MOMENT}', '{MOMENT}')",
            *(
                f"INSERT INTO UserTypePermission (workspace_id, user_type_id, permission) VALUES ({here}, '{id_}', '{each}')"
                for each in granted
            ),
            *(
                f"INSERT INTO UserTypeHiddenState (workspace_id, user_type_id, state) VALUES ({here}, '{id_}', '{each}')"
                for each in hidden
            ),
            *(
                [
                    f"UPDATE WorkspaceMember SET user_type_id = '{id_}' WHERE workspace_id = {here} AND user_id IN ({names})"
                ]
                if people
                else []
            ),
        )
        return id_

    def task_type(self, digit: int, *mapped: str, is_restricted: bool = True) -> str:
        """A new task type, which the user types are mapped to."""
        id_, here = number(1, digit), f"'{self.workspace_id}'"
        execute(
            self.service.settings,
            "INSERT INTO TaskType (id, workspace_id, name, name_key, list_key, is_restricted, created_at, updated_at)"
            f" VALUES ('{id_}', {here}, 'K{digit}', 'k{digit}', 'k{digit}', {int(is_restricted)}, '{MOMENT}', '{MOMENT}')",
            *(
                "INSERT INTO EligibilityMapping (workspace_id, user_type_id, task_type_id, created_at, created_by)"
                f" VALUES ({here}, '{each}', '{id_}', '{MOMENT}', '{self.owner.user_id}')"
                for each in mapped
            ),
        )
        return id_


async def make_place(service: Service, owner: str = "ada", **project: Any) -> Place:
    person = await service.person(owner)
    workspace_id = (await person.create_workspace())["id"]
    body = {"name": "Launch", "key": "ABC", "visibility": "workspace", **project}
    response = await person.post(f"/workspaces/{workspace_id}/projects", body)
    assert response.status_code == 201, response.text
    return Place(service, person, workspace_id, response.json()["id"])
