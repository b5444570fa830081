"""What a process of this service is made of: its parts are made, opened and closed here, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.blocking import Blocking
from app.core.browser_cookies import Cookies
from app.core.browser_errors import BrowserSessionRequired
from app.core.caller import Origin, Tools
from app.core.client_address import parse_networks
from app.core.clock import new_uuid7, system_clock
from app.core.config import Settings
from app.core.demo_accounts import DEMO_PASSWORD
from app.core.files import ScanRules
from app.core.id_tokens import IdTokens
from app.core.issuers import TrustedIssuers
from app.core.jwks import JwksCache
from app.core.local_issuer import LocalTokenIssuer
from app.core.mail_links import MailLinks
from app.core.mail_texts import Sender
from app.core.metrics import Metrics
from app.core.middleware import CONSOLE, HeldTokens
from app.core.oauth import OAuthProvider
from app.core.oauth_settings import CALLBACK
from app.core.outbound import OutboundRules
from app.core.rsa_key import load_or_create_key
from app.core.secret_box import SecretBox
from app.core.tenants import (
    who_may_come_by_themselves,
    who_may_create_workspaces,
    who_may_use_credentials,
    whose_addresses_count,
)
from app.core.token_service import TokenService
from app.core.trusted_issuers import trusted_issuers
from app.core.web_push import Vapid
from app.db.backends import make_database, make_migration_target
from app.db.migrations import load_migrations, require_current
from app.integrations.blob_stores import make_blob_store
from app.integrations.clamd import make_scanner
from app.integrations.guarded_client import GuardedClient
from app.integrations.jwks_http import HttpJwksSource
from app.integrations.key_sources import key_source
from app.integrations.mail import Mailer
from app.integrations.oidc_provider import OidcProvider
from app.integrations.provider import ExternalItem
from app.integrations.registry import Providers
from app.integrations.short_cache import ShortCache
from app.integrations.upstream import UpstreamClients, UpstreamLimits
from app.integrations.wake_ups import WakeUps
from app.kernel.approvals import Approvable, Approvables
from app.kernel.connector_feeds import Fed
from app.kernel.consumers import Consumer, Consumers, measure_lag
from app.kernel.feed import Feed
from app.kernel.housekeeping import Housekeeping
from app.kernel.job_worker import JobWorker
from app.kernel.jobs import Handler, JobKind, measure_backlog
from app.kernel.presence import Presence
from app.kernel.reference import ReferenceCache
from app.kernel.routines import Routine, Routines
from app.kernel.schedule import repeat, running
from app.kernel.start_up import of_setting
from app.services import (
    account_closing,
    approval_deadlines,
    avatars,
    connector_refresh,
    data_exports,
    due_dates,
    file_scans,
    file_uploads,
    files,
    folders,
    key_result_feeding,
    late_check_ins,
    outbound_mail,
    push_subscriptions,
    scim_groups,
)
from app.services.audit_work import AuditWork
from app.services.authorization_codes import LocalProvider
from app.services.browser_tokens import BrowserTokens
from app.services.connector_asking import Asker
from app.services.connector_sources import make_asker
from app.services.health import WriteProbe
from app.services.integrations import Credentials
from app.services.link_checker import LinkChecker
from app.services.notifying import Notifier, Teller
from app.services.oauth import HOME, BrowserSignIn
from app.services.objective_approvals import ObjectiveApproval
from app.services.outbound_mail import Post
from app.services.push_subscriptions import Pusher
from app.services.sign_in import Passwords, SignIn, SignInLimits
from app.services.webhook_consumer import WebhookConsumer
from app.services.webhook_sending import WebhookSender
from app.services.workflow_approvals import TemplateApproval

_ISSUER = "pm-assist"
"""Issuer and audience of the PMA token."""
_SCHEDULES = timedelta(seconds=5)
_HOUSEKEEPING = timedelta(hours=1)
_MEASURING = timedelta(seconds=15)
_DUE_DATES = timedelta(minutes=5)
_DEADLINES = timedelta(minutes=5)
_DIGESTS = timedelta(minutes=1)


class Parts:
    """Made at once and connected to nothing; they work inside ``opened``, in one event loop."""

    credentials: Credentials
    connectors: Asker
    audit: AuditWork
    sign_in: SignIn | None
    browsers: BrowserSignIn | None
    post: Post
    """These are there inside ``opened`` only."""

    def __init__(self, settings: Settings, tools: Tools | None = None) -> None:
        """Raises ``SettingFault``, ``QueryContractError``, and ``DatabaseUnavailable`` where there is no ODBC
        for SQL Server."""
        self.settings = settings
        self.tools = tools = tools or Tools(system_clock, new_uuid7, os.urandom)
        self.metrics = Metrics()
        self.local_issuer = make_local_issuer(settings, tools) if settings.is_local_issuer_enabled else None
        self._key_sets = HttpJwksSource()
        self._jwks = JwksCache(self._key_sets, tools.monotonic)
        leeway = timedelta(seconds=settings.token_leeway_seconds)
        self.issuers = TrustedIssuers(trusted_issuers(settings, self.local_issuer))
        self.validator = AzureJwtValidator(
            self.issuers,
            self._jwks,
            tools.clock,
            leeway=leeway,
            cache_size=settings.token_cache_size,
        )
        self.cookies = Cookies(settings.base_url)
        self._oidc = make_oidc_providers(settings, self._key_sets, tools)
        self.tokens = TokenService(
            settings.key_ring,
            tools.clock,
            tools.new_id,
            issuer=_ISSUER,
            audience=_ISSUER,
            lifetime=timedelta(minutes=settings.pma_token_expire_minutes),
            leeway=leeway,
            cache_size=settings.token_cache_size,
        )
        limits = UpstreamLimits(deadline=settings.integration_deadline_seconds)
        self._upstreams = UpstreamClients(tools.clock, limits, self.metrics.integration)
        self.providers = Providers(settings, self._upstreams)
        networks = parse_networks(settings.outbound_networks)
        self.outbound = GuardedClient(OutboundRules(networks, settings.outbound_http))
        self.connector_feeds: tuple[Fed, ...] = (key_result_feeding.KeyResultFeeds(),)
        self.pages: ShortCache[tuple[list[ExternalItem], str | None]] = ShortCache(monotonic=tools.monotonic)
        self.reference = ReferenceCache(tools.monotonic)
        self.approvables = make_approvables()
        self.founders = who_may_create_workspaces(settings)
        self.welcomed = who_may_come_by_themselves(settings)
        self.vouching = whose_addresses_count(settings)
        self.blobs = make_blob_store(settings, tools.clock)
        self.mailer = make_mailer(settings)
        self.mail_links = MailLinks(
            tuple(key.secret for key in settings.key_ring.keys), settings.base_url, settings.portal_url
        )
        self.pusher = Pusher(self.outbound, make_vapid(settings), self.mail_links)
        self.teller = Teller(tools, sends_mail=self.mailer is not None, pushes=self.pusher.vapid is not None)
        self.scanner = make_scanner(settings)
        self.scans = ScanRules(settings.file_scan_policy, settings.clamd_max_bytes if self.scanner else None)
        self.database = make_database(settings, self.metrics.query)
        self.feed = Feed(self.database, tools.clock)
        self.presence = Presence(self.database, tools)
        self.database.tell_news = self._tell_news
        redis = settings.rate_limit_redis_url
        self.wake_ups = None if redis is None else WakeUps(redis.get_secret_value(), self.feed.hasten)
        self.write_probe = WriteProbe(self.database, tools)
        self._migrations = load_migrations(settings.db_type)
        self.schema_version = self._migrations[-1].version

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Raises ``DatabaseError`` for a database that is away or has not this code's schema,
        ``KeysUnavailable`` and ``Overdue`` for keys that cannot be fetched, ``SettingFault`` for those that
        do not fit. What was opened is closed the other way round, each whatever became of the others."""
        self.audit = AuditWork(self.settings, self.database, self.tools)
        require_current(make_migration_target(self.settings), self._migrations)
        async with AsyncExitStack() as stack:
            await self.database.open()
            stack.push_async_callback(self.database.close)
            self.sign_in = self._make_sign_in(self.local_issuer) if self.local_issuer else None
            if self.sign_in is not None:
                stack.push_async_callback(self.sign_in.passwords.aclose)
            for part in (
                self.audit,
                self.blobs,
                self.providers,
                self.outbound,
                self.pages,
                self._key_sets,
                self._jwks,
            ):
                stack.push_async_callback(part.aclose)
            secrets = await load_secrets(self.settings, self.tools)
            self.browsers = self._make_browsers(secrets)
            for provider in self._oidc:
                stack.push_async_callback(provider.aclose)
            if self.browsers is not None:
                stack.push_async_callback(self.browsers.tokens.aclose)
            self.credentials = Credentials(
                secrets,
                who_may_use_credentials(self.settings),
                self.settings.integration_minimum_role,
                self.providers.as_caller,
            )
            self.connectors = make_asker(
                self.settings,
                self.database,
                self.tools,
                clients=self._upstreams,
                providers=self.providers,
                outbound=self.outbound,
                box=secrets,
            )
            stack.push_async_callback(self.connectors.aclose)
            sender = Sender(self.settings.mail_from_name, self.settings.mail_from or "")
            self.post = Post(self.mailer, sender, self.mail_links, secrets)
            self._add_gauges()
            yield

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Does beside the block what a process does by itself."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.presence.aclose)
            for work in self._background():
                await stack.enter_async_context(running(work))
            yield

    def job_worker(self) -> JobWorker:
        """Does what the services left to be done in other systems."""
        sender = WebhookSender(
            self.database,
            self.tools,
            self.outbound,
            self.credentials.box,
            self.settings.webhook_seconds,
            self.metrics.webhook,
        )
        handlers: dict[str, Handler] = {
            JobKind.FOLDER: partial(folders.bring_in_line, self.database, self.blobs, self.tools),
            JobKind.FILE: partial(files.bring_in_line, self.database, self.blobs, self.tools),
            JobKind.SCAN: partial(
                file_scans.scan_file, self.database, self.blobs, self.scanner, self.scans, self.tools
            ),
            JobKind.UPLOAD: partial(
                file_uploads.bring_in_line,
                self.database,
                self.blobs,
                self.scans,
                self.settings.file_types,
                self.tools,
            ),
            JobKind.CLOSING: partial(account_closing.carry_on, self.database, self.tools),
            JobKind.AVATAR: partial(avatars.bring_in_line, self.database, self.blobs),
            JobKind.CONNECTOR: partial(
                connector_refresh.refresh_due,
                self.database,
                self.tools,
                self.connectors,
                self.connector_feeds,
            ),
            JobKind.SCIM_GRANTS: partial(scim_groups.bring_people_in_line, self.database, self.tools),
            JobKind.KEY_RESULT: partial(key_result_feeding.feed_key_result, self.database, self.tools),
            JobKind.EXPORT: partial(data_exports.bring_in_line, self.database, self.blobs, self.tools),
            JobKind.ROUTINE: self.routines().do,
            JobKind.WEBHOOK: sender.send_due,
            JobKind.MAIL: partial(outbound_mail.deliver, self.database, self.tools, self.post),
            JobKind.PUSH: partial(push_subscriptions.deliver, self.database, self.tools, self.pusher),
        }
        return JobWorker(self.database, self.tools, handlers, self.metrics.job)

    def routines(self) -> Routines:
        """What is done again and again, once for all processes."""
        database, tools = self.database, self.tools
        lock = timedelta(minutes=self.settings.sign_in_lock_minutes)
        routines: dict[str, Routine] = {
            "housekeeping": (_HOUSEKEEPING, Housekeeping(database, tools, lock).run),
            "data exports": (_HOUSEKEEPING, partial(data_exports.end_expired, database, tools)),
            "approval deadlines": (
                _DEADLINES,
                partial(approval_deadlines.escalate_overdue, database, tools),
            ),
            "due dates": (_DUE_DATES, partial(due_dates.tell_of_due_dates, database, self.teller)),
            "late check-ins": (
                _DUE_DATES,
                partial(late_check_ins.tell_of_late_check_ins, database, self.teller),
            ),
            "blob housekeeping": (_HOUSEKEEPING, self.blobs.tidy),
        }
        if self.teller.sends_mail:
            routines["digests"] = (_DIGESTS, partial(outbound_mail.send_digests, database, tools))
        return Routines(database, tools, routines)

    def consumers(self) -> Consumers:
        """Read the event log, for what follows from events."""
        consumers: list[Consumer] = [
            Notifier(self.teller),
            WebhookConsumer(self.tools),
            key_result_feeding.KeyResultConsumer(self.tools),
        ]
        return Consumers(self.database, self.tools, consumers)

    def _background(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Each runs until it is cancelled. An interval of 0 switches its work off."""
        settings, database, tools = self.settings, self.database, self.tools
        if interval := timedelta(minutes=settings.link_check_interval_minutes):
            checker = LinkChecker(
                database=database,
                tools=tools,
                providers=self.providers,
                credentials=self.credentials,
                interval=interval,
            )
            yield checker.run()
        yield self.feed.run(timedelta(seconds=settings.stream_poll_seconds))
        yield self.presence.run()
        if self.wake_ups is not None:
            yield self.wake_ups.run()
        yield self.audit.denials.run()
        if pause := timedelta(seconds=settings.outbox_poll_seconds):
            if settings.jobs_engine == "inline":
                yield self.job_worker().run(pause)
                yield self.routines().run(_SCHEDULES)
            # Beside the requests, so that whoever asks for metrics waits for no database.
            measure = partial(measure_backlog, database, tools, self.metrics.outbox)
            yield repeat("backlog", measure, pause=_MEASURING)
            yield self.consumers().run(pause)
            lag = partial(measure_lag, database, tools, self.metrics.consumers)
            yield repeat("consumer lag", lag, pause=_MEASURING)

    def _tell_news(self, workspace_ids: Sequence[str]) -> None:
        """After a commit: to those who follow here, and to other processes."""
        self.feed.hasten(workspace_ids)
        if self.wake_ups is not None:
            self.wake_ups.tell(workspace_ids)

    def _make_sign_in(self, issuer: LocalTokenIssuer) -> SignIn:
        settings = self.settings
        return SignIn(
            database=self.database,
            tools=self.tools,
            issuer=issuer,
            passwords=Passwords(),
            limits=SignInLimits(
                account=settings.sign_in_max_failures_account,
                address=settings.sign_in_max_failures_address,
                lock=timedelta(minutes=settings.sign_in_lock_minutes),
            ),
            refresh_lifetime=timedelta(days=settings.refresh_token_expire_days),
            founders=self.founders,
            refused_passwords=frozenset({DEMO_PASSWORD} if settings.is_production else ()),
        )

    async def of_cookie(self, cookie: str, origin: Origin) -> HeldTokens:
        """What the cookie of a browser session stands for. Raises as ``BrowserTokens.of_cookie``."""
        if self.browsers is None:
            raise BrowserSessionRequired
        return await self.browsers.tokens.of_cookie(cookie, origin)

    def _make_browsers(self, secrets: SecretBox | None) -> BrowserSignIn | None:
        """None where tokens cannot be sealed, or nobody signs in by a browser."""
        settings = self.settings
        providers: dict[str, OAuthProvider] = {each.name: each for each in self._oidc}
        if self.sign_in is not None and (self.cookies.is_secure or not settings.is_production):
            # Last: where there is a directory, people sign in there.
            local = LocalProvider(
                self.sign_in,
                f"{settings.base_url}{CALLBACK}",
                settings.base_url,
                has_demo=not settings.is_production,
            )
            providers[local.name] = local
        if secrets is None or not providers:
            return None
        pages = [HOME]
        if settings.console_enabled:
            pages.append(CONSOLE)
        if settings.are_docs_enabled:
            pages.append("/docs")
        tokens = BrowserTokens(
            database=self.database,
            tools=self.tools,
            box=secrets,
            validator=self.validator,
            tokens=self.tokens,
            providers=providers,
            idle=timedelta(minutes=settings.browser_session_idle_minutes),
            max_workspaces=settings.pma_max_workspaces,
            welcomed=self.welcomed if settings.invitations_auto_accept else None,
        )
        return BrowserSignIn(
            database=self.database,
            tools=self.tools,
            box=secrets,
            providers=providers,
            issuers=self.issuers,
            id_tokens=IdTokens(
                self.validator, self.tools.clock, timedelta(seconds=settings.token_leeway_seconds)
            ),
            tokens=tokens,
            return_to=tuple(dict.fromkeys([*settings.oauth_return_to, *pages])),
            base_url=settings.base_url,
            lifetime=timedelta(hours=settings.browser_session_hours),
        )

    def _add_gauges(self) -> None:
        """What is read when somebody asks for the metrics."""
        self.metrics.gauge(
            "pma_db_connections",
            "Connections to the database, by state.",
            ("state",),
            lambda: [
                ({"state": state}, count) for state, count in self.database.driver.connections().items()
            ],
        )
        self.metrics.gauge(
            "pma_jwks_age_seconds",
            "Since the key sets of trusted issuers were fetched.",
            ("address",),
            lambda: [({"address": address}, age) for address, age in self._jwks.ages().items()],
        )


def make_approvables() -> Approvables:
    """What there are approvals of."""
    every: tuple[Approvable, ...] = (ObjectiveApproval(), TemplateApproval())
    return {each.object_type: each for each in every}


def make_mailer(settings: Settings) -> Mailer | None:
    """None where no mail is sent."""
    if settings.smtp_host is None or settings.mail_from is None:
        return None
    password = settings.smtp_password
    return Mailer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=None if password is None else password.get_secret_value(),
        local_name=settings.mail_from.rpartition("@")[2],
    )


def make_vapid(settings: Settings) -> Vapid | None:
    """None where nothing is pushed. Raises ``SettingFault``."""
    if settings.vapid_private_key is None or settings.vapid_contact is None:
        return None
    with of_setting("VAPID_PRIVATE_KEY"):
        return Vapid(settings.vapid_private_key.get_secret_value(), settings.vapid_contact)


def make_local_issuer(settings: Settings, tools: Tools) -> LocalTokenIssuer:
    """The embedded issuer with its key, which is made on first use. Raises ``SettingFault``."""
    with of_setting("LOCAL_ISSUER_KEY_FILE"):
        key = load_or_create_key(settings.local_issuer_key_file)
    return LocalTokenIssuer(
        key,
        tools.clock,
        tools.new_id,
        issuer=settings.base_url,
        tenant=settings.local_issuer_tenant,
        audience=settings.local_issuer_audience,
        lifetime=timedelta(minutes=settings.access_token_expire_minutes),
    )


def make_oidc_providers(settings: Settings, source: HttpJwksSource, tools: Tools) -> list[OidcProvider]:
    """Those that browsers sign in with. Raises ``SettingFault`` for a certificate that cannot be used."""
    with of_setting("OAUTH_PROVIDERS"):
        return [OidcProvider(each, source, tools) for each in settings.oauth_providers]


async def load_secrets(settings: Settings, tools: Tools) -> SecretBox | None:
    """The keys for secrets at rest, from the settings or a vault; None where none are kept. Raises
    ``KeysUnavailable``, ``Overdue``, and ``SettingFault`` for a key that does not fit."""
    source = key_source(settings)
    if source is None:
        return None
    blocking = Blocking("secrets", workers=1, waiting=0, deadline=30.0)
    try:
        with of_setting("SECRET_KEYS"):
            return SecretBox(await blocking.run(source.load), tools.random_bytes)
    finally:
        await blocking.aclose()
