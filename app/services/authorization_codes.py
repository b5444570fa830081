"""The local issuer as an authorisation server: codes for this service's own browser sign-in, and for no other
client. PKCE with S256 is required, a code is for one redirect, lasts a minute and is taken once.

Codes are taken back in this process, not over HTTP: the one client of this server is the service itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from urllib.parse import urlencode

from app.core.browser_errors import SignInFailed
from app.core.caller import Origin
from app.core.clock import CLOCKS_DIFFER
from app.core.demo_accounts import DEMO_PASSWORD, DEMO_PEOPLE
from app.core.errors import InvalidRefreshToken
from app.core.local_issuer import LocalUser
from app.core.oauth import Asked, Grant, GrantRefused, challenge_of
from app.core.oauth_settings import LOCAL
from app.core.opaque_tokens import new_token, token_digest
from app.core.text import email_key
from app.db.connection import WriteTransaction
from app.db.handles import authorization_codes as db
from app.db.handles.accounts import lock_account
from app.db.handles.sign_in import find_password, revoke_family
from app.kernel.platform_audit import record_for_user
from app.services.sign_in import SignIn

_LIFETIME = timedelta(seconds=60)
_OPAQUE = re.compile(r"[A-Za-z0-9_-]{43}")
"""State, nonce and challenge: each 256 bits, as this service draws them."""
PATH = "/auth/local/authorize"


@dataclass(frozen=True, slots=True)
class Asking:
    """What the page was asked with, found right."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str


@dataclass(frozen=True, slots=True)
class LocalProvider:
    """``redirect_uri`` is the one that codes are for."""

    sign_in: SignIn
    redirect_uri: str
    base_url: str
    has_demo: bool
    name: str = LOCAL
    label: str = "An account of this service"
    client_id: str = "pm-assist-browser"

    @property
    def issuer(self) -> str:
        return self.sign_in.issuer.issuer

    async def says_iss(self) -> bool:
        return True

    async def authorization_url(self, asked: Asked) -> str:
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": asked.redirect_uri,
            "scope": "openid",
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.base_url}{PATH}?{urlencode(query)}"

    def check(self, query: dict[str, str]) -> Asking:
        """Raises ``SignInFailed``: nobody is redirected who has not been asked rightly (RFC 6749 section
        4.1.2.1)."""
        asking = Asking(
            *(query.get(name, "") for name in ("redirect_uri", "state", "nonce", "code_challenge"))
        )
        if (
            query.get("client_id") != self.client_id
            or query.get("response_type") != "code"
            or query.get("code_challenge_method") != "S256"
            or asking.redirect_uri != self.redirect_uri
            or not all(map(_OPAQUE.fullmatch, (asking.state, asking.nonce, asking.challenge)))
        ):
            raise SignInFailed("request")
        return asking

    async def demo_people(self) -> dict[str, str]:
        """Names by address of those who can be let in with one press: none in production, nor where
        ``scripts/seed.py`` has made none."""
        if not self.has_demo:
            return {}
        async with self.sign_in.database.read() as tx:
            first = await find_password(tx, email_key=email_key(next(iter(DEMO_PEOPLE))))
        return DEMO_PEOPLE if first is not None else {}

    async def as_demo(self, origin: Origin, asking: Asking, *, email: str) -> str:
        """As ``give_code``, to one of the demo's people, while they have the demo's password."""
        if not self.has_demo or email not in DEMO_PEOPLE:
            raise SignInFailed("request")
        return await self.give_code(origin, asking, email=email, password=DEMO_PASSWORD)

    async def give_code(self, origin: Origin, asking: Asking, *, email: str, password: str) -> str:
        """Where the browser goes with its code. Raises as ``SignIn.prove``."""
        code, tools = new_token(self.sign_in.tools.random_bytes), self.sign_in.tools
        now = tools.clock()

        def give(tx: WriteTransaction, user: LocalUser) -> None:
            db.insert_code(
                tx,
                code_hash=token_digest(code),
                user_id=user.user_id,
                family_id=tools.new_id(),
                redirect_uri=asking.redirect_uri,
                challenge=asking.challenge,
                nonce=asking.nonce,
                session_version=user.session_version,
                now=now,
                expires_at=now + _LIFETIME,
            )

        await self.sign_in.prove(origin, email=email, password=password, give=give)
        answer = {"code": code, "state": asking.state, "iss": self.issuer}
        return f"{asking.redirect_uri}?{urlencode(answer)}"

    async def redeem(self, origin: Origin, *, code: str, verifier: str, redirect_uri: str) -> Grant:
        """A code that is taken a second time ends what came of it (RFC 6749 section 4.1.2)."""
        code_hash, sign_in = token_digest(code), self.sign_in
        now = sign_in.tools.clock()

        async def take(tx: WriteTransaction) -> Grant | None:
            row = await db.find_code(tx, code_hash=code_hash)
            if row is None:
                return None
            lock_account(tx, account_id=row.user_id)
            is_first = await db.use_code(tx, code_hash=code_hash, user_id=row.user_id, now=now)
            row = await db.find_code(tx, code_hash=code_hash)
            if row is None:
                return None
            if not is_first:
                revoke_family(tx, family_id=row.family_id, user_id=row.user_id, now=now)
                await record_for_user(
                    tx,
                    origin,
                    sign_in.tools,
                    user_id=row.user_id,
                    action="authorization_code.reused",
                    auth_method=self.name,
                    outcome="DENIED",
                )
                return None
            if (
                row.expires_at <= now
                or row.created_at > now + CLOCKS_DIFFER
                or row.redirect_uri != redirect_uri
                or not compare_digest(row.challenge, challenge_of(verifier))
                or row.status != "ACTIVE"
                or row.account_version != row.session_version
            ):
                return None
            user = LocalUser(row.user_id, row.directory_name, row.email, row.session_version)
            refresh_token = sign_in.new_refresh_token(tx, row.user_id, family_id=row.family_id)
            id_token = sign_in.issuer.mint_id_token(user, client_id=self.client_id, nonce=row.nonce)
            return Grant(sign_in.mint(user, refresh_token).access_token, refresh_token, id_token)

        grant = await sign_in.database.transact(take)
        if grant is None:
            raise GrantRefused("invalid_grant")
        return grant

    async def renew(self, origin: Origin, *, refresh_token: str) -> Grant:
        try:
            tokens = await self.sign_in.with_refresh_token(origin, refresh_token=refresh_token)
        except InvalidRefreshToken:
            raise GrantRefused("invalid_grant") from None
        return Grant(tokens.access_token, tokens.refresh_token)

    async def revoke(self, *, refresh_token: str) -> None:
        await self.sign_in.end_family(refresh_token)

    async def end_session_url(self, *, id_token: str | None, return_to: str) -> str | None:
        return None  # it knows no session beside this service's own
