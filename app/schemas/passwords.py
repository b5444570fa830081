"""The wire of /users/{user_id}/password."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.schemas.auth import Password, Tokens
from app.schemas.common import SecretText, Wire


class PasswordChange(Wire):
    current_password: Annotated[SecretText, Field(max_length=256)]
    new_password: Password


class Renewed(Tokens):
    pma_token: str = Field(description="In the place of the one that this request came with.")
    pma_token_expires_at: datetime
