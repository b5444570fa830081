"""What other systems have to choose from, and with whose credential they are asked, for lists and for links.

A workspace's own is its ADMINs', whoever they are. The installation's sees more than any of them should, so
it is used for people of some tenants alone (``INTEGRATION_TENANTS``), from some role on
(``INTEGRATION_MINIMUM_ROLE``).
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.caller import Caller
from app.core.errors import NotAuthorized
from app.core.permissions import Role
from app.core.secret_box import SecretBox
from app.core.tenants import Tenants
from app.db.connection import ReadTransaction
from app.db.handles.links import DueLinkRow
from app.db.handles.members import has_role_anywhere
from app.integrations.provider import Credential, Whose
from app.kernel.access import Access, enter, require_session
from app.services.connections import find_credential

_NOT_YOURS = "You may not use the installation's credential, by the setting"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Decides, made once. ``as_caller`` are the providers that are asked with the caller's own rights: there
    is no credential of the installation's to guard."""

    box: SecretBox | None
    tenants: Tenants
    minimum: Role
    as_caller: frozenset[str]

    async def of_workspace(
        self, tx: ReadTransaction, caller: Caller, access: Access, provider: str
    ) -> Credential | Whose:
        """For a caller who has been let in as ADMIN. Raises ``AccessDenied`` where only the installation's is
        left and not for them, ``IntegrationFailure`` where the workspace's own cannot be opened."""
        own = await find_credential(tx, self.box, workspace_id=access.workspace_id, provider=provider)
        if own is not None:
            return own
        if provider in self.as_caller:
            return Whose.CALLER
        if setting := self.tenants.obstacle(caller.identity):
            raise access.deny(setting, f"{_NOT_YOURS} {setting}; this workspace has none of its own.")
        if not access.role.reaches(self.minimum):
            raise access.deny(
                self.minimum,
                f"The installation's credential needs the role {self.minimum} in this workspace.",
            )
        return Whose.INSTALLATION

    async def of_caller(self, tx: ReadTransaction, caller: Caller, provider: str) -> Whose:
        """Outside a workspace. Raises ``NotAuthorized``."""
        await require_session(tx, caller)
        whose = Whose.CALLER if provider in self.as_caller else Whose.INSTALLATION
        setting = self.tenants.obstacle(caller.identity)
        if setting and whose is Whose.INSTALLATION:
            raise NotAuthorized(f"{_NOT_YOURS} {setting}.", details={"required": setting})
        if not await has_role_anywhere(tx, user_id=caller.user_id, minimum_rank=self.minimum.rank):
            raise NotAuthorized(
                f"This needs the role {self.minimum} in at least one workspace.",
                details={"required": self.minimum},
            )
        return whose

    async def of_schedule(self, tx: ReadTransaction, due: DueLinkRow) -> Credential | Whose | None:
        """For a check that nobody asks for: on behalf of whoever made the link, as they were then. None where
        the workspace has no credential and the installation's is not for them. Raises as ``of_workspace``
        what that raises for a credential."""
        own = await find_credential(tx, self.box, workspace_id=due.workspace_id, provider=due.provider)
        if own is not None:
            return own
        if self.tenants.obstacle_to(due.linked_tid, is_guest=due.linked_as_guest):
            return None
        return Whose.INSTALLATION if Role(due.linked_role).reaches(self.minimum) else None


async def enter_to_choose(
    tx: ReadTransaction,
    caller: Caller,
    credentials: Credentials,
    *,
    provider: str,
    workspace_id: str | None,
) -> Credential | Whose:
    """These lists carry no workspace. With one they are its ADMINs', and its own credential counts, where it
    has one. Raises ``NotAuthorized``."""
    if workspace_id is None:
        return await credentials.of_caller(tx, caller, provider)
    access = await enter(tx, caller, workspace_id=workspace_id, operation="integration.list")
    return await credentials.of_workspace(tx, caller, access, provider)
