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


_RANKS = {Role.OWNER: 40, Role.ADMIN: 30, Role.MEMBER: 20, Role.VIEWER: 10}
