"""The wire of /workspaces/{workspace_id}/audit."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.schemas.common import Page, View

Outcome = Literal["SUCCESS", "DENIED", "FAILED"]


class AuditEntry(View):
    id: str
    seq: int = Field(description="Gap-free and in commit order within the workspace.")
    timestamp: datetime
    action: str = Field(examples=["member.added"])
    actor_id: str
    target_type: str = Field(examples=["member"])
    target_id: str
    outcome: Outcome
    details: dict[str, Any] | None
    request_id: str
    ip: str | None
    auth_method: str = Field(description="The name of the issuer the actor signed in with.")
    redacted: bool = Field(description="Details and address were erased; the chain still verifies.")
    prev_hash: str
    entry_hash: str


class AuditPage(Page[AuditEntry]): ...


class Checkpoint(View):
    seq: int = Field(description="Of the last entry there was.")
    entry_hash: str
    signed_at: datetime
    jws: str = Field(
        description="A compact JWS, RS256: `workspace_id`, `seq`, `entry_hash` and `iat`, under a key of "
        "`/.well-known/audit-jwks.json`."
    )


class CheckpointPage(Page[Checkpoint]): ...


class Key(View):
    kty: str
    n: str
    e: str
    use: str
    alg: str
    kid: str


class KeySet(View):
    keys: list[Key]


class Finding(View):
    seq: int
    entry_id: str | None
    problem: str
    kind: Literal["tampering", "unknown_key"] = Field(
        description="`unknown_key`: a checkpoint that cannot be checked, as its key is not here; "
        "nothing is wrong with the log."
    )


class Verification(View):
    valid: bool = Field(
        description="Nothing was tampered with, and every checkpoint that was sent along could be checked."
    )
    entries: int = Field(description="How many entries were recomputed.")
    head_seq: int
    head_hash: str
    findings: list[Finding] = Field(description="At most the first 100.")
