"""With whom browsers sign in (``OAUTH_PROVIDERS``)."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

LOCAL = "local"
"""The provider that the local issuer is."""
CALLBACK = "/auth/oauth/callback"
_OURS = frozenset(
    {
        "client_id", "code_challenge", "code_challenge_method", "nonce", "redirect_uri", "response_mode",
        "response_type", "scope", "state",
    }
)  # fmt: skip


def redirect_uri(base_url: str, name: str, outside: Collection[str]) -> str:
    """Where a provider sends browsers back to. Of several ``outside`` this service each has its own place, so
    that none can pass an answer of another off as its own (RFC 9700 section 4.4.2)."""
    alone = name == LOCAL or len(outside) == 1
    return f"{base_url}{CALLBACK}" if alone else f"{base_url}{CALLBACK}/{name}"


class OAuthProviderSettings(BaseModel):
    """One entry of ``OAUTH_PROVIDERS``. ``certificate_file`` holds the private key and its certificate."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    label: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    issuer: str
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    client_secret: SecretStr | None = None
    certificate_file: Path | None = None
    scopes: list[str] = ["openid", "profile", "email", "offline_access"]
    parameters: dict[str, str] = {}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.client_secret is None) == (self.certificate_file is None):
            raise ValueError("a provider has either client_secret or certificate_file")
        if self.client_secret is not None and not self.client_secret.get_secret_value():
            raise ValueError("client_secret is empty")
        if "openid" not in self.scopes:
            raise ValueError("scopes have openid among them: who signed in is in the ID token")
        if taken := sorted(_OURS & self.parameters.keys()):
            raise ValueError(f"parameters: {', '.join(taken)} is this service's to say")
        return self
