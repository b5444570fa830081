"""Which product error a constraint stands for: one table, the same names in both dialects."""

from collections.abc import Mapping

from app.core.errors import AccountExists, AppError, IdempotencyKeyInUse, LinkExists, MemberExists
from app.db.errors import ConstraintError, Deadlock, UniqueViolation

ERRORS: Mapping[str, type[AppError]] = {
    "UQ_WorkspaceMember_user": MemberExists,
    "UQ_UserPassword_email": AccountExists,
    "UQ_WorkspaceExternalLink_external": LinkExists,
    "PK_IdempotencyRecord": IdempotencyKeyInUse,
}


def product_error(error: ConstraintError) -> AppError | None:
    """What to tell the client, or None when the violation is a fault of this service."""
    known = ERRORS.get(error.constraint or "")
    return known() if known else None


def is_lost_race(error: Exception) -> bool:
    """Whether the transaction was rolled back for what another did at the same time, and may succeed when it
    is run again: a deadlock's victim, or the second of two that made one row, whose key no client chose."""
    if isinstance(error, UniqueViolation):
        return error.constraint not in ERRORS
    return isinstance(error, Deadlock)
