"""What can go wrong where browsers sign in. As ``errors.py``, whose classes these belong to."""

from __future__ import annotations

from app.core.errors import AuthenticationError, BusinessRule, NotAuthorized, NotFound


class BrowserSessionRequired(AuthenticationError):
    """None, unknown, or over: whoever guesses learns no difference."""

    code = "BROWSER_SESSION_REQUIRED"
    default_message = "There is no browser session, or it has ended. Sign in at GET /auth/oauth/authorize."


class BrowserHeaderMissing(NotAuthorized):
    """A page of somebody else can have a browser send its cookie; it cannot have it send this header."""

    code = "BROWSER_HEADER_MISSING"
    default_message = "A call by cookie carries the header X-PMA-Browser: 1."


class CredentialsConflict(BusinessRule):
    code = "CREDENTIALS_CONFLICT"
    default_message = "Send either the cookie of a browser session or tokens in headers, not both."


class NotByCookie(BusinessRule):
    code = "NOT_BY_COOKIE"
    default_message = "This is about tokens, which a browser never holds. Use the routes below /auth/oauth."


class ReturnToNotAllowed(BusinessRule):
    code = "RETURN_TO_NOT_ALLOWED"
    default_message = "return_to is none of the addresses in OAUTH_RETURN_TO, letter by letter."


class SignInFailed(BusinessRule):
    """``details.reason`` is one of ``REASONS``."""

    code = "SIGN_IN_FAILED"
    default_message = "The sign-in could not be finished. Begin again."

    def __init__(self, reason: str) -> None:
        super().__init__(details={"reason": reason})
        self.reason = reason


REASONS = frozenset(
    {
        "state",  # unknown, used, too old, or of another browser
        "issuer",  # the answer is of another issuer than was asked
        "refused",  # the directory said no, or the person did
        "code",  # the directory does not take its code back
        "id_token",
        "access_token",
        "account",  # this person may not come in
        "request",  # of the local issuer: not what it was to be asked
    }
)


class InvalidLogoutToken(BusinessRule):
    code = "INVALID_LOGOUT_TOKEN"
    default_message = "The logout token is not valid for this service."


class OAuthProviderNotFound(NotFound):
    code = "OAUTH_PROVIDER_NOT_FOUND"
    default_message = "Nobody signs in to browsers with this provider here."


class BrowserSessionNotFound(NotFound):
    code = "BROWSER_SESSION_NOT_FOUND"
    default_message = "You have no such browser session."
