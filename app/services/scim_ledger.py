"""What one request of a directory comes to, beside the rows it changes: seats and entries of logs. They take
the last locks in the order, so they are put together first and written last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.caller import Tools
from app.db.connection import WriteTransaction
from app.kernel import audit, usage
from app.kernel.platform_audit import record_for_account, record_for_organization
from app.kernel.scim_access import Directory

Details = Mapping[str, Any]


@dataclass
class Ledger:
    """``close`` it when all else is done; nothing is done after."""

    tx: WriteTransaction
    tools: Tools
    directory: Directory
    seats: Counter[str] = field(default_factory=Counter)
    """Memberships more, or fewer, by account."""
    _of_accounts: list[tuple[str, str, Details]] = field(default_factory=list)
    _of_organization: list[tuple[str, str, str, Details]] = field(default_factory=list)
    _of_workspaces: list[tuple[str, str, str, Details]] = field(default_factory=list)

    def tell_account(self, account_id: str, action: str, **details: Any) -> None:
        self._of_accounts.append((account_id, action, details))

    def tell_organization(self, action: str, target_type: str, target_id: str, **details: Any) -> None:
        self._of_organization.append((action, target_type, target_id, details))

    def tell_workspace(self, workspace_id: str, action: str, member_id: str, **details: Any) -> None:
        self._of_workspaces.append((workspace_id, action, member_id, details))

    async def close(self) -> None:
        """Raises ``LimitExceeded``."""
        tx, tools, caller, org_id = self.tx, self.tools, self.directory.caller, self.directory.org_id
        for account_id, count in sorted(self.seats.items()):
            move = usage.take_seat if count > 0 else usage.free_seat
            for _ in range(abs(count)):
                await move(tx, org_id, account_id)
        for account_id, action, details in sorted(self._of_accounts, key=lambda told: told[0]):
            await record_for_account(tx, caller, tools, user_id=account_id, action=action, details=details)
        for action, target_type, target_id, details in self._of_organization:
            await record_for_organization(
                tx,
                caller,
                tools,
                org_id=org_id,
                action=action,
                target_type=target_type,
                target_id=target_id,
                details={"connection_id": self.directory.connection_id, **details},
            )
        for workspace_id, action, member_id, details in sorted(self._of_workspaces, key=lambda told: told[0]):
            await audit.record(
                tx,
                caller,
                tools,
                workspace_id=workspace_id,
                action=action,
                target_type="member",
                target_id=member_id,
                details={**details, "connection_id": self.directory.connection_id},
            )
