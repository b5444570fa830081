"""Which headers browsers may send and read across origins, and which every answer carries."""

from app.core.config import Settings

REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "Last-Event-ID",
    "Range",
    "X-Override-Reason",
    "X-PMA-Token",
    "X-Request-Id",
    # https://www.w3.org/TR/trace-context/ and https://www.w3.org/TR/baggage/
    "baggage",
    "traceparent",
    "tracestate",
)
PORTAL_HEADERS = ("X-PMA-Browser",)
ANSWER_HEADERS = (
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Audit-Checkpoint",
    "X-Audit-Until",
    "X-Request-Id",
)


def security_headers(settings: Settings) -> list[tuple[bytes, bytes]]:
    """For every answer that does not say otherwise.

    https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html
    """
    headers = [
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
    ]
    if settings.base_url.startswith("https://"):
        headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    return headers
