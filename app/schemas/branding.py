"""The wire of branding."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from app.core.colors import READABLE, clean_color, contrast
from app.core.text import clean_address, clean_line
from app.schemas.common import View, Wire

Line = Annotated[str, Field(max_length=100), AfterValidator(lambda text: clean_line(text, limit=100))]
Color = Annotated[str, Field(max_length=20, examples=["#1a56db"]), AfterValidator(clean_color)]
Address = Annotated[str, Field(max_length=254), AfterValidator(clean_address)]


class BrandingSet(Wire):
    """All of it: what is left out is taken away. The logo has a route of its own."""

    product_name: Line | None = Field(None, examples=["Analytical Engines"])
    accent_color: Color | None = None
    text_color: Color | None = Field(
        None, description=f"Of text on the accent colour; their contrast is at least {READABLE} (WCAG 2.2)."
    )
    sender_name: Line | None = None
    sender_address: Address | None = Field(None, description="Of mail in the organisation's name.")

    @model_validator(mode="after")
    def _can_be_read(self) -> "BrandingSet":
        if (self.accent_color is None) != (self.text_color is None):
            raise ValueError("accent_color and text_color go together")
        if self.accent_color and self.text_color:
            found = contrast(self.accent_color, self.text_color)
            if found < READABLE:
                raise ValueError(
                    f"the two colours have a contrast of {found:.2f}; at least {READABLE} can be read"
                )
        return self


class PublicBranding(View):
    name: str
    product_name: str | None
    accent_color: str | None
    text_color: str | None
    logo_sha256: str | None = Field(description="Of the logo, whose address ends in /logo; null without one.")


class Branding(View):
    product_name: str | None
    accent_color: str | None
    text_color: str | None
    sender_name: str | None
    sender_address: str | None
    logo_sha256: str | None
    updated_at: datetime
    version: int
