"""Settings, from the environment and ``.env``: what can be set is in ``config_fields.py``, what must hold
between settings in ``config_rules.py``.

All mistakes are reported at once, and no value is ever printed.
"""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from app.core import config_rules
from app.core.config_fields import SettingsFields


class SettingFault(ValueError):
    """Nothing starts with this setting; the text names it, and no secret."""


class Settings(SettingsFields):
    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = list(config_rules.problems(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self
