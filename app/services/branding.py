"""How an organisation presents itself: to its people, and on a page to sign in at, to anybody."""

from __future__ import annotations

import base64
import hashlib

import msgspec

from app.core.caller import Caller, Tools
from app.core.errors import OrganizationNotFound
from app.core.permissions import OrgRole
from app.core.preconditions import Expected, require_version
from app.db.connection import ReadTransaction, WriteTransaction
from app.db.handles import branding as db
from app.db.handles.branding import BrandingRow, LogoRow, PublicBrandingRow
from app.kernel.org_access import enter_organization, enter_organization_to_change
from app.kernel.platform_audit import record_for_organization as record
from app.services.file_types import require_picture

MOST_LOGO_BYTES = 65_536
_NOTHING = dict.fromkeys(
    ("product_name", "accent_color", "text_color", "sender_name", "sender_address"), None
)
"""What an organisation has said that has said nothing."""


async def get_branding(tx: ReadTransaction, caller: Caller, *, org_id: str) -> BrandingRow:
    """What has never been set is empty, of version 0."""
    access = await enter_organization(tx, caller, org_id=org_id, operation="branding.read")
    known = await db.read_branding(tx, org_id=org_id)
    return known or BrandingRow(**_NOTHING, logo_sha256=None, updated_at=access.created_at, version=0)


async def set_branding(
    tx: WriteTransaction,
    caller: Caller,
    tools: Tools,
    *,
    org_id: str,
    product_name: str | None,
    accent_color: str | None,
    text_color: str | None,
    sender_name: str | None,
    sender_address: str | None,
    expected: Expected = None,
) -> BrandingRow:
    """Puts all of it, but the logo, in the place of what was there. The colours can be read on each other."""
    await enter_organization_to_change(
        tx, caller, org_id=org_id, operation="branding.set", minimum=OrgRole.ADMIN
    )
    known = await db.read_branding(tx, org_id=org_id)
    version, now = known.version if known else 0, tools.clock()
    require_version(version, expected)
    told = {
        "product_name": product_name,
        "accent_color": accent_color,
        "text_color": text_color,
        "sender_name": sender_name,
        "sender_address": sender_address,
    }
    write = db.insert_branding if known is None else db.update_branding
    write(tx, org_id=org_id, now=now, **told)
    await record(tx, caller, tools, org_id=org_id, action="branding.set")
    logo_sha256 = known.logo_sha256 if known else None
    return BrandingRow(**told, logo_sha256=logo_sha256, updated_at=now, version=version + 1)


async def set_logo(
    tx: WriteTransaction, caller: Caller, tools: Tools, *, org_id: str, content: bytes | None
) -> BrandingRow:
    """None takes the logo away. Raises ``PayloadTooLarge``, and ``FileTypeNotAllowed`` for what is no picture
    of the kinds that carry no script: PNG, JPEG, WebP."""
    await enter_organization_to_change(
        tx, caller, org_id=org_id, operation="branding.set", minimum=OrgRole.ADMIN
    )
    now, kind, digest, text = tools.clock(), None, None, None
    if content is not None:
        kind = require_picture(content, what="logo", most_bytes=MOST_LOGO_BYTES)
        digest, text = hashlib.sha256(content).hexdigest(), base64.b64encode(content).decode()
    known = await db.read_branding(tx, org_id=org_id)
    if known is None:
        db.insert_branding(tx, org_id=org_id, now=now, **_NOTHING)
        known = BrandingRow(**_NOTHING, logo_sha256=None, updated_at=now, version=1)
    db.set_logo(tx, org_id=org_id, logo_type=kind, logo_sha256=digest, logo=text, now=now)
    await record(tx, caller, tools, org_id=org_id, action="branding.logo_set", details={"sha256": digest})
    return msgspec.structs.replace(known, logo_sha256=digest, updated_at=now, version=known.version + 1)


async def find_branding(tx: ReadTransaction, *, slug: str) -> PublicBrandingRow:
    """For anybody. Raises ``OrganizationNotFound``; so does an archived one."""
    row = await db.find_branding(tx, slug=slug)
    if row is None:
        raise OrganizationNotFound
    return row


async def find_logo(tx: ReadTransaction, *, slug: str) -> LogoRow:
    """As ``find_branding``, also where there is no logo."""
    row = await db.find_logo(tx, slug=slug)
    if row is None:
        raise OrganizationNotFound("There is no such logo.")
    return row
