"""Secrets at rest open where they were sealed, and nowhere else."""

from __future__ import annotations

import base64
import os

import pytest

from app.core.secret_box import Sealed, SecretBox, SecretUnreadable
from app.core.token_service import KeyRing

PLACE = ("workspace-a", "jira", "token")


def key(kid: str, length: int = 32) -> str:
    return f"{kid}:{base64.urlsafe_b64encode(os.urandom(length)).decode().rstrip('=')}"


OLD, NEW = key("old"), key("new")


def box(*keys: str) -> SecretBox:
    return SecretBox(KeyRing.parse(",".join(keys)), os.urandom)


@pytest.mark.parametrize("secret", ["s", "ü" * 1000, "a\x1fb", " "])
def test_what_goes_in_comes_out(secret: str) -> None:
    made = box(OLD)
    sealed = made.seal(secret, place=PLACE)
    assert sealed.key_id == "old"
    assert len(sealed.text) >= 4 * (len(secret.encode()) + 28) // 3
    assert made.open(sealed, place=PLACE) == secret
    assert made.seal(secret, place=PLACE) != sealed


@pytest.mark.parametrize(
    "place",
    [
        ("workspace-b", "jira", "token"), ("workspace-a", "ado", "token"), ("workspace-a", "jira", "other"),
        ("workspace-a", "jira"), ("workspace-ajira", "token"), (),
    ],
)  # fmt: skip
def test_a_secret_copied_elsewhere_does_not_open(place: tuple[str, ...]) -> None:
    made = box(OLD)
    with pytest.raises(SecretUnreadable):
        made.open(made.seal("s", place=PLACE), place=place)


def test_a_changed_byte_is_noticed_wherever_it_is() -> None:
    made = box(OLD)
    sealed = made.seal("secret", place=PLACE)
    raw = base64.urlsafe_b64decode(sealed.text)
    for index in range(len(raw)):
        changed = raw[:index] + bytes([raw[index] ^ 1]) + raw[index + 1 :]
        with pytest.raises(SecretUnreadable):
            made.open(Sealed("old", base64.urlsafe_b64encode(changed).decode()), place=PLACE)
    for text in ("", "!", "AAAA", sealed.text[:-8]):
        with pytest.raises(SecretUnreadable):
            made.open(Sealed("old", text), place=PLACE)


def test_keys_are_rotated() -> None:
    sealed = box(OLD).seal("s", place=PLACE)
    both = box(NEW, OLD)
    assert both.open(sealed, place=PLACE) == "s"
    assert both.seal("s", place=PLACE).key_id == "new"
    with pytest.raises(SecretUnreadable):
        box(NEW).open(sealed, place=PLACE)
    # The name of the key is sealed too: another key of the same name opens nothing.
    with pytest.raises(SecretUnreadable):
        both.open(Sealed("new", sealed.text), place=PLACE)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="key long has not 32 bytes"):
        box(key("long", 48))
