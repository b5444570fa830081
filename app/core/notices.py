"""Why somebody is told of something, by which channels, and what they want where they have said nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """The strongest first: of one event a person is told once."""

    MENTIONED = "mentioned"
    ASSIGNED = "assigned"
    TO_DECIDE = "to_decide"
    DECIDED = "decided"
    TRANSFER = "transfer"
    ROLE_CHANGED = "role_changed"
    ADDED = "added"
    INVITED = "invited"
    WITHOUT_OWNER = "without_owner"
    WEBHOOK_DISABLED = "webhook_disabled"
    INFECTED = "infected"
    DUE = "due"
    CHECK_IN = "check_in"
    WATCHING = "watching"


FOR_ADMINS = frozenset({Reason.WITHOUT_OWNER, Reason.WEBHOOK_DISABLED})
"""Shown only to who is ADMIN or OWNER when it is shown."""


class Channel(StrEnum):
    IN_APP = "in_app"
    EMAIL = "email"
    PUSH = "push"


POSSIBLE: Mapping[Reason, frozenset[Channel]] = {
    # Whoever is invited gets the invitation itself by mail, and a claim to an address is no proof of it.
    reason: frozenset({Channel.IN_APP}) if reason is Reason.INVITED else frozenset(Channel)
    for reason in Reason
}
DEFAULT: Mapping[Reason, frozenset[Channel]] = {
    reason: frozenset({Channel.IN_APP}) if reason is Reason.WATCHING else POSSIBLE[reason]
    for reason in Reason
}


def strength(reason: Reason) -> int:
    """Lower is stronger."""
    return _ORDER[reason]


_ORDER = {reason: place for place, reason in enumerate(Reason)}


def chosen(channels: Mapping[str, list[str]], reason: Reason) -> frozenset[Channel]:
    """By which channels of those there are somebody wants to be told, of whom ``channels`` holds what is
    other than by default."""
    if (own := channels.get(reason)) is None:
        return DEFAULT[reason]
    return frozenset(Channel(each) for each in own) & POSSIBLE[reason]
