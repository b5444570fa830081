"""The composition root: every part is made and put together here, and nowhere else."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import uvicorn
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
    workspaces,
)
from app.api.edge import Edge
from app.core import logs
from app.core.azure_jwt_validator import AzureJwtValidator
from app.core.caller import Tools
from app.core.clock import new_uuid7, system_clock
from app.core.config import IssuerSettings, Settings
from app.core.cursors import CursorSigner
from app.core.issuers import EntraIssuer, Issuer, LocalIssuer, OidcIssuer, TrustedIssuers
from app.core.jwks import JwksCache
from app.core.local_issuer import LocalTokenIssuer, load_or_create_key
from app.core.middleware import AuthMiddleware, OriginMiddleware
from app.core.secret_box import SecretBox
from app.core.token_service import TokenService
from app.db.backends import make_database, make_migration_target
from app.db.connection import Database
from app.db.migrations import load_migrations, require_current
from app.integrations.blob_store import make_blob_store
from app.integrations.jwks_http import HttpJwksSource
from app.integrations.key_sources import key_source
from app.integrations.provider import ExternalItem
from app.integrations.registry import Providers
from app.integrations.short_cache import ShortCache
from app.integrations.upstream import UpstreamClients, UpstreamLimits
from app.services import files as file_service
from app.services import folders, idempotency
from app.services.feed import Feed
from app.services.link_checker import LinkChecker
from app.services.outbox import JobKind, OutboxWorker
from app.services.schedule import repeat
from app.services.sign_in import Passwords, SignIn, SignInLimits

_HOUSEKEEPING = timedelta(hours=1)
TOKEN_NAME = "pm-assist"  # noqa: S105 - issuer and audience of the PMA token, not a token
ROUTERS = (
    health.router,
    auth.router,
    workspaces.router,
    members.router,
    audit.router,
    integrations.router,
    links.router,
    connections.router,
    files.router,
    changes.router,
)


def create_app(settings: Settings, tools: Tools | None = None) -> FastAPI:
    """The ASGI application. Nothing is opened before its lifespan begins; then start-up refuses queries that
    do not fit the code and a database that has not this code's schema."""
    tools = tools or Tools(system_clock, new_uuid7, os.urandom)
    leeway = timedelta(seconds=settings.token_leeway_seconds)
    source = HttpJwksSource()
    jwks = JwksCache(source, tools.clock)
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
    limits = UpstreamLimits(deadline=settings.integration_deadline_seconds)
    providers = Providers(settings, UpstreamClients(tools.clock, limits))
    pages: ShortCache[tuple[list[ExternalItem], str | None]] = ShortCache(tools.clock)
    blobs = make_blob_store(settings, tools.clock)
    database = make_database(settings)
    migrations = load_migrations(settings.db_type)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        require_current(make_migration_target(settings), migrations)
        await database.open()
        try:
            app.state.edge = Edge(
                settings=settings,
                database=database,
                tools=tools,
                tokens=tokens,
                cursors=CursorSigner(tuple(key.secret for key in settings.key_ring.keys)),
                sign_in=make_sign_in(settings, database, tools, local) if local else None,
                providers=providers,
                secrets=await load_secrets(settings, tools),
                blobs=blobs,
                pages=pages,
                feed=Feed(database),
                schema_version=migrations[-1].version,
            )
            async with AsyncExitStack() as stack:
                for work in background_work(settings, app.state.edge):
                    await stack.enter_async_context(running(work))
                yield
        finally:
            await jwks.aclose()
            await source.aclose()
            await pages.aclose()
            await providers.aclose()
            await blobs.aclose()
            await database.close()

    app = FastAPI(
        title="PM Assist",
        version="0.1.0",
        lifespan=lifespan,
        docs_url="/docs" if settings.are_docs_enabled else None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.are_docs_enabled else None,
        swagger_ui_parameters={"persistAuthorization": True},
    )
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    openapi.install(app, token_url="/auth/token" if local else None)
    # Added last is outermost: the request gets its id first of all.
    app.add_middleware(
        errors.BodyLimit,
        limit=settings.max_body_bytes,
        upload_path=files.UPLOAD_PATH,
        upload_limit=settings.file_max_bytes + files.FORM_OVERHEAD_BYTES,
    )
    app.add_middleware(AuthMiddleware, validator=validator, tokens=tokens, respond=errors.respond)
    app.add_middleware(errors.LastResort)
    app.add_middleware(OriginMiddleware, new_id=tools.new_id)
    return app


def make_local_issuer(settings: Settings, tools: Tools) -> LocalTokenIssuer:
    """The embedded issuer with its key, which is made on first use."""
    return LocalTokenIssuer(
        load_or_create_key(settings.local_issuer_key_file),
        tools.clock,
        tools.new_id,
        issuer=settings.base_url,
        tenant=settings.local_issuer_tenant,
        audience=settings.local_issuer_audience,
        lifetime=timedelta(minutes=settings.access_token_expire_minutes),
    )


async def load_secrets(settings: Settings, tools: Tools) -> SecretBox | None:
    """The keys for secrets at rest, from the settings or a vault; None where none are kept. Raises
    ``KeysUnavailable``, and ``ValueError`` for a key that does not fit."""
    source = key_source(settings)
    if source is None:
        return None
    return SecretBox(await asyncio.to_thread(source.load), tools.random_bytes)


def background_work(settings: Settings, edge: Edge) -> Iterator[Coroutine[Any, Any, None]]:
    """What runs beside the requests; an interval of 0 switches its work off."""
    if interval := timedelta(minutes=settings.link_check_interval_minutes):
        checker = LinkChecker(
            database=edge.database,
            tools=edge.tools,
            providers=edge.providers,
            secrets=edge.secrets,
            interval=interval,
        )
        yield checker.run()
    yield edge.feed.run(timedelta(seconds=settings.stream_poll_seconds))
    if pause := timedelta(seconds=settings.outbox_poll_seconds):
        yield make_outbox(edge).run(pause)
        tidy = partial(idempotency.delete_expired, edge.database, edge.tools)
        yield repeat("housekeeping", tidy, pause=_HOUSEKEEPING)


def make_outbox(edge: Edge) -> OutboxWorker:
    """Does what the services left in the outbox."""
    handlers = {
        kind: partial(bring_in_line, edge.database, edge.blobs, edge.tools)
        for kind, bring_in_line in (
            (JobKind.FOLDER, folders.bring_in_line),
            (JobKind.FILE, file_service.bring_in_line),
        )
    }
    return OutboxWorker(edge.database, edge.tools, handlers)


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs ``work`` beside the block, and ends it with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        # Asked more than once: a cancellation that meets a database error on its way is lost to it.
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=1)
        await asyncio.gather(task, return_exceptions=True)


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
    )


def trusted_issuers(settings: Settings, local: LocalTokenIssuer | None) -> list[Issuer]:
    """Whose tokens are accepted, by the settings; ``local`` where the embedded issuer is on."""
    issuers: list[Issuer] = [_issuer(each) for each in settings.trusted_issuers]
    if settings.azure_tenant_id and settings.azure_client_id:
        client = settings.azure_client_id
        issuers.append(
            EntraIssuer(
                name="entra",
                tenants=frozenset({settings.azure_tenant_id.lower()}),
                audiences=frozenset({client, f"api://{client}"}),
                allow_guests=settings.azure_allow_guests,
                allow_app_only=settings.azure_allow_app_only,
            )
        )
    if local is not None:
        issuers.append(LocalIssuer(local.issuer, local.tenant, frozenset({local.audience}), local.jwks))
    return issuers


def _issuer(given: IssuerSettings) -> Issuer:
    if given.kind == "entra":
        return EntraIssuer(
            name=given.name,
            tenants=frozenset(tenant.lower() for tenant in given.tenants),
            audiences=frozenset(given.audiences),
            authority=given.authority,
            required_scopes=frozenset(given.required_scopes),
            allow_guests=given.allow_guests,
            allow_app_only=given.allow_app_only,
        )
    return OidcIssuer(
        name=given.name,
        issuer=given.issuer or "",
        audiences=frozenset(given.audiences),
        jwks_uri=given.jwks_uri,
        required_scopes=frozenset(given.required_scopes),
        subject_claim=given.subject_claim,
    )


def _application(settings: Settings) -> FastAPI:
    """The application as a server runs it: with logs, and what it was made of kept from the collector."""
    logs.configure(settings.log_level, settings.log_format)
    app = create_app(settings)
    gc.collect()
    gc.freeze()
    return app


def __getattr__(name: str) -> Any:
    """``uvicorn app.main:app``: the application is made when a server asks for it, not on import."""
    if name != "app":
        raise AttributeError(name)
    return _application(Settings())


class Server(uvicorn.Server):
    """uvicorn, which at its end waits for open connections; streams are told to end first."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        grace = settings.shutdown_grace_seconds
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=grace,
            )
        )
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.edge.feed.close()
        await super().shutdown(sockets)


def main() -> None:
    settings = Settings()
    Server(_application(settings), settings).run()


if __name__ == "__main__":
    main()
