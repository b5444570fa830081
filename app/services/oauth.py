"""Sign-in for browsers: the authorisation code with PKCE, this service being the confidential client.

The browser holds a cookie and nothing else (IETF best current practice "OAuth 2.0 for Browser-Based
Applications", backend for frontend). What an answer of the directory is held against (state, nonce, verifier,
whom it was asked of, by which browser) is a row that is spent once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from app.core.browser_errors import (
    BrowserSessionRequired,
    OAuthProviderNotFound,
    ReturnToNotAllowed,
    SignInFailed,
)
from app.core.caller import Caller, Origin, Tools
from app.core.clock import CLOCKS_DIFFER
from app.core.errors import (
    AppError,
    InvalidAzureToken,
    NotAuthorized,
    ServiceUnavailable,
)
from app.core.id_tokens import IdTokens, Named
from app.core.identity import Identity
from app.core.issuers import OidcIssuer, TrustedIssuers
from app.core.oauth import Asked, Grant, GrantRefused, OAuthProvider, challenge_of
from app.core.oauth_settings import CALLBACK, LOCAL, redirect_uri
from app.core.opaque_tokens import new_token, token_digest
from app.core.secret_box import Sealed, SecretBox, SecretUnreadable
from app.db.connection import Database, WriteTransaction
from app.db.handles import browser_sessions
from app.db.handles import oauth as db
from app.db.handles.accounts import get_account, lock_account
from app.db.handles.push_subscriptions import hand_subscriptions_on
from app.kernel.access import require_session
from app.kernel.platform_audit import record_for_account, record_for_user
from app.services.browser_sessions import MOST, family
from app.services.browser_tokens import BrowserTokens, Minted

log = logging.getLogger(__name__)

_LIFETIME = timedelta(minutes=10)
HOME = "/"


class Provider(msgspec.Struct, frozen=True):
    name: str
    label: str


class SignedOut(msgspec.Struct, frozen=True):
    """Where the browser is to go to sign out of the directory as well, if there is such a place."""

    end_session_url: str | None


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what its cookie holds from now on."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Where the browser goes; ``cookie`` is that of its session, None where it has none."""

    url: str
    cookie: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back by the browser (RFC 6749 section 4.1.2, RFC 9207)."""

    state: str
    code: str | None
    error: str | None
    iss: str | None


class _Secret(msgspec.Struct, frozen=True):
    verifier: str
    nonce: str


@dataclass(frozen=True, slots=True)
class _Under:
    """A sign-in under way, spent."""

    provider: OAuthProvider
    secret: _Secret
    session_hash: str | None
    return_to: str


@dataclass(frozen=True, slots=True)
class BrowserSignIn:
    """Put together once at start-up. ``return_to`` are the addresses that a browser may be sent to, and the
    paths of this service; the first is where it goes that names none. ``lifetime`` is that of a session."""

    database: Database
    tools: Tools
    box: SecretBox
    providers: Mapping[str, OAuthProvider]
    issuers: TrustedIssuers
    id_tokens: IdTokens
    tokens: BrowserTokens
    return_to: tuple[str, ...]
    base_url: str
    lifetime: timedelta

    def listed(self) -> list[Provider]:
        return [Provider(each.name, each.label) for each in self.providers.values()]

    async def begin(
        self,
        *,
        provider_name: str | None,
        return_to: str | None,
        browser: str | None,
        session_cookie: str | None,
    ) -> Begun:
        """``browser`` is what its cookie holds from another sign-in under way. Raises
        ``OAuthProviderNotFound``, ``ReturnToNotAllowed`` and ``IdentityProviderUnavailable``."""
        provider = self.find(provider_name)
        place = self._place(return_to)
        random = self.tools.random_bytes
        browser = browser or new_token(random)
        state, secret = new_token(random), _Secret(new_token(random), new_token(random))
        asked = Asked(self.redirect_uri(provider.name), state, secret.nonce, challenge_of(secret.verifier))
        url = await provider.authorization_url(asked)
        state_hash, now = token_digest(state), self.tools.clock()
        sealed = self.box.seal(msgspec.json.encode(secret).decode(), place=_sealed_for(state_hash))

        async def store(tx: WriteTransaction) -> None:
            db.insert_state(
                tx,
                state_hash=state_hash,
                provider=provider.name,
                browser_hash=token_digest(browser),
                session_hash=token_digest(session_cookie) if session_cookie else None,
                sealed=sealed.text,
                key_id=sealed.key_id,
                return_to=place,
                now=now,
                expires_at=now + _LIFETIME,
            )

        await self.database.transact(store)
        return Begun(url, browser)

    async def finish(
        self,
        origin: Origin,
        answered: Answered,
        *,
        path_provider: str | None,
        browser: str | None,
        agent: str,
    ) -> Finished:
        """Raises ``SignInFailed`` for a state that is not this browser's to spend. What goes wrong after that
        is told to whoever asked for the sign-in, in the address: ``error`` is one of this service's codes,
        ``reason`` what is in its details."""
        under = await self._spend(answered.state, browser)
        try:
            cookie = await self._sign_in(origin, under, answered, path_provider, agent)
        except (SignInFailed, NotAuthorized, ServiceUnavailable) as error:
            reason = (error.details or {}).get("reason", "")
            log.info(
                "a browser's sign-in failed",
                extra={"code": error.code, "reason": reason, "request_id": origin.request_id},
            )
            return Finished(_with_error(under.return_to, error), None)
        return Finished(under.return_to, cookie)

    async def log_out(self, caller: Caller, *, return_to: str | None) -> SignedOut:
        """Ends the session here, and tells where it is ended at the directory. Raises
        ``BrowserSessionRequired`` and ``ReturnToNotAllowed``. A directory that is away keeps nobody signed
        in."""
        place = self._place(return_to)
        session_id = caller.browser_session_id
        if session_id is None:
            raise BrowserSessionRequired

        async def end(tx: WriteTransaction) -> browser_sessions.SealedSessionRow | None:
            lock_account(tx, account_id=caller.user_id)
            await require_session(tx, caller)
            row = await browser_sessions.read_sealed_session(
                tx, session_id=session_id, user_id=caller.user_id
            )
            await browser_sessions.end_browser_session(tx, session_id=session_id, user_id=caller.user_id)
            await record_for_account(
                tx,
                caller,
                self.tools,
                action="browser_session.ended",
                details={"session_id": session_id, "reason": "sign-out"},
            )
            return row

        row = await self.database.transact(end)
        provider = self.providers.get(row.provider) if row else None
        if row is None or provider is None:
            return SignedOut(None)
        try:
            held = self.tokens.open(row)
            if held.refresh_token:
                await provider.revoke(refresh_token=held.refresh_token)
            return SignedOut(await provider.end_session_url(id_token=held.id_token, return_to=place))
        except (ServiceUnavailable, BrowserSessionRequired):
            return SignedOut(None)

    async def named_by(self, provider_name: str, logout_token: str) -> tuple[str, Named]:
        """Whom a directory says to have signed out, and the provider's name. Raises
        ``OAuthProviderNotFound``, ``InvalidLogoutToken`` and ``IdentityProviderUnavailable``."""
        provider = self.find(provider_name)
        named = await self.id_tokens.logout_token(
            logout_token, issuer=provider.issuer, client_id=provider.client_id
        )
        return provider.name, named

    def find(self, name: str | None) -> OAuthProvider:
        provider = next(iter(self.providers.values()), None) if name is None else self.providers.get(name)
        if provider is None:
            raise OAuthProviderNotFound
        return provider

    def redirect_uri(self, name: str) -> str:
        return redirect_uri(self.base_url, name, [each for each in self.providers if each != LOCAL])

    def _place(self, return_to: str | None) -> str:
        """Letter by letter: whatever a URL could be read as, it is one of these or it is none."""
        place = self.return_to[0] if return_to is None else return_to
        if place not in self.return_to:
            raise ReturnToNotAllowed
        return f"{self.base_url}{place}" if place.startswith("/") else place

    async def _spend(self, state: str, browser: str | None) -> _Under:
        """Raises ``SignInFailed``."""
        state_hash, now = token_digest(state), self.tools.clock()
        if browser is None:
            raise SignInFailed("state")
        browser_hash = token_digest(browser)

        async def use(tx: WriteTransaction) -> db.StateRow | None:
            row = await db.find_state(tx, state_hash=state_hash)
            if row is None or not compare_digest(row.browser_hash, browser_hash):
                return None  # another browser's is left for it
            return row if await db.use_state(tx, state_hash=state_hash, now=now) else None

        row = await self.database.transact(use)
        if row is None or _is_over(row.created_at, row.expires_at, now):
            raise SignInFailed("state")
        provider = self.providers.get(row.provider)
        if provider is None:
            raise SignInFailed("state")
        try:
            text = self.box.open(Sealed(row.key_id, row.sealed), place=_sealed_for(state_hash))
        except SecretUnreadable:
            raise SignInFailed("state") from None
        secret = msgspec.json.decode(text, type=_Secret)
        return _Under(provider, secret, row.session_hash, row.return_to)

    async def _sign_in(
        self, origin: Origin, under: _Under, answered: Answered, path_provider: str | None, agent: str
    ) -> str:
        provider = under.provider
        await self._require_issuer(provider, answered, path_provider)
        if answered.code is None:
            raise SignInFailed("refused")
        try:
            grant = await provider.redeem(
                origin,
                code=answered.code,
                verifier=under.secret.verifier,
                redirect_uri=self.redirect_uri(provider.name),
            )
        except GrantRefused as error:
            log.info("a code was not taken", extra={"provider": provider.name, "error": error.code[:80]})
            raise SignInFailed("code") from None
        named = await self._named(provider, grant, under.secret.nonce)
        try:
            minted = await self.tokens.mint(origin, grant, id_token=grant.id_token)
        except InvalidAzureToken as error:
            reason = (error.details or {}).get("reason", "")
            log.warning(
                "an access token is not valid here", extra={"provider": provider.name, "reason": reason}
            )
            raise SignInFailed("access_token") from None
        self._require_same(provider, named, minted.identity)
        return await self._store(origin, under, named, minted, agent)

    async def _require_issuer(
        self, provider: OAuthProvider, answered: Answered, path_provider: str | None
    ) -> None:
        """Raises ``SignInFailed`` for an answer that is of another provider, or may be."""
        own_path = self.redirect_uri(provider.name).removeprefix(f"{self.base_url}{CALLBACK}").lstrip("/")
        if (path_provider or "") != own_path:
            raise SignInFailed("issuer")
        if answered.iss is None and await provider.says_iss():
            raise SignInFailed("issuer")
        if answered.iss not in (None, provider.issuer):
            raise SignInFailed("issuer")

    async def _named(self, provider: OAuthProvider, grant: Grant, nonce: str) -> Named:
        if grant.id_token is None:
            raise SignInFailed("id_token")
        return await self.id_tokens.id_token(
            grant.id_token, issuer=provider.issuer, client_id=provider.client_id, nonce=nonce
        )

    def _require_same(self, provider: OAuthProvider, named: Named, identity: Identity) -> None:
        """Both tokens are of one issuer and one person."""
        match = self.issuers.find(provider.issuer)
        is_same = match is not None and identity.issuer_name == match.issuer.name == named.issuer_name
        if is_same and match is not None and isinstance(match.issuer, OidcIssuer):
            by_subject = match.issuer.subject_claim == "sub"
            is_same = not by_subject or identity.user_id == f"{match.issuer.name}:{named.subject}"
        elif is_same:
            is_same = (named.oid or "").lower() == identity.user_id
        if not is_same:
            raise SignInFailed("access_token")

    async def _store(self, origin: Origin, under: _Under, named: Named, minted: Minted, agent: str) -> str:
        cookie, session_id = new_token(self.tools.random_bytes), self.tools.new_id()
        sealed = self.tokens.seal(minted.held, session_id)
        user_id, now = minted.identity.user_id, self.tools.clock()

        async def store(tx: WriteTransaction) -> None:
            lock_account(tx, account_id=user_id)
            account = await get_account(tx, user_id=user_id)
            if (
                account is None
                or account.status != "ACTIVE"
                or account.session_version != minted.claims.session_version
            ):
                raise NotAuthorized("This account is not active.")
            browser_sessions.insert_browser_session(
                tx,
                session_id=session_id,
                token_hash=token_digest(cookie),
                user_id=user_id,
                provider=under.provider.name,
                subject=named.subject or "",
                sid=named.sid,
                sealed=sealed.text,
                key_id=sealed.key_id,
                session_version=minted.claims.session_version,
                user_agent=family(agent),
                now=now,
                expires_at=now + self.lifetime,
                renew_at=minted.renew_at,
            )
            if under.session_hash is not None:
                hand_subscriptions_on(
                    tx, user_id=user_id, token_hash=under.session_hash, session_id=session_id
                )
                browser_sessions.end_session_of_cookie(tx, token_hash=under.session_hash)
            browser_sessions.end_oldest_sessions(tx, user_id=user_id, kept=MOST)
            await record_for_user(
                tx,
                origin,
                self.tools,
                user_id=user_id,
                action="browser_session.started",
                auth_method=minted.identity.issuer_name,
                details={"session_id": session_id, "provider": under.provider.name},
            )

        await self.database.transact(store)
        return cookie


def _is_over(created_at: datetime, expires_at: datetime, now: datetime) -> bool:
    """Made later than now, by a clock that was wrong, it would last until that clock's time."""
    return expires_at <= now or created_at > now + CLOCKS_DIFFER


def _sealed_for(state_hash: str) -> tuple[str, ...]:
    return "oauth-state", state_hash


def _with_error(url: str, error: AppError) -> str:
    parts = urlsplit(url)
    reason = (error.details or {}).get("reason")
    told = urlencode({"error": error.code} | ({"reason": reason} if reason else {}))
    return urlunsplit(parts._replace(query=f"{parts.query}&{told}" if parts.query else told))
