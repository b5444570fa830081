"""Mail that tells of hostile names, of scripts that run from right to left, and of what is too long."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from jinja2 import UndefinedError

from app.core.mail_texts import Sender, compose
from app.core.notice_texts import isolated, sentence
from app.db.handles.notifications import NotificationRow
from tests.smtp_server import parts_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ID = "0199f3f0-7c5a-7b6e-9f1d-2c3b4a5d6e7f"
LINK = "https://pm.example.com/unsubscribe?token=a.b"


def shown(title: str, actor: str | None = "Ada", kind: str = "comment.created") -> NotificationRow:
    return NotificationRow(
        id=ID,
        workspace_id=ID,
        workspace_name=title[:255],
        type=kind,
        reason="mentioned",
        actor_id="a",
        actor_name=actor,
        object_type="comment",
        object_id=ID,
        project_id=ID,
        project_key="ABC",
        project_name=title,
        task_id=ID,
        task_number=7,
        task_title=title,
        due_at=None,
        invitation_id=None,
        state="unread",
        created_at=NOW,
    )


def mail(title: str, actor: str | None = "Ada", sender: str = "PM Assist") -> EmailMessage:
    """As it is read again from what goes out."""
    told = sentence(shown(title, actor))
    values = {
        "sentence": told,
        "place": isolated(title, 60),
        "link": "https://pm/#/x",
        "due": None,
        "why": "You watch.",
    }
    made = compose(
        "notification",
        values,
        mail_id=ID,
        sender=Sender(sender, "noreply@pm.example.com"),
        recipient="bob@example.com",
        subject=told,
        now=NOW,
        unsubscribe=LINK,
    )
    raw = made.as_bytes()
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    parsed = message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post",
    "MIME-Version", "Content-Type",
]  # fmt: skip
ISOLATE, END = "\u2068", "\u2069"
HOSTILE = {
    "html": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "attribute": ("\" onmouseover='x'", "\" onmouseover='x'"),
    "closing": ("</bdi></body><img src=x>", "</bdi></body><img src=x>"),
    "template": ("{{ 7*7 }}{% raw %}{{ config }}", "{{ 7*7 }}{% raw %}{{ config }}"),
    "format": ("{actor.__class__} %s %(x)s {0}", "{actor.__class__} %s %(x)s {0}"),
    "header": ("A\r\nBcc: eve@example.com\r\n\r\nBody", "ABcc: eve@example.comBody"),
    "lone ends": ("A\nB\rC\u2028D\u2029E\x0bF", "ABCDEF"),
    "encoded word": ("=?utf-8?q?Hi?=", "=?utf-8?q?Hi?="),
    "encoded end of a line": ("=?utf-8?q?a=0D=0ABcc:_x?=", "=?utf-8?q?a=0D=0ABcc:_x?="),
    "override": ("abc\u202egnp.exe", "abcgnp.exe"),
    "own isolates": ("\u2066x\u2069\u2069\u2069 y", "x y"),
    "hebrew": ("שלום עולם", f"{ISOLATE}שלום עולם{END}"),
    "arabic with latin": ("مشروع ABC (1)", f"{ISOLATE}مشروع ABC (1){END}"),
    "emoji": ("🚀 Launch 👩‍👩‍👧", "🚀 Launch 👩‍👩‍👧"),
    "controls": ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
    "surrogate": ("a\ud800b", "ab"),
    "nothing to see": ("\u200b\u2060", ""),
    "many spaces": ("a\u00a0\u3000 b", "a   b"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_people_wrote_is_safe_and_can_be_read(case: str) -> None:
    title, expected = HOSTILE[case]
    expected = (
        expected.replace("A Bcc", "ABcc").replace("com Body", "comBody") if case == "header" else expected
    )
    read = mail(title, actor=title, sender=title)
    assert sorted(read.keys()) == sorted(HEADERS), "no header more"
    line = f"{expected or 'Somebody'} mentioned you on ABC-7 {expected}".strip()
    # A long word goes to a line of its own, and what folds it is read as a space.
    assert read["Subject"].strip() == " ".join(line.replace("=?", "= ?").split())
    assert [address.addr_spec for address in read["From"].addresses] == ["noreply@pm.example.com"]
    text, html = parts_of(read)
    assert line in text
    assert text.count("http") == 2
    assert "<script" not in html
    assert "<img" not in html
    assert "onmouseover='" not in html
    assert html.count("<bdi>") == html.count("</bdi>") == 1 + bool(expected)
    assert "49" not in text


def test_a_long_title_ends_in_time() -> None:
    title = "Très long 🚀 " * 40
    subject = mail(title)["Subject"]
    assert len(subject) < 200
    assert subject.endswith("…")
    letters = "א" * 500
    line = sentence(shown(letters))
    assert line.endswith(f"א…{END}")
    assert len(line) < 250


def test_a_message_is_the_same_each_time_and_names_itself() -> None:
    first, second = mail("A"), mail("A")
    assert first["Message-ID"] == second["Message-ID"] == f"<{ID}@pm.example.com>"
    assert (first["List-Unsubscribe"], first["List-Unsubscribe-Post"]) == (
        f"<{LINK}>",
        "List-Unsubscribe=One-Click",
    )
    assert first.get_content_type() == "multipart/alternative"


def test_of_what_it_does_not_know_it_says_little_and_a_template_says_nothing_that_is_not_there() -> None:
    assert sentence(shown("A", kind="new.thing")) == "There is news in A"
    assert sentence(shown("A", actor=None)) == "Somebody mentioned you on ABC-7 A"
    with pytest.raises(UndefinedError):
        compose(
            "notification", {}, mail_id=ID, sender=Sender("A", "a@b.example"), recipient="b@b.example", subject="S",
            now=NOW, unsubscribe=None,
        )  # fmt: skip


@pytest.mark.parametrize("address", ["a@b\r\nBcc: c@d", "a", "a@b, c@d", ""])
def test_no_mail_is_made_to_what_is_no_address(address: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        compose(
            "invitation",
            {"inviter": "A", "place": "B", "link": "c", "expires": "d", "why": "e"},
            mail_id=ID,
            sender=Sender("A", "a@b.example"),
            recipient=address,
            subject="S",
            now=NOW,
            unsubscribe=None,
        )
