"""Sign-in with the local issuer's own accounts: register, password, refresh.

Password hashing takes tens of milliseconds and megabytes by design, so it happens in a thread and
outside every transaction. These functions therefore open their transactions themselves. An attempt is
counted before the password is looked at: a hundred guesses sent at once count as a hundred.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import ClassVar, TypeVar

import msgspec
from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.blocking import Blocking, Busy, Overdue
from app.core.caller import Origin, Tools
from app.core.client_address import subscriber
from app.core.clock import CLOCKS_DIFFER
from app.core.errors import (
    InvalidCredentials,
    InvalidInput,
    InvalidRefreshToken,
    NotAuthorized,
    TooManyAttempts,
)
from app.core.local_issuer import LocalTokenIssuer, LocalUser
from app.core.opaque_tokens import new_token, token_digest
from app.core.tenants import Tenants
from app.core.text import email_key
from app.db.connection import Database, WriteTransaction
from app.db.handles import sign_in as db
from app.db.handles.accounts import insert_account, lock_account, set_default_org
from app.kernel import platform_audit
from app.kernel.people import index_person, note_visit
from app.kernel.platform_audit import Chain
from app.services.organizations import insert_founded, require_founder

T = TypeVar("T")
log = logging.getLogger(__name__)
_METHOD = "local"
_ISSUED_AHEAD = timedelta(days=1)
_REUSE_GRACE = timedelta(seconds=10)
_MOST_FORGIVEN = 20
"""Of one token: a browser that opens again may have so many tabs."""


class Tokens(msgspec.Struct, frozen=True):
    """The answer of an OAuth 2.0 token endpoint (RFC 6749 section 5.1); ``expires_in`` is seconds."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    scope: str


class Registered(msgspec.Struct, frozen=True):
    """``org_id`` is the organisation's that was made along with the account, if one was asked for."""

    user_id: str
    email: str
    display_name: str
    org_id: str | None


class Founding(msgspec.Struct, frozen=True):
    """An organisation to be made along with an account."""

    name: str
    slug: str | None


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """Failed attempts before an account, or an address, is locked for ``lock``."""

    account: int
    address: int
    lock: timedelta


class Passwords:
    """Argon2id, a few at a time."""

    cost: ClassVar = profiles.RFC_9106_LOW_MEMORY
    """RFC 9106 section 4, the second recommended option: 3 passes over 64 MiB in 4 lanes."""

    def __init__(self, parallel: int = 2) -> None:
        self._hasher = PasswordHasher.from_parameters(self.cost)
        self._blocking = Blocking("passwords", workers=parallel, waiting=50, deadline=15.0)

    async def aclose(self) -> None:
        await self._blocking.aclose()

    async def hash(self, password: str) -> str:
        """Raises ``Busy`` and ``Overdue``, as ``verify`` does."""
        return await self._blocking.run(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Takes as long for an unknown account (``stored`` None) as for a known one."""
        matches = await self._blocking.run(self._verify, stored, password)
        return matches and stored is not None

    def needs_rehash(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False


@dataclass(frozen=True, slots=True)
class SignIn:
    """What signing in needs, put together once at start-up."""

    database: Database
    tools: Tools
    issuer: LocalTokenIssuer
    passwords: Passwords
    limits: SignInLimits
    refresh_lifetime: timedelta
    founders: Tenants
    """Whose people may make organisations."""
    refused_passwords: frozenset[str] = frozenset()
    """Those that everybody can know: no account is made with one, none is signed in to."""

    async def register(
        self,
        origin: Origin,
        *,
        email: str,
        password: str,
        display_name: str,
        organization: Founding | None = None,
    ) -> Registered:
        """Makes an account and, in the same transaction, the organisation that it is the OWNER of, if one is
        asked for: ``SlugTaken`` leaves neither. Raises ``NotAuthorized`` where people of the local issuer
        make no organisations, ``AccountExists`` (through UQ_UserPassword_email), ``InvalidInput`` for a
        password that is refused, and ``TooManyAttempts`` when one address registers more often than it may
        fail to sign in."""
        if password in self.refused_passwords:
            raise InvalidInput("Everybody can know this password. Choose another.")
        if organization is not None:
            require_founder(self.founders.obstacle_to(self.issuer.tenant, is_guest=False))
        await self.take_attempt({_address_key("register", origin): self.limits.address})
        password_hash = await self.passwords.hash(password)
        user_id, now = self.tools.new_id(), self.tools.clock()
        org_id = self.tools.new_id() if organization else None

        async def make(tx: WriteTransaction) -> None:
            insert_account(
                tx,
                account_id=user_id,
                tid=self.issuer.tenant,
                email=email,
                display_name=display_name,
                now=now,
            )
            index_person(tx, user_id=user_id, display_name=display_name, email=email)
            db.insert_password(
                tx, account_id=user_id, email_key=email_key(email), password_hash=password_hash, now=now
            )
            if organization is not None and org_id is not None:
                await insert_founded(
                    tx,
                    self.tools,
                    org_id=org_id,
                    name=organization.name,
                    slug=organization.slug,
                    user_id=user_id,
                    display_name=display_name,
                )
                set_default_org(tx, user_id=user_id, org_id=org_id, now=now)
            await self._record(tx, origin, user_id, "account.registered")
            if organization is not None and org_id is not None:
                await platform_audit.record_on(
                    tx,
                    origin,
                    self.tools,
                    chain=Chain.ORGANIZATION,
                    chain_id=org_id,
                    action="organization.created",
                    actor_id=user_id,
                    target_type="organization",
                    target_id=org_id,
                    auth_method=_METHOD,
                    details={"name": organization.name, "slug": organization.slug},
                )

        await self.database.transact(make)
        return Registered(user_id, email, display_name, org_id)

    async def with_password(self, origin: Origin, *, email: str, password: str) -> Tokens:
        """Raises as ``prove``."""

        def give(tx: WriteTransaction, user: LocalUser) -> Tokens:
            family_id = self.tools.new_id()
            return self.mint(user, self.new_refresh_token(tx, user.user_id, family_id=family_id))

        return await self.prove(origin, email=email, password=password, give=give)

    async def prove(
        self,
        origin: Origin,
        *,
        email: str,
        password: str,
        give: Callable[[WriteTransaction, LocalUser], T],
    ) -> T:
        """Gives to whoever knows the password, in the transaction that lets them in. Raises
        ``InvalidCredentials``, which does not tell an unknown account from a wrong password, and
        ``TooManyAttempts`` while the account or the address is locked."""
        account_key, address_key = keys = attempt_keys(email_key(email), origin)
        await self.take_attempt({account_key: self.limits.account, address_key: self.limits.address})
        async with self.database.read() as tx:
            row = await db.find_password(tx, email_key=email_key(email))
        try:
            is_right = await self.passwords.verify(row.password_hash if row else None, password)
        except (Busy, Overdue):
            # Nobody has said that it is wrong: a crowd must not lock out whoever comes in it.
            await self.give_back(*keys)
            raise
        if is_right and password in self.refused_passwords:
            log.warning("sign-in with a password that everybody can know was refused")
            is_right = False
        if not is_right or row is None:
            if row is not None:
                await self._record_alone(origin, row.user_id, "sign_in.failed", outcome="FAILED")
            raise InvalidCredentials
        rehashed = (
            await self.passwords.hash(password) if self.passwords.needs_rehash(row.password_hash) else None
        )

        async def let_in(tx: WriteTransaction) -> T:
            # Nobody stops the account, or gives it another password, between this and the commit.
            lock_account(tx, account_id=row.user_id)
            now = await db.find_password(tx, email_key=email_key(email))
            if now is None or now.password_hash != row.password_hash:
                raise InvalidCredentials
            if now.status != "ACTIVE":
                raise NotAuthorized("This account is not active.")
            for key in sorted(keys):  # in the order of take_attempt
                (db.delete_throttle if key == account_key else db.forgive_throttle)(tx, throttle_key=key)
            if rehashed is not None:
                db.update_password_hash(tx, user_id=row.user_id, password_hash=rehashed)
            given = give(tx, LocalUser(now.user_id, now.directory_name, now.email, now.session_version))
            await self._record(tx, origin, row.user_id, "sign_in.succeeded")
            return given

        return await self.database.transact(let_in)

    async def with_refresh_token(self, origin: Origin, *, refresh_token: str) -> Tokens:
        """Spends a refresh token and gives the next of its family. One that was spent before ends the whole
        family, because either its owner or a thief holds it (RFC 9700 section 4.14.2); but for the seconds
        in which two tabs of one browser send the same one. Raises ``InvalidRefreshToken``.

        Whoever steals a token and is as quick as that gets a token of the same family: it ends with the
        family, at a sign-out, a later reuse, or the end of its life, and the account's audit log tells of
        it."""
        now = self.tools.clock()

        async def spend(tx: WriteTransaction) -> tuple[LocalUser, str | None]:
            digest = token_digest(refresh_token)
            row = await db.find_refresh_token(tx, token_hash=digest)
            if row is not None:
                # As at a sign-in; what was read before the lock may have been ended meanwhile.
                lock_account(tx, account_id=row.user_id)
                row = await db.find_refresh_token(tx, token_hash=digest)
            if row is None or row.revoked_at is not None or row.status != "ACTIVE":
                raise InvalidRefreshToken
            # Issued later than now, by a clock that was wrong, it would last until that clock's time.
            if row.expires_at <= now or row.issued_at > now + _ISSUED_AHEAD:
                raise InvalidRefreshToken
            user = LocalUser(row.user_id, row.directory_name, row.email, row.session_version)
            note_visit(tx, user_id=row.user_id, now=now)
            if await db.use_refresh_token(tx, token_id=row.id, user_id=row.user_id, now=now):
                return user, self.new_refresh_token(tx, row.user_id, family_id=row.family_id)
            if await self._is_forgiven(tx, row, now):
                await self._record(tx, origin, row.user_id, "refresh_token.used_twice")
                return user, self.new_refresh_token(tx, row.user_id, family_id=row.family_id)
            db.revoke_family(tx, family_id=row.family_id, user_id=row.user_id, now=now)
            await self._record(tx, origin, row.user_id, "refresh_token.reused", outcome="DENIED")
            return user, None

        user, successor = await self.database.transact(spend)
        if successor is None:
            raise InvalidRefreshToken
        return self.mint(user, successor)

    async def end_family(self, refresh_token: str) -> None:
        """Ends every token that descends from the sign-in of this one."""

        async def end(tx: WriteTransaction) -> None:
            row = await db.find_refresh_token(tx, token_hash=token_digest(refresh_token))
            if row is not None:
                now = self.tools.clock()
                db.revoke_family(tx, family_id=row.family_id, user_id=row.user_id, now=now)

        await self.database.transact(end)

    async def _is_forgiven(self, tx: WriteTransaction, row: db.RefreshTokenRow, now: datetime) -> bool:
        changed = await db.forgive_reuse(
            tx,
            token_id=row.id,
            user_id=row.user_id,
            since=now - _REUSE_GRACE,
            until=now + _REUSE_GRACE,
            most=_MOST_FORGIVEN,
        )
        return bool(changed)

    async def take_attempt(self, limits: Mapping[str, int]) -> None:
        """Counts one against each key, which may have so many. Raises ``TooManyAttempts``."""
        now = self.tools.clock()
        until = now + self.limits.lock

        async def count(tx: WriteTransaction) -> None:
            db.delete_expired_throttles(tx, now=now)
            rows: dict[str, db.ThrottleRow | None] = {}
            # Always in the same order, so that two sign-ins cannot wait for each other.
            for key in sorted(limits):
                db.lock_throttle(tx, throttle_key=key)
                row = await db.find_throttle(tx, throttle_key=key)
                if row is not None and row.expires_at > until + CLOCKS_DIFFER:
                    # No lock lasts so long: it was counted while the clock was wrong.
                    db.delete_throttle(tx, throttle_key=key)
                    row = None
                rows[key] = row
            for key, row in rows.items():
                if row is not None and row.failures >= limits[key] and row.expires_at > now:
                    raise TooManyAttempts(retry_after=_seconds(row.expires_at - now))
            for key, row in rows.items():
                if row is None:
                    db.insert_throttle(tx, throttle_key=key, expires_at=until)
                else:
                    db.set_throttle(tx, throttle_key=key, failures=row.failures + 1, expires_at=until)

        await self.database.transact(count)

    async def give_back(self, *keys: str) -> None:
        """For an attempt that nobody has judged."""

        async def forgive(tx: WriteTransaction) -> None:
            for key in sorted(keys):
                db.forgive_throttle(tx, throttle_key=key)

        await self.database.transact(forgive)

    def new_refresh_token(self, tx: WriteTransaction, user_id: str, *, family_id: str) -> str:
        """The first, or the next, of a family."""
        token = new_token(self.tools.random_bytes)
        now = self.tools.clock()
        db.insert_refresh_token(
            tx,
            token_id=self.tools.new_id(),
            family_id=family_id,
            user_id=user_id,
            token_hash=token_digest(token),
            now=now,
            expires_at=now + self.refresh_lifetime,
        )
        return token

    def mint(self, user: LocalUser, refresh_token: str) -> Tokens:
        return Tokens(
            access_token=self.issuer.mint(user),
            token_type="Bearer",  # noqa: S106 - a token type, not a token
            expires_in=int(self.issuer.lifetime.total_seconds()),
            refresh_token=refresh_token,
            scope="access_as_user",
        )

    async def _record_alone(self, origin: Origin, user_id: str, action: str, outcome: str) -> None:
        await self.database.transact(lambda tx: self._record(tx, origin, user_id, action, outcome))

    async def _record(
        self, tx: WriteTransaction, origin: Origin, user_id: str, action: str, outcome: str = "SUCCESS"
    ) -> None:
        await platform_audit.record_for_user(
            tx, origin, self.tools, user_id=user_id, action=action, auth_method=_METHOD, outcome=outcome
        )


def attempt_keys(email: str, origin: Origin) -> tuple[str, str]:
    """Under which a guess at a password is counted: of the account of that folded address, and of the network
    address."""
    return account_key(email), _address_key("sign-in", origin)


def account_key(email: str) -> str:
    return hashlib.sha256(f"account:{email}".encode()).hexdigest()


def _address_key(purpose: str, origin: Origin) -> str:
    return hashlib.sha256(f"{purpose}:{subscriber(origin.address)}".encode()).hexdigest()


def _seconds(span: timedelta) -> int:
    return max(1, -int(-span.total_seconds() // 1))
