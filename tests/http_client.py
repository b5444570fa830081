"""The library by which tests call: named here alone, as ``app/integrations/http_client.py`` says."""

import sys

import httpx

# httpx looks for it once a request, in every directory, as it is of trio alone: now it is known not to be there.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

__all__ = ["httpx"]
