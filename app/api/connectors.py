"""Connectors of a workspace."""

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from app.core import connector_errors, errors
from app.core.secret_box import Sealed
from app.db.connection import WriteTransaction
from app.http.conditions import IfMatch, IfNoneMatch, versioned
from app.http.direct import DirectRoute
from app.http.edge import AssertionDep, Call, CallDep, PageDep, answer, no_content
from app.http.idempotency import OnceDep
from app.http.openapi import documented
from app.schemas import connectors as wire
from app.schemas.common import Id
from app.services import connector_refresh, connector_selections, connector_values, connectors
from app.services.connector_asking import Asked, Attempt
from app.services.connector_refresh import ROWS_OF_A_PREVIEW, ROWS_OF_A_TEST, Cause, Result
from app.services.connectors import Schedule, Seal, Static, Wanted, place_of

router = APIRouter(tags=["connectors"], route_class=DirectRoute)
_NOT_FOUND = documented(connector_errors.ConnectorNotFound)
_REFUSED = (
    connector_errors.ConnectorExists,
    connector_errors.ConnectorConfigRefused,
    connector_errors.QueryRefused,
    connector_errors.SecretNeeded,
    connector_errors.ScheduleRefused,
    errors.ServiceUnavailable,
)
_ASKS = documented(connector_errors.ConnectorNotFound, errors.ServiceUnavailable)
_LOOKS = (
    "That the source fails is an answer, with `outcome` FAILED in its selection. Rows of another system are "
    "kept for no retry: sent again, it is asked again."
)
_PLACE = "/workspaces/{workspace_id}/connectors"


@router.post(
    _PLACE,
    operation_id="createConnector",
    summary="Take values from another system (ADMIN)",
    status_code=201,
    responses={201: {"model": wire.Connector}, **documented(connector_errors.TooManyConnectors, *_REFUSED)},
)
async def create(call: CallDep, once: OnceDep, workspace_id: Id, body: wire.ConnectorCreate) -> Response:
    asker = call.parts.connectors
    config = await asker.check(body.kind, body.config)
    done = await once.perform(
        connectors.create_connector,
        asker.source(body.kind),
        _seal(call, workspace_id, body.secret.get_secret_value() if body.secret else None),
        workspace_id=workspace_id,
        wanted=Wanted(
            name=body.name,
            config=config,
            fallback=body.fallback,
            max_age_seconds=body.max_age_seconds,
            static_value=_static(body.static_value),
            columns=body.columns,
            schedule=_schedule(body.schedule),
        ),
    )
    return done.response(201)


@router.get(
    _PLACE,
    operation_id="listConnectors",
    summary="The connectors, by name (ADMIN)",
    responses={200: {"model": wire.ConnectorPage}},
)
async def list_all(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(connectors.list_connectors, page, "", workspace_id=workspace_id)


@router.post(
    f"{_PLACE}/test",
    operation_id="tryConnector",
    summary="Ask what a connector would ask, before there is one (ADMIN)",
    description="That the source fails is an answer, with `outcome` FAILED. Sent again, it is asked again.",
    responses={
        200: {"model": wire.Tried},
        **documented(
            connector_errors.ConnectorConfigRefused,
            connector_errors.QueryRefused,
            connector_errors.SecretNeeded,
            errors.ServiceUnavailable,
        ),
    },
)
async def try_one(
    call: CallDep, assertion: AssertionDep, workspace_id: Id, body: wire.ConnectorTry
) -> Response:
    asker = call.parts.connectors
    secret = body.secret.get_secret_value() if body.secret else None
    await call.read(connector_refresh.prepare_try, workspace_id=workspace_id)
    config = await asker.check(body.kind, body.config)
    if secret is None and asker.source(body.kind).needs_secret:
        raise connector_errors.SecretNeeded
    asked = Asked(workspace_id, "", body.kind, config, None, 0, call.caller.user_id)
    attempt = await asker.ask(asked, assertion=assertion, first=ROWS_OF_A_TEST, secret=secret)
    tried = await call.write(
        connector_refresh.tried, workspace_id=workspace_id, kind=body.kind, attempt=attempt
    )
    return answer(tried)


@router.get(
    f"{_PLACE}/{{connector_id}}",
    operation_id="getConnector",
    summary="One connector, without its secret (ADMIN)",
    responses={200: {"model": wire.Connector}, **_NOT_FOUND},
)
async def get(call: CallDep, workspace_id: Id, connector_id: Id, if_none_match: IfNoneMatch) -> Response:
    found = await call.read(connectors.get_connector, workspace_id=workspace_id, connector_id=connector_id)
    return versioned(found, if_none_match=if_none_match)


@router.patch(
    f"{_PLACE}/{{connector_id}}",
    operation_id="updateConnector",
    summary="Change what a connector asks, when, and what stands for its value (ADMIN)",
    description="What was fetched by another config is no value any more. A secret is kept only as long as "
    "it is for the same server, user and way there: give it anew with another target.",
    responses={200: {"model": wire.Connector}, **documented(connector_errors.ConnectorNotFound, *_REFUSED)},
)
async def update(
    call: CallDep, workspace_id: Id, connector_id: Id, body: wire.ConnectorPatch, if_match: IfMatch
) -> Response:
    asker = call.parts.connectors
    place = {"workspace_id": workspace_id, "connector_id": connector_id}
    kind, _ = await call.read(connectors.read_config, **place)
    changed = await call.write(
        connectors.update_connector,
        asker.source(kind),
        _seal(call, workspace_id, body.secret.get_secret_value() if body.secret else None),
        changes=await _changes(call, kind, body),
        expected=if_match,
        **place,
    )
    return versioned(changed)


@router.delete(
    f"{_PLACE}/{{connector_id}}",
    operation_id="deleteConnector",
    summary="Ask nothing more, and forget the secret and the value (ADMIN)",
    status_code=204,
    response_class=Response,
    responses=_NOT_FOUND,
)
async def delete(call: CallDep, workspace_id: Id, connector_id: Id, if_match: IfMatch) -> Response:
    await call.write(
        connectors.delete_connector, workspace_id=workspace_id, connector_id=connector_id, expected=if_match
    )
    return no_content()


@router.post(
    f"{_PLACE}/{{connector_id}}/test",
    operation_id="testConnector",
    summary="Ask for one row, and show the columns (ADMIN)",
    description=_LOOKS,
    responses={200: {"model": wire.Preview}, **_ASKS},
)
async def test(call: CallDep, assertion: AssertionDep, workspace_id: Id, connector_id: Id) -> Response:
    return await _look(call, assertion, workspace_id, connector_id, "test", ROWS_OF_A_TEST)


@router.post(
    f"{_PLACE}/{{connector_id}}/preview",
    operation_id="previewConnector",
    summary="Ask for the first rows, and keep nothing of them (ADMIN)",
    description=_LOOKS,
    responses={200: {"model": wire.Preview}, **_ASKS},
)
async def preview(call: CallDep, assertion: AssertionDep, workspace_id: Id, connector_id: Id) -> Response:
    return await _look(call, assertion, workspace_id, connector_id, "preview", ROWS_OF_A_PREVIEW)


@router.post(
    f"{_PLACE}/{{connector_id}}/refresh",
    operation_id="refreshConnector",
    summary="Fetch the value now (ADMIN)",
    description="Waits for the source. That it fails is an answer, with `outcome` FAILED in its selection "
    "and what counts then. A retry with the same Idempotency-Key asks nothing: it is answered how the first "
    "one ended, and what counts now.",
    responses={200: {"model": wire.Refresh}, **_ASKS},
)
async def refresh(
    call: CallDep, once: OnceDep, assertion: AssertionDep, workspace_id: Id, connector_id: Id
) -> Response:
    parts = call.parts
    came: list[tuple[Asked, Attempt]] = []
    ended: list[Result] = []

    async def ask() -> None:
        came.append(await _ask(call, assertion, workspace_id, connector_id, "refresh"))

    async def settle(tx: WriteTransaction) -> str:
        """What is kept for a retry: which selection it was, and nothing of what it brought."""
        asked, attempt = came[-1]
        result = await connector_refresh.settle(
            tx, call.caller, call.tools, parts.connector_feeds, asked=asked, attempt=attempt
        )
        ended.append(result)
        return result.selection.id

    done = await once.run(settle, before=ask)
    if not done.is_replay:
        return answer(ended[-1])
    known = await call.read(
        connector_refresh.read_refresh,
        call.tools.clock(),
        workspace_id=workspace_id,
        connector_id=connector_id,
        selection_id=msgspec.json.decode(done.body, type=str),
    )
    return done.marked(answer(known))


@router.get(
    f"{_PLACE}/{{connector_id}}/value",
    operation_id="getConnectorValue",
    summary="The value, and where it is from (MEMBER)",
    responses={
        200: {"model": wire.ConnectorValue},
        **documented(
            connector_errors.ConnectorNotFound,
            connector_errors.ConnectorFailed,
            connector_errors.ConnectorNotRefreshed,
        ),
    },
)
async def value(call: CallDep, workspace_id: Id, connector_id: Id) -> Response:
    return answer(
        await call.read(
            connector_values.read_value,
            call.tools.clock(),
            workspace_id=workspace_id,
            connector_id=connector_id,
        )
    )


@router.get(
    "/workspaces/{workspace_id}/connector-values",
    operation_id="listConnectorValues",
    summary="What connectors there are values of, by name (MEMBER)",
    description="By these ids values are read and key results are fed.",
    responses={200: {"model": wire.ListedValuePage}},
)
async def list_values(call: CallDep, workspace_id: Id, page: PageDep) -> Response:
    return await call.paged(connector_values.list_values, page, "", workspace_id=workspace_id)


@router.get(
    f"{_PLACE}/{{connector_id}}/selections",
    operation_id="listConnectorSelections",
    summary="All that was asked for it, the newest first (ADMIN)",
    responses={200: {"model": wire.SelectionPage}, **_NOT_FOUND},
)
async def selections(call: CallDep, workspace_id: Id, connector_id: Id, page: PageDep) -> Response:
    return await call.paged(
        connector_selections.list_selections,
        page,
        connector_selections.LAST,
        workspace_id=workspace_id,
        connector_id=connector_id,
    )


async def _ask(
    call: Call, assertion: str, workspace_id: str, connector_id: str, cause: Cause, first: int | None = None
) -> tuple[Asked, Attempt]:
    asked = await _prepared(call, workspace_id, connector_id, cause)
    person = asked.on_behalf_of(call.caller.user_id, assertion)
    return asked, await call.parts.connectors.ask(asked, assertion=person, first=first)


async def _look(
    call: Call, assertion: str, workspace_id: str, connector_id: str, cause: Cause, first: int
) -> Response:
    asked, attempt = await _ask(call, assertion, workspace_id, connector_id, cause, first)
    return answer(await call.write(connector_refresh.looked_at, asked=asked, attempt=attempt, cause=cause))


async def _prepared(call: Call, workspace_id: str, connector_id: str, cause: Cause) -> Asked:
    return await call.read(
        connector_refresh.prepare, workspace_id=workspace_id, connector_id=connector_id, cause=cause
    )


async def _changes(call: Call, kind: str, body: wire.ConnectorPatch) -> Mapping[str, Any]:
    given = body.model_fields_set - {"secret"}
    changes: dict[str, Any] = {name: getattr(body, name) for name in given}
    if "config" in given:
        changes["config"] = await call.parts.connectors.check(kind, body.config)
    if "static_value" in given:
        changes["static_value"] = _static(body.static_value)
    if "schedule" in given:
        changes["schedule"] = _schedule(body.schedule)
    return changes


def _seal(call: Call, workspace_id: str, secret: str | None) -> Seal:
    box = call.parts.credentials.box
    if secret is not None and box is None:
        raise errors.ServiceUnavailable("This installation keeps no secrets: SECRET_KEYS is not set.")

    def seal(connector_id: str, target: str) -> Sealed | None:
        if secret is None or box is None:
            return None
        return box.seal(secret, place=place_of(workspace_id, connector_id, target))

    return seal


def _static(static: wire.StaticValue | None) -> Static | None:
    return Static(static.columns, static.rows) if static else None


def _schedule(schedule: wire.Schedule | None) -> Schedule | None:
    if schedule is None:
        return None
    time_zone = schedule.time_zone or ("UTC" if schedule.cron else None)
    return Schedule(schedule.every_minutes, schedule.cron, time_zone)
