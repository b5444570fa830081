"""The composition root: every part is made and put together here, and nowhere else."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from app.api import (
    audit,
    auth,
    changes,
    connections,
    errors,
    files,
    health,
    integrations,
    links,
    members,
    openapi,
    site,
    workspaces,
)
from app.api import metrics as metrics_api
from app.api.cors import Cors
from app.api.edge import Edge
from app.api.metrics import RequestMetrics
from app.api.rate_limits import RateLimitMiddleware, RateLimits
from app.core import logs
from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.blocking import Blocking, Overdue
from app.core.caller import Origin, Tools
from app.core.client_address import TrustedProxies, parse_networks
from app.core.clock import new_uuid7, system_clock
from app.core.config import Settings
from app.core.cursors import CursorSigner
from app.core.demo_accounts import DEMO_PASSWORD
from app.core.errors import AppError
from app.core.issuers import TrustedIssuers
from app.core.jwks import JwksCache
from app.core.local_issuer import LocalTokenIssuer
from app.core.metrics import Metrics
from app.core.middleware import AuthMiddleware, OriginMiddleware, Receive, Scope, Send
from app.core.private_files import tighten
from app.core.rsa_key import load_or_create_key
from app.core.secret_box import SecretBox
from app.core.slots import Slots
from app.core.tenants import gaps, who_may_create_workspaces, who_may_use_credentials
from app.core.token_service import TokenService
from app.core.trusted_issuers import trusted_issuers
from app.db.backends import make_database, make_migration_target
from app.db.connection import Database
from app.db.migrations import load_migrations, require_current
from app.http.guard import Answer, Guard, Respond
from app.http.limits import make_limits
from app.http.methods import Head
from app.http.protocol import HttpProtocol, configured
from app.http.server import Server, require_free
from app.http.start_up import StartUp
from app.integrations.blob_store import make_blob_store
from app.integrations.jwks_http import HttpJwksSource
from app.integrations.key_sources import key_source
from app.integrations.provider import ExternalItem
from app.integrations.registry import Providers
from app.integrations.short_cache import ShortCache
from app.integrations.upstream import UpstreamClients, UpstreamLimits
from app.services.audit_work import AuditWork
from app.services.background import background_work, running
from app.services.demo import close_demo
from app.services.feed import Feed
from app.services.health import WriteProbe
from app.services.integrations import Credentials
from app.services.sign_in import Passwords, SignIn, SignInLimits
from app.services.start_up import explain, explained, of_setting, unknown_names

_REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "Last-Event-ID",
    "Range",
    "X-PMA-Token",
    "X-Request-Id",
    # https://www.w3.org/TR/trace-context/ and https://www.w3.org/TR/baggage/
    "baggage",
    "traceparent",
    "tracestate",
)
_ANSWER_HEADERS = (
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
if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger(__name__)
TOKEN_NAME = "pm-assist"  # noqa: S105 - issuer and audience of the PMA token, not a token
ROUTERS = (
    workspaces.router,
    members.router,
    links.router,
    files.router,
    changes.router,
    connections.router,
    audit.router,
    integrations.router,
    auth.router,
    health.router,
    metrics_api.router,
)
"""Routes are tried in this order, so what is asked for most comes first."""


def create_app(settings: Settings, tools: Tools | None = None) -> FastAPI:
    """The ASGI application. Nothing is opened before its lifespan begins; then start-up refuses queries that
    do not fit the code and a database that has not this code's schema."""
    tools = tools or Tools(system_clock, new_uuid7, os.urandom)
    metrics = Metrics()
    tracing = make_tracing(settings)
    leeway = timedelta(seconds=settings.token_leeway_seconds)
    source = HttpJwksSource()
    jwks = JwksCache(source, tools.monotonic)
    local = make_local_issuer(settings, tools) if settings.is_local_issuer_enabled else None
    validator = AzureJwtValidator(
        TrustedIssuers(trusted_issuers(settings, local)),
        jwks,
        tools.clock,
        leeway=leeway,
        cache_size=settings.token_cache_size,
    )
    tokens = TokenService(
        settings.key_ring,
        tools.clock,
        tools.new_id,
        issuer=TOKEN_NAME,
        audience=TOKEN_NAME,
        lifetime=timedelta(minutes=settings.pma_token_expire_minutes),
        leeway=leeway,
        cache_size=settings.token_cache_size,
    )
    providers = Providers(
        settings,
        UpstreamClients(
            tools.clock,
            UpstreamLimits(deadline=settings.integration_deadline_seconds),
            metrics.integration,
        ),
    )
    pages: ShortCache[tuple[list[ExternalItem], str | None]] = ShortCache(monotonic=tools.monotonic)
    blobs = make_blob_store(settings, tools.clock)
    rate_limits = RateLimits(settings, tools.monotonic)
    database = make_database(settings, metrics.query)
    migrations = load_migrations(settings.db_type)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        look_around(settings)
        audit_work = AuditWork(settings, database, tools)
        require_current(make_migration_target(settings), migrations)
        # Closed the other way round, each whatever became of the others.
        async with AsyncExitStack() as stack:
            await database.open()
            stack.push_async_callback(database.close)
            if tracing is not None:
                stack.push_async_callback(send_last_traces, tracing)
            sign_in = make_sign_in(settings, database, tools, local) if local else None
            if sign_in is not None:
                stack.push_async_callback(sign_in.passwords.aclose)
            for part in (audit_work, rate_limits, blobs, providers, pages, source, jwks):
                stack.push_async_callback(part.aclose)
            if sign_in is not None and settings.is_production:
                await close_demo(database, tools, sign_in.passwords)
            edge = app.state.edge = Edge(
                settings=settings,
                database=database,
                tools=tools,
                tokens=tokens,
                cursors=CursorSigner(tuple(key.secret for key in settings.key_ring.keys)),
                sign_in=sign_in,
                providers=providers,
                credentials=await make_credentials(settings, tools, providers),
                founders=who_may_create_workspaces(settings),
                blobs=blobs,
                pages=pages,
                feed=Feed(database),
                streams=Slots("streams", settings.max_streams_per_caller),
                audit=audit_work,
                metrics=metrics,
                write_probe=WriteProbe(database, tools),
                schema_version=migrations[-1].version,
            )
            add_gauges(metrics, database, jwks, app.state.protocol.guard)
            for work in background_work(
                settings,
                database=database,
                tools=tools,
                providers=providers,
                credentials=edge.credentials,
                store=blobs,
                feed=edge.feed,
                denials=audit_work.denials,
                metrics=metrics,
            ):
                await stack.enter_async_context(running(work))
            yield

    app = FastAPI(
        title="PM Assist",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.are_docs_enabled else None,
        # A redirect would go where the Host header says.
        redirect_slashes=False,
    )
    errors.install(app)
    site.install(app, has_docs=settings.are_docs_enabled, random_bytes=tools.random_bytes)
    # One flat list, before FastAPI's own: a router that is included is a level of its own for every request.
    app.router.routes[:0] = [route for router in ROUTERS for route in router.routes]
    openapi.install(app, token_url="auth/token" if local else None)
    add_middleware(
        app,
        settings,
        tools,
        validator=validator,
        tokens=tokens,
        limits=rate_limits,
        metrics=metrics,
        tracing=tracing,
    )
    app.state.protocol = configured(make_limits(settings), refusals(settings, tools))
    return app


def add_middleware(
    app: FastAPI,
    settings: Settings,
    tools: Tools,
    *,
    validator: AzureJwtValidator,
    tokens: TokenService,
    limits: RateLimits,
    metrics: Metrics,
    tracing: TracerProvider | None,
) -> None:
    """What every request goes through."""
    # Added last is outermost: the request gets its id first of all.
    app.add_middleware(Head)
    app.add_middleware(
        errors.BodyLimit,
        limit=settings.max_body_bytes,
        upload_path=files.UPLOAD_PATH,
        upload_limit=settings.file_max_bytes + files.FORM_OVERHEAD_BYTES,
    )
    app.add_middleware(RateLimitMiddleware, limits=limits, respond=errors.respond)
    app.add_middleware(AuthMiddleware, validator=validator, tokens=tokens, respond=errors.respond)
    app.add_middleware(errors.LastResort)
    app.add_middleware(RequestMetrics, metrics=metrics)
    if tracing is not None:
        from app.api.tracing import TracingMiddleware

        app.add_middleware(TracingMiddleware, tracer=tracing.get_tracer("pm-assist"))
    if settings.cors_origins:
        app.add_middleware(
            Cors,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_ANSWER_HEADERS,
        )
    app.add_middleware(
        OriginMiddleware,
        new_id=tools.new_id,
        headers=security_headers(settings),
        proxies=TrustedProxies(parse_networks(settings.trusted_proxies)),
    )
    app.add_middleware(StartUp, explain=explain)


def look_around(settings: Settings) -> None:
    """What is amiss without being in the way is put right, or told to whoever reads the log."""
    for path in tighten(settings):
        log.warning("others could read this; now they cannot", extra={"path": str(path)})
    for gap in gaps(settings):
        log.warning(gap)


async def make_credentials(settings: Settings, tools: Tools, providers: Providers) -> Credentials:
    """Raises as ``load_secrets``."""
    tenants, minimum = who_may_use_credentials(settings), settings.integration_minimum_role
    return Credentials(await load_secrets(settings, tools), tenants, minimum, providers.as_caller)


def make_tracing(settings: Settings) -> TracerProvider | None:
    """Where traces go; None where they are switched off."""
    if not settings.otel_enabled:
        return None
    from app.api.tracing import make_provider

    return make_provider(TOKEN_NAME)


async def send_last_traces(tracing: TracerProvider) -> None:
    blocking = Blocking("traces", workers=1, waiting=0, deadline=30.0)
    with suppress(Overdue):  # what was not sent by then is lost with its collector
        await blocking.run(tracing.shutdown)
    await blocking.aclose()


def add_gauges(metrics: Metrics, database: Database, jwks: JwksCache, guard: Guard) -> None:
    """What is read when somebody asks for the metrics."""
    metrics.gauge(
        "pma_http_connections",
        "Open connections of clients.",
        (),
        lambda: [({}, len(guard))],
    )
    metrics.gauge(
        "pma_db_connections",
        "Connections to the database, by state.",
        ("state",),
        lambda: [({"state": state}, count) for state, count in database.driver.connections().items()],
    )
    metrics.gauge(
        "pma_jwks_age_seconds",
        "Since the key sets of trusted issuers were fetched.",
        ("address",),
        lambda: [({"address": address}, age) for address, age in jwks.ages().items()],
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


def refusals(settings: Settings, tools: Tools) -> Respond:
    """How errors leave that no application saw: as all others do."""
    headers = security_headers(settings)

    def respond(error: AppError) -> Answer:
        request_id = tools.new_id()
        log.info("refused", extra={"code": error.code, "request_id": request_id})
        response = errors.error_response(error, Origin(request_id, None))
        more = [*headers, (b"x-request-id", request_id.encode())]
        return response.status_code, [*response.raw_headers, *more], bytes(response.body)

    return respond


def make_local_issuer(settings: Settings, tools: Tools) -> LocalTokenIssuer:
    """The embedded issuer with its key, which is made on first use."""
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


def make_sign_in(settings: Settings, database: Database, tools: Tools, issuer: LocalTokenIssuer) -> SignIn:
    return SignIn(
        database=database,
        tools=tools,
        issuer=issuer,
        passwords=Passwords(),
        limits=SignInLimits(
            account=settings.sign_in_max_failures_account,
            address=settings.sign_in_max_failures_address,
            lock=timedelta(minutes=settings.sign_in_lock_minutes),
        ),
        refresh_lifetime=timedelta(days=settings.refresh_token_expire_days),
        refused_passwords=frozenset({DEMO_PASSWORD} if settings.is_production else ()),
    )


def _application(settings: Settings) -> FastAPI:
    """The application as a server runs it: with logs, and what it was made of kept from the collector."""
    # Names are looked up in half of libuv's threads, by default two: a name server that hangs holds them.
    os.environ.setdefault("UV_THREADPOOL_SIZE", "16")
    logs.configure(settings.log_level, settings.log_format)
    for sentence in unknown_names():
        log.warning(sentence)
    app = create_app(settings)
    gc.collect()
    gc.freeze()
    return app


class _Served:
    """The application for a server that was started by somebody else. It does not begin on one that has not
    asked for the protocol too: such a server would read requests without end."""

    def __init__(self) -> None:
        self._app = _application(Settings())
        self._has_protocol = False

    @property
    def protocol(self) -> type[HttpProtocol]:
        self._has_protocol = True
        protocol: type[HttpProtocol] = self._app.state.protocol
        return protocol

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" and not self._has_protocol:
            await receive()
            how = "`python -m app.main`, or `uvicorn app.main:app --http app.main:protocol`"
            await send({"type": "lifespan.startup.failed", "message": f"Start it with {how}."})
            return
        await self._app(scope, receive, send)


_served = cache(_Served)


def __getattr__(name: str) -> Any:
    """``uvicorn app.main:app --http app.main:protocol``: the application is made when a server asks for it,
    not on import."""
    if name not in ("app", "protocol"):
        raise AttributeError(name)
    with explained():
        return _served().protocol if name == "protocol" else _served()


def main() -> None:
    with explained():
        settings = Settings()
        require_free(settings)
        app = _application(settings)
    with suppress(KeyboardInterrupt):  # uvicorn has shut down in order and passes Ctrl-C on
        Server(app, settings).run()


if __name__ == "__main__":
    main()
