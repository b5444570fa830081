"""The wire of sign-in for browsers."""

from pydantic import Field

from app.schemas.common import View, Wire


class Provider(View):
    name: str = Field(description="For `provider` of `GET /auth/oauth/authorize`.", examples=["entra"])
    label: str = Field(examples=["Contoso"])


class Providers(View):
    items: list[Provider]


class BrowserLogout(Wire):
    return_to: str | None = Field(
        None,
        max_length=2000,
        description="Where the directory sends the browser afterwards: one of `OAUTH_RETURN_TO`.",
    )


class SignedOut(View):
    end_session_url: str | None = Field(
        description="Go there to sign out of the directory too; null where it has no such page, or is away."
    )
