"""The library by which tests call: named here alone, as ``app/integrations/http_client.py`` says."""

import httpx

__all__ = ["httpx"]
