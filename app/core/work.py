"""The words of projects: what the database's CHECKs name, and the wire says."""

from enum import StrEnum


class ProjectKind(StrEnum):
    PROJECT = "project"
    EVENT = "event"


class Visibility(StrEnum):
    """Of whom a project is seen: whoever is in the workspace and no guest, or those who are members of it."""

    WORKSPACE = "workspace"
    MEMBERS = "members"


class ProjectStatus(StrEnum):
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
