"""What must hold of the settings by which browsers sign in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.addresses import host_of, problem_with
from app.core.config_fields import SettingsFields
from app.core.oauth_settings import LOCAL

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PATH = re.compile(r"/([A-Za-z0-9._~-][A-Za-z0-9._~/-]*)?")


def problems(settings: SettingsFields) -> Iterator[str]:
    """What is wrong with these settings by themselves; whether an issuer is trusted is asked elsewhere."""
    names: set[str] = {LOCAL}
    for each in settings.oauth_providers:
        if each.name in names:
            yield f"OAUTH_PROVIDERS: two providers are named {each.name}; {LOCAL} is the local issuer"
        names.add(each.name)
        if not _may_be_asked(each.issuer):
            yield f"OAUTH_PROVIDERS: {each.name}: issuer is no https URL"
    if settings.oauth_providers and not settings.has_secret_keys:
        yield "OAUTH_PROVIDERS needs SECRET_KEYS or SECRET_KEYS_VAULT_URL: tokens are sealed with them"
    if settings.oauth_providers and settings.is_production and not settings.base_url.startswith("https://"):
        yield "OAUTH_PROVIDERS in production needs PUBLIC_URL with https: the cookie is for nothing else"
    for number, place in enumerate(settings.oauth_return_to, 1):
        if not _PATH.fullmatch(place) and problem_with(place):
            yield f"OAUTH_RETURN_TO: entry {number} is neither a URL nor a path of this service"
        elif settings.is_production and place.startswith("http://"):
            yield f"OAUTH_RETURN_TO: entry {number} must be https in production"
    pattern = r"https://[^/*]+" if settings.is_production else r"https?://[^/*]+"
    for origin in settings.portal_origins:
        if not re.fullmatch(pattern, origin) or problem_with(origin) or "?" in origin or "#" in origin:
            yield f"PORTAL_ORIGINS: {origin} is no origin, or not one for production"


def _may_be_asked(url: str) -> bool:
    if problem_with(url) or "?" in url or "#" in url:
        return False
    return url.startswith("https://") or host_of(url) in _LOOPBACK
