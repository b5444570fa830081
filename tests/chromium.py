"""The browser that tests drive: Chromium as it is installed, or the headless one that ``scripts/test.py`` fetched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from scripts import _debian

_INSTALLED = next(filter(None, map(shutil.which, _debian.BROWSERS)), None)
_FETCHED = _debian.unpacked(_debian.CHROMIUM)
HAS_CHROMIUM = bool(_INSTALLED) or _FETCHED.exists()
needs_chromium = pytest.mark.skipif(
    not HAS_CHROMIUM, reason="no Chromium is installed, and Debian's could not be fetched"
)


def launching() -> dict[str, Any]:
    """What Playwright's ``launch`` takes. Chromium's own sandbox is not for root."""
    options: dict[str, Any] = {"executable_path": _INSTALLED}
    if not _INSTALLED:
        options = _fetched(_FETCHED)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options["args"] = ["--no-sandbox"]
    return options


def _fetched(place: Path) -> dict[str, Any]:
    libraries = {str(path.parent) for path in place.rglob("*.so*")}
    fonts = place / "etc" / "fonts"
    env = {**os.environ, "LD_LIBRARY_PATH": ":".join(sorted(libraries))}
    if fonts.exists():
        env["FONTCONFIG_PATH"] = str(fonts)
        env["FONTCONFIG_SYSROOT"] = str(place)
    return {"executable_path": str(place / "usr/lib/chromium/chromium-headless-shell"), "env": env}
