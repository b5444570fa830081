"""The resources of SCIM 2.0 (RFC 7643) as the library has them, where real directories differ from it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar

import msgspec
from pydantic import Field, model_validator
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    InvalidValueException,
    Mutability,
    Patch,
    Reference,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)
from scim2_models import EnterpriseUser as EnterpriseUserModel
from scim2_models import Group as GroupModel
from scim2_models import User as UserModel

from app.core.text import tidy_line, utf16_length
from app.db.handles.scim_groups import ScimGroupRow
from app.db.handles.scim_users import ScimUserRow
from app.services.scim_groups import DescribedGroup
from app.services.scim_users import MOST_EMAILS, Described

MOST_RESULTS = 200
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
LONGEST = 255
_MOST_BYTES = 16_384
_OWN = frozenset({"id", "meta", "groups", "password", "members"})
"""What is not kept as the directory sends it: the service's own, secrets, and what is rows."""


class Email(ComplexAttribute):
    """As the library's, with whatever a directory takes for an address: ``ada@contoso.local`` is one."""

    value: str | None = None
    display: str | None = None
    type: str | None = Field(None, examples=["work", "home", "other"])
    primary: bool | None = None


class User(UserModel):  # type: ignore[type-arg]
    emails: list[Email] | None = None  # type: ignore[assignment]
    Emails: ClassVar[type[ComplexAttribute]] = Email


class Manager(ComplexAttribute):
    """As the library's, where Entra ID sends the bare id of the manager, or one without a reference."""

    value: Annotated[str | None, CaseExact.true] = None
    ref: Annotated[Reference[User] | None, Mutability.read_write] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display_name: Annotated[str | None, Mutability.read_only] = None

    @model_validator(mode="before")
    @classmethod
    def _of_bare_id(cls, value: Any) -> Any:
        return {"value": value} if isinstance(value, str) else value


class EnterpriseUser(EnterpriseUserModel):
    manager: Manager | None = None  # type: ignore[assignment]


class Member(ComplexAttribute):
    """As the library's, without a name: that is the member's own."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference[User] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class Group(GroupModel):
    members: list[Member] | None = None  # type: ignore[assignment]
    Members: ClassVar[type[ComplexAttribute]] = Member


@cache
def provider() -> ScimProvider:
    """What the service is, as its discovery tells; made once."""
    return ScimProvider(
        models=[User, EnterpriseUser, Group],
        resource_types=[
            ResourceType.from_resource(User[EnterpriseUser]),  # type: ignore[misc]
            ResourceType.from_resource(Group),
        ],
        config=ServiceProviderConfig(
            patch=Patch(supported=True),
            bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
            filter=Filter(supported=True, max_results=MOST_RESULTS),
            change_password=ChangePassword(supported=False),
            sort=Sort(supported=False),
            etag=ETag(supported=True),
            authentication_schemes=[
                AuthenticationScheme(
                    type=AuthenticationScheme.Type.oauthbearertoken,
                    name="Bearer",
                    description="The secret of the connection, as a bearer token.",
                    spec_uri=Reference("https://www.rfc-editor.org/info/rfc6750"),
                    primary=True,
                )
            ],
        ),
        policy=ScimPolicy(
            unknown=ScimPolicy.Unknown.keep,
            remove_value_as_filter=ScimPolicy.RemoveValue.apply,
            unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
        ),
    )


def is_group(resource_type: ResourceType) -> bool:
    return resource_type.name == "Group"


def canonical(text: str | None) -> str | None:
    """An id of this service's own; None for what can be none."""
    try:
        return str(uuid.UUID(text or ""))
    except ValueError:
        return None


def meta(name: str, row: ScimUserRow | ScimGroupRow) -> dict[str, Any]:
    return {
        "resourceType": name,
        "created": row.created_at.isoformat(),
        "lastModified": row.updated_at.isoformat(),
        "version": f'W/"{row.version}"',
    }


def described(resource: Resource[Any]) -> Described:
    """Raises ``InvalidValueException`` for more than is kept of anybody."""
    attributes = _kept(resource)
    user_name = attributes.get("userName") or ""
    external_id = attributes.get("externalId")
    if not user_name.strip():
        raise InvalidValueException(detail="userName must not be blank.")
    emails = [each["value"] for each in attributes.get("emails") or [] if each.get("value")]
    if len(emails) > MOST_EMAILS:
        raise InvalidValueException(detail=f"Somebody has {MOST_EMAILS} addresses at most.")
    _require_short(userName=user_name, externalId=external_id or "")
    _require_short(320, **{f"emails[{number}]": each for number, each in enumerate(emails)})
    return Described(
        user_name=user_name,
        external_id=external_id or None,
        display_name=_name(attributes),
        is_active=attributes.get("active") is not False,
        emails=emails,
        attributes=attributes,
    )


def described_group(resource: Resource[Any]) -> DescribedGroup:
    """As ``described``."""
    attributes = _kept(resource)
    name, external_id = attributes.get("displayName") or "", attributes.get("externalId")
    if not name.strip():
        raise InvalidValueException(detail="displayName must not be blank.")
    _require_short(displayName=name, externalId=external_id or "")
    return DescribedGroup(name, external_id or None, attributes)


def _kept(resource: Resource[Any]) -> dict[str, Any]:
    attributes = {name: value for name, value in resource.model_dump().items() if name not in _OWN}
    content = msgspec.json.encode(attributes)
    if len(content) > _MOST_BYTES:
        raise InvalidValueException(detail=f"All attributes together take {_MOST_BYTES} bytes at most.")
    kept: dict[str, Any] = msgspec.json.decode(content)
    return kept


def _require_short(limit: int = LONGEST, **texts: str) -> None:
    for name, text in texts.items():
        if utf16_length(text) > limit:
            raise InvalidValueException(detail=f"{name} is {limit} characters at most.")


def _name(attributes: Mapping[str, Any]) -> str | None:
    """By which somebody is listed, until they sign in and their directory's token says it."""
    name = attributes.get("name") or {}
    parts = " ".join(filter(None, [name.get("givenName"), name.get("familyName")]))
    return tidy_line(attributes.get("displayName") or name.get("formatted") or parts, limit=200)
