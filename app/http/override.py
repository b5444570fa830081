"""Why somebody with the object role OVERRIDE does what else would not be theirs: a header, because requests
that delete have no body."""

from typing import Annotated
from urllib.parse import unquote

from fastapi import Header
from pydantic import AfterValidator

from app.core.text import clean_line

_LENGTH = 500

OverrideReason = Annotated[
    str | None,
    AfterValidator(lambda text: text and clean_line(unquote(text), limit=_LENGTH)),
    Header(
        alias="X-Override-Reason",
        max_length=9 * _LENGTH,
        description=(
            f"Why, in {_LENGTH} characters at most, percent-encoded UTF-8; for who has the object role "
            "OVERRIDE on the project. It is kept in the audit log."
        ),
        examples=["The author has left."],
    ),
]
