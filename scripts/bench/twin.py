"""The same three endpoints as they are usually written: FastAPI, SQLAlchemy 2 async on aiosqlite, python-jose in a
dependency, Pydantic response models.

It is meant to be fair: the same database file, the same rows read and written (workspace, member, audit entry with its
chain, event, outbox job), the same checks of both tokens, session and role, the same answers. Its pool is as large as
wrk's connections. It may run with synchronous=NORMAL, which waits for no disk; the service never does.
"""

import os
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException
from jose import jwt
from sqlalchemy import ForeignKey, event, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.caller import Origin, Tools
from app.core.clock import new_uuid7, system_clock, utc_text
from app.core.config import Settings
from app.core.rsa_key import RsaKey, load_or_create_key
from app.core.text import sort_key
from app.kernel.audit import scope_of
from app.kernel.audit_chain import genesis, seal
from app.schemas import workspaces as wire


class Base(DeclarativeBase):
    pass


class UserAccount(Base):
    __tablename__ = "UserAccount"
    id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    session_version: Mapped[int]
    display_name: Mapped[str | None]


class TokenRevocation(Base):
    __tablename__ = "TokenRevocation"
    jti: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str]


class Workspace(Base):
    __tablename__ = "Workspace"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[str]
    updated_at: Mapped[str]
    blob_path: Mapped[str | None]
    is_active: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[str | None]
    list_key: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    blob_ready: Mapped[int] = mapped_column(default=0)
    org_id: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="ACTIVE")


class WorkspaceMember(Base):
    __tablename__ = "WorkspaceMember"
    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("Workspace.id"))
    user_id: Mapped[str]
    display_name: Mapped[str | None]
    role: Mapped[str]
    added_at: Mapped[str]
    added_by: Mapped[str]
    updated_at: Mapped[str]
    list_key: Mapped[str]
    member_key: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class WorkspaceHead(Base):
    __tablename__ = "WorkspaceHead"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("Workspace.id"), primary_key=True)
    audit_seq: Mapped[int]
    audit_hash: Mapped[str]
    event_seq: Mapped[int]


class AuditLog(Base):
    __tablename__ = "AuditLog"
    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("Workspace.id"))
    action: Mapped[str]
    actor_id: Mapped[str]
    details: Mapped[str | None]
    timestamp: Mapped[str]
    seq: Mapped[int]
    prev_hash: Mapped[str]
    entry_hash: Mapped[str]
    details_salt: Mapped[str]
    details_hash: Mapped[str]
    target_type: Mapped[str]
    target_id: Mapped[str]
    outcome: Mapped[str]
    request_id: Mapped[str]
    ip: Mapped[str | None]
    auth_method: Mapped[str]
    credential_id: Mapped[str | None]
    redacted: Mapped[int] = mapped_column(default=0)


class Event(Base):
    __tablename__ = "Event"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("Workspace.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    actor_id: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    minimum_rank: Mapped[int]
    at: Mapped[str]


class Job(Base):
    __tablename__ = "Job"
    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[str]
    kind: Mapped[str]
    target_id: Mapped[str]
    run_at: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[str]


def make_twin(settings: Settings) -> FastAPI:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{Path(settings.db_name)}",
        pool_size=int(os.environ.get("BENCH_CONNECTIONS", "32")),
        connect_args={"timeout": 30},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    sessions = async_sessionmaker(engine, expire_on_commit=False)
    public_key = RsaKey(load_or_create_key(settings.local_issuer_key_file)).jwks()["keys"][0]
    pma_key = settings.key_ring.keys[0]
    tools = Tools(system_clock, new_uuid7, os.urandom)
    app = FastAPI()
    app.state.engine = engine

    async def session() -> AsyncIterator[AsyncSession]:
        async with sessions() as opened:
            yield opened

    def caller(
        authorization: Annotated[str, Header()], x_pma_token: Annotated[str, Header()]
    ) -> dict[str, Any]:
        try:
            access = jwt.decode(
                authorization.removeprefix("Bearer "),
                public_key,
                algorithms=["RS256"],
                audience=settings.local_issuer_audience,
                issuer=settings.base_url,
            )
            pma = jwt.decode(
                x_pma_token, pma_key.secret, algorithms=["HS256"], audience="pm-assist", issuer="pm-assist"
            )
        except Exception:
            raise HTTPException(401) from None
        if (pma["sub"], pma["tid"]) != (access["oid"], access["tid"]):
            raise HTTPException(401)
        return {"user_id": access["oid"], "name": access.get("name"), **pma}

    Session = Annotated[AsyncSession, Depends(session)]  # noqa: N806 - a type
    Caller = Annotated[dict[str, Any], Depends(caller)]  # noqa: N806 - a type

    async def require_session(db: AsyncSession, who: dict[str, Any]) -> None:
        account = await db.get(UserAccount, who["user_id"])
        revoked = await db.get(TokenRevocation, who["jti"])
        if account is None or account.status != "ACTIVE" or revoked is not None:
            raise HTTPException(401)
        if account.session_version != who["azv"]:
            raise HTTPException(401)

    def view(workspace: Workspace, role: str) -> wire.Workspace:
        return wire.Workspace.model_validate(
            {
                **{
                    name: getattr(workspace, name)
                    for name in wire.Workspace.model_fields
                    if hasattr(workspace, name)
                },
                "blob_state": "READY" if workspace.blob_ready else "PENDING",
                "role": role,
            }
        )

    @app.get("/workspaces/{workspace_id}", response_model=wire.Workspace)
    async def get(workspace_id: uuid.UUID, db: Session, who: Caller) -> wire.Workspace:
        await require_session(db, who)
        found = (
            await db.execute(
                select(Workspace, WorkspaceMember.role)
                .join(WorkspaceMember, WorkspaceMember.workspace_id == Workspace.id)
                .where(
                    Workspace.id == str(workspace_id),
                    Workspace.is_active == 1,
                    WorkspaceMember.user_id == who["user_id"],
                )
            )
        ).one_or_none()
        if found is None:
            raise HTTPException(404)
        return view(found[0], found[1])

    @app.get("/workspaces", response_model=wire.WorkspacePage)
    async def list_mine(db: Session, who: Caller, limit: int = 50) -> wire.WorkspacePage:
        await require_session(db, who)
        rows = (
            await db.execute(
                select(Workspace, WorkspaceMember.role)
                .join(WorkspaceMember, WorkspaceMember.workspace_id == Workspace.id)
                .where(WorkspaceMember.user_id == who["user_id"], Workspace.is_active == 1)
                .order_by(WorkspaceMember.list_key)
                .limit(limit + 1)
            )
        ).all()
        items = [view(row[0], row[1]) for row in rows[:limit]]
        return wire.WorkspacePage(items=items, next_cursor="more" if len(rows) > limit else None)

    @app.post("/workspaces", response_model=wire.WorkspaceCreated, status_code=201)
    async def create(body: wire.WorkspaceCreate, db: Session, who: Caller) -> wire.WorkspaceCreated:
        await require_session(db, who)
        now, workspace_id, user_id = utc_text(system_clock()), new_uuid7(), who["user_id"]
        list_key = sort_key(body.name, workspace_id.replace("-", ""))
        workspace = Workspace(
            id=workspace_id, name=body.name, description=body.description, created_by=user_id,
            created_at=now, updated_at=now, list_key=list_key,
            is_active=1, version=1, status="ACTIVE", org_id=None, blob_ready=0, blob_path=None, deleted_at=None,
        )  # fmt: skip
        db.add(workspace)
        await db.flush()
        db.add(
            WorkspaceMember(
                id=new_uuid7(), workspace_id=workspace_id, user_id=user_id, display_name=who["name"],
                role="OWNER", added_at=now, added_by=user_id, updated_at=now, list_key=list_key,
                member_key=sort_key(who["name"] or "", user_id, 200),
            )
        )  # fmt: skip
        entry = seal(
            scope_of(workspace_id), Origin(new_uuid7(), None), tools, seq=1,
            prev_hash=genesis(scope_of(workspace_id)), action="workspace.created", actor_id=user_id,
            target_type="workspace", target_id=workspace_id, outcome="SUCCESS",
            details={"name": body.name, "owner": user_id}, auth_method="local", credential_id=who["jti"],
        )  # fmt: skip
        values = {name: value for name, value in entry.items() if name not in ("entry_id", "timestamp")}
        db.add(
            AuditLog(
                id=entry["entry_id"],
                workspace_id=workspace_id,
                timestamp=utc_text(entry["timestamp"]),
                **values,
            )
        )
        db.add(
            WorkspaceHead(workspace_id=workspace_id, audit_seq=1, audit_hash=entry["entry_hash"], event_seq=1)
        )
        db.add(
            Event(
                workspace_id=workspace_id, seq=1, type="workspace.created", actor_id=user_id,
                object_type="workspace", object_id=workspace_id, minimum_rank=10, at=now,
            )
        )  # fmt: skip
        db.add(
            Job(
                id=new_uuid7(), workspace_id=workspace_id, kind="folder", target_id=workspace_id,
                run_at=now, created_at=now,
            )
        )  # fmt: skip
        await db.commit()
        roles = (
            await db.execute(
                select(WorkspaceMember.workspace_id, WorkspaceMember.role)
                .where(WorkspaceMember.user_id == user_id)
                .order_by(WorkspaceMember.list_key)
                .limit(settings.pma_max_workspaces + 1)
            )
        ).all()
        expires = system_clock() + timedelta(minutes=settings.pma_token_expire_minutes)
        claims = {
            "iss": "pm-assist", "aud": "pm-assist", "sub": user_id, "tid": who["tid"], "jti": new_uuid7(),
            "iat": int(system_clock().timestamp()), "exp": int(expires.timestamp()), "azv": who["azv"],
            "roles": {each[0]: each[1] for each in roles[: settings.pma_max_workspaces]}, "ws": None,
            "cut": len(roles) > settings.pma_max_workspaces,
        }  # fmt: skip
        token = jwt.encode(claims, pma_key.secret, algorithm="HS256")
        made = view(workspace, "OWNER").model_dump()
        return wire.WorkspaceCreated(**made, pma_token=token, pma_token_expires_at=expires)

    return app
