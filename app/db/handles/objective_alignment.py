"""Handles of sql/queries/objective_alignment.sql."""

from app.db.connection import ReadTransaction, WriteTransaction
from app.db.queries import Row, Uuid, query, queued


class AlignmentRow(Row):
    objective_id: Uuid
    weight: int
    cycle_id: Uuid
    title: str
    state: str


class PlacedRow(Row):
    id: Uuid
    is_frozen: bool


class EdgeRow(Row):
    child_id: Uuid
    parent_id: Uuid


@query
async def list_alignment(
    tx: ReadTransaction, *, workspace_id: str, objective_id: str, even_deleted: bool
) -> list[AlignmentRow]: ...


@query
async def list_objectives_by_id(tx: ReadTransaction, *, workspace_id: str, ids: str) -> list[PlacedRow]: ...


@query
async def list_edges_up(tx: ReadTransaction, *, workspace_id: str, ids: str) -> list[EdgeRow]: ...


@query
async def list_edges_down(tx: ReadTransaction, *, workspace_id: str, ids: str) -> list[EdgeRow]: ...


@queued
def delete_parents(tx: WriteTransaction, *, workspace_id: str, objective_id: str) -> None: ...


@queued
def insert_parent(
    tx: WriteTransaction, *, workspace_id: str, objective_id: str, parent_id: str, weight: int
) -> None: ...
