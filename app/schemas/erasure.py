"""The wire of /users/{user_id}/erasure."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.schemas.common import SecretText, View, Wire


class Erase(Wire):
    current_password: Annotated[SecretText, Field(max_length=256)] | None = Field(
        None, description="Of whoever erases themselves and has one here."
    )


class Erased(View):
    id: str
    status: Literal["ERASED", "ACTIVE"] = Field(
        description="ACTIVE where nobody had signed in yet: what others wrote of them is erased all the same."
    )
    erased_at: datetime
