"""Roles and what outranks what. The database decides which role somebody has; this decides what it allows."""

from enum import StrEnum


class Role(StrEnum):
    """A member's role in a workspace, from the most to the least."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    def reaches(self, minimum: "Role") -> bool:
        return self.rank >= minimum.rank

    def may_grant(self, role: "Role") -> bool:
        """ADMIN and above hand out roles, and nobody a higher one than their own."""
        return self.reaches(Role.ADMIN) and self.reaches(role)

    def may_manage(self, current: "Role") -> bool:
        """Whether this role may change or remove a member who now has ``current``."""
        return self.reaches(Role.ADMIN) and self.reaches(current)


class OrgRole(StrEnum):
    """A member's role in an organisation, from the most to the least. There is one OWNER."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"

    def reaches(self, minimum: "OrgRole") -> bool:
        order = list(OrgRole)
        return order.index(self) <= order.index(minimum)

    def may_grant(self, role: "OrgRole") -> bool:
        """The OWNER makes ADMINs, who let MEMBERs in. Nobody makes a second OWNER."""
        return role is not OrgRole.OWNER and self.reaches(
            OrgRole.OWNER if role is OrgRole.ADMIN else OrgRole.ADMIN
        )


class Status(StrEnum):
    """Of a workspace or an organisation. But for ACTIVE it can be read and not changed; what is ARCHIVED is
    left out of lists, too."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"


class Holder(StrEnum):
    """Who took a workspace or an organisation out of work, from the least to the most: nobody below them puts
    it back."""

    WORKSPACE = "workspace"
    ORGANIZATION = "organization"
    PLATFORM = "platform"

    def yields_to(self, other: "Holder") -> bool:
        order = list(Holder)
        return order.index(self) <= order.index(other)


class AccessLevel(StrEnum):
    """How far a user type reaches: to every project and type, or to those of its people."""

    ADMIN = "admin"
    REGULAR = "regular"


class Permission(StrEnum):
    """What a member may do to tasks of a type in a state, where the views of migration 0025 say so."""

    VIEW = "view"
    TAKE = "take"
    MOVE_STATE = "move_state"
    ASSIGN = "assign"


_RANKS = {Role.OWNER: 40, Role.ADMIN: 30, Role.MEMBER: 20, Role.VIEWER: 10}
