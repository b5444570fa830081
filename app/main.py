"""HTTP on the parts: the ASGI application, and the server that runs it."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from app.api import (
    access_check,
    access_review,
    activity,
    approval_analytics,
    approval_delegations,
    approval_flows,
    approvals,
    audit,
    auth,
    authorization_codes,
    avatars,
    boards,
    branding,
    browser_sessions,
    bulk,
    caches,
    changes,
    check_ins,
    columns,
    comments,
    connections,
    connectors,
    data_exports,
    eligibility,
    erasure,
    event_types,
    events,
    file_uploads,
    file_usage,
    files,
    health,
    integrations,
    invitations,
    jobs,
    join_links,
    key_result_feeds,
    key_results,
    labels,
    link_analytics,
    links,
    members,
    metrics,
    notification_preferences,
    notifications,
    oauth,
    object_roles,
    objective_activity,
    objective_alignment,
    objective_comments,
    objective_files,
    objectives,
    okr_analytics,
    okr_cycles,
    okr_progress,
    org_audit,
    org_members,
    org_stops,
    org_workspaces,
    organizations,
    passwords,
    platform,
    presence,
    project_members,
    projects,
    push_subscriptions,
    roles,
    scim,
    scim_connections,
    scim_mappings,
    search,
    sockets,
    task_analytics,
    task_dependencies,
    task_filters,
    task_moves,
    task_states,
    task_types,
    tasks,
    transfers,
    unsubscribe,
    usage,
    user_status,
    user_types,
    users,
    watchers,
    webhook_deliveries,
    webhooks,
    workflow_instances,
    workflow_templates,
    workflow_versions,
    workspace_moves,
    workspaces,
    ws_tickets,
)
from app.core import logs
from app.core.blocking import Blocking, Overdue
from app.core.browser_errors import BrowserSessionRequired
from app.core.caller import Origin, Tools
from app.core.client_address import TrustedProxies, parse_networks
from app.core.config import Settings
from app.core.errors import AppError
from app.core.middleware import AuthMiddleware, HeldTokens, OriginMiddleware, Receive, Scope, Send
from app.core.opaque_tokens import token_digest
from app.core.private_files import tighten
from app.core.tenants import gaps
from app.http import errors, openapi, site
from app.http.cors import Cors
from app.http.edge import Edge
from app.http.guard import Answer, Respond
from app.http.headers import ANSWER_HEADERS, PORTAL_HEADERS, REQUEST_HEADERS, security_headers
from app.http.limits import make_limits
from app.http.methods import Head
from app.http.metrics import RequestMetrics
from app.http.protocol import HttpProtocol, configured
from app.http.rate_limits import RateLimitMiddleware, RateLimits
from app.http.route_table import RouteTable
from app.http.server import Server, require_free
from app.http.start_up import StartUp
from app.integrations.blob_stores import link_source
from app.kernel.start_up import explain, explained, unknown_names
from app.parts import Parts
from app.services.demo import close_demo

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger(__name__)
ROUTERS = (
    workspaces.router,
    members.router,
    links.router,
    files.router,
    file_usage.router,
    file_uploads.router,
    changes.router,
    ws_tickets.router,
    sockets.router,
    presence.router,
    bulk.router,
    tasks.router,
    task_states.router,
    task_dependencies.router,
    task_filters.router,
    workflow_instances.router,
    approvals.router,
    approval_flows.router,
    approval_delegations.router,
    projects.router,
    project_members.router,
    events.router,
    boards.router,
    columns.router,
    task_moves.router,
    connections.router,
    webhooks.router,
    connectors.router,
    webhook_deliveries.router,
    audit.router,
    user_types.router,
    task_types.router,
    workflow_templates.router,
    workflow_versions.router,
    eligibility.router,
    caches.router,
    roles.router,
    access_check.router,
    object_roles.router,
    integrations.router,
    organizations.router,
    org_workspaces.router,
    workspace_moves.router,
    org_members.router,
    org_audit.router,
    org_stops.router,
    scim_connections.router,
    scim_mappings.router,
    scim.router,
    users.router,
    branding.router,
    usage.router,
    invitations.router,
    platform.router,
    user_status.router,
    passwords.router,
    jobs.router,
    join_links.router,
    transfers.router,
    notifications.router,
    notification_preferences.router,
    push_subscriptions.router,
    unsubscribe.router,
    access_review.router,
    erasure.router,
    avatars.router,
    data_exports.router,
    event_types.router,
    comments.router,
    labels.router,
    watchers.router,
    activity.router,
    search.router,
    task_analytics.router,
    approval_analytics.router,
    okr_analytics.router,
    link_analytics.router,
    auth.router,
    browser_sessions.router,
    oauth.router,
    authorization_codes.router,
    health.router,
    metrics.router,
    okr_cycles.router,
    objectives.router,
    objective_alignment.router,
    okr_progress.router,
    objective_comments.router,
    objective_files.router,
    objective_activity.router,
    key_results.router,
    key_result_feeds.router,
    check_ins.router,
)
"""Of two routes that fit a request, the first of this order is taken."""


@cache
def _table() -> RouteTable:
    return RouteTable([route for router in ROUTERS for route in router.routes])


def create_app(settings: Settings, tools: Tools | None = None) -> FastAPI:
    """The ASGI application. Nothing is opened before its lifespan begins; then start-up refuses queries that
    do not fit the code and a database that has not this code's schema."""
    parts = Parts(settings, tools)
    rate_limits = RateLimits(settings, parts.tools.monotonic)
    tracing = make_tracing(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        look_around(settings)
        async with AsyncExitStack() as stack:
            if tracing is not None:
                stack.push_async_callback(send_last_traces, tracing)
            stack.push_async_callback(rate_limits.aclose)
            await stack.enter_async_context(parts.opened())
            if parts.sign_in is not None and settings.is_production:
                await close_demo(parts.database, parts.tools, parts.sign_in.passwords)
            app.state.edge = Edge(parts, rate_limits)
            await stack.enter_async_context(parts.working())
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
    site.install(
        app,
        has_docs=settings.are_docs_enabled,
        has_console=settings.console_enabled,
        store=link_source(settings),
        random_bytes=parts.tools.random_bytes,
    )
    app.router.routes.insert(0, _table())
    openapi.install(app, token_url=openapi.TOKEN_URL if parts.local_issuer else None)
    add_middleware(app, parts, rate_limits, tracing)
    protocol = app.state.protocol = configured(make_limits(settings), refusals(settings, parts.tools))
    parts.metrics.gauge(
        "pma_http_connections",
        "Open connections of clients.",
        (),
        lambda: [({}, len(protocol.guard))],
    )
    parts.metrics.gauge(
        "pma_sockets",
        "Open sockets.",
        (),
        lambda: [({}, edge.sockets.total)] if (edge := getattr(app.state, "edge", None)) else [],
    )
    return app


def add_middleware(
    app: FastAPI, parts: Parts, rate_limits: RateLimits, tracing: TracerProvider | None
) -> None:
    """What every request goes through."""
    settings = parts.settings
    # Added last is outermost: the request gets its id first of all.
    app.add_middleware(Head)
    app.add_middleware(
        errors.BodyLimit,
        limit=settings.max_body_bytes,
        upload_path=files.UPLOAD_PATH,
        upload_limit=settings.file_max_bytes + files.FORM_OVERHEAD_BYTES,
    )
    app.add_middleware(RateLimitMiddleware, limits=rate_limits, respond=errors.respond)
    app.add_middleware(
        AuthMiddleware,
        validator=parts.validator,
        tokens=parts.tokens,
        respond=errors.respond,
        cookies=parts.cookies,
        of_cookie=partial(of_cookie, parts, rate_limits),
        platform_admins=settings.appointed_admins,
    )
    app.add_middleware(errors.LastResort)
    app.add_middleware(RequestMetrics, metrics=parts.metrics)
    if tracing is not None:
        from app.http.tracing import TracingMiddleware

        app.add_middleware(TracingMiddleware, tracer=tracing.get_tracer("pm-assist"))
    if settings.cors_origins or settings.portal_origins:
        app.add_middleware(
            Cors,
            portals=settings.portal_origins,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=REQUEST_HEADERS,
            portal_headers=PORTAL_HEADERS,
            expose_headers=ANSWER_HEADERS,
        )
    app.add_middleware(
        OriginMiddleware,
        new_id=parts.tools.new_id,
        headers=security_headers(settings),
        proxies=TrustedProxies(parse_networks(settings.trusted_proxies)),
    )
    app.add_middleware(StartUp, explain=explain)


async def of_cookie(parts: Parts, rate_limits: RateLimits, cookie: str, origin: Origin) -> HeldTokens:
    """As ``Parts.of_cookie``, so often for an address as it may be wrong."""
    judged = rate_limits.guesses.judged(token_digest(cookie), origin.address, BrowserSessionRequired)
    async with judged as right:
        held = await parts.of_cookie(cookie, origin)
        right()
    return held


def look_around(settings: Settings) -> None:
    """What is amiss without being in the way is put right, or told to whoever reads the log."""
    for path in tighten(settings):
        log.warning("others could read this; now they cannot", extra={"path": str(path)})
    for gap in gaps(settings):
        log.warning(gap)


def make_tracing(settings: Settings) -> TracerProvider | None:
    """Where traces go; None where they are switched off."""
    if not settings.otel_enabled:
        return None
    from app.http.tracing import make_provider

    return make_provider("pm-assist")


async def send_last_traces(tracing: TracerProvider) -> None:
    blocking = Blocking("traces", workers=1, waiting=0, deadline=30.0)
    with suppress(Overdue):  # what was not sent by then is lost with its collector
        await blocking.run(tracing.shutdown)
    await blocking.aclose()


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
