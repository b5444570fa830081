"""The audit log of an organisation, as its ADMINs read it."""

from app.core.caller import Caller
from app.core.permissions import OrgRole
from app.db.connection import ReadTransaction
from app.db.paging import Asked, Found
from app.kernel.org_access import enter_organization
from app.kernel.platform_audit import Chain
from app.services import platform_audit_log
from app.services.platform_audit_log import LogFilter, PlatformLog


async def list_org_audit(
    tx: ReadTransaction, caller: Caller, asked: Asked[int], *, org_id: str, filters: LogFilter
) -> Found[int]:
    """The newest first; a place of 0 is before them all."""
    await enter_organization(tx, caller, org_id=org_id, operation="audit.read", minimum=OrgRole.ADMIN)
    log = PlatformLog(Chain.ORGANIZATION, org_id)
    return await platform_audit_log.list_entries(tx, asked, log, filters)


async def enter_to_verify_org(tx: ReadTransaction, caller: Caller, *, org_id: str) -> PlatformLog:
    """The log that is to be recomputed, for whoever may have it recomputed."""
    await enter_organization(tx, caller, org_id=org_id, operation="audit.verify", minimum=OrgRole.ADMIN)
    return PlatformLog(Chain.ORGANIZATION, org_id)
