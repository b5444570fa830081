"""Which product error a constraint stands for: one table, the same names in both dialects."""

from collections.abc import Mapping

from app.core.errors import AccountExists, AppError, Conflict, IdempotencyKeyInUse, LinkExists, MemberExists
from app.db.errors import ConstraintError, UniqueViolation

ERRORS: Mapping[str, type[AppError]] = {
    "UQ_WorkspaceMember_user": MemberExists,
    "UQ_UserPassword_email": AccountExists,
    "UQ_WorkspaceExternalLink_external": LinkExists,
    "PK_IdempotencyRecord": IdempotencyKeyInUse,
}


def product_error(error: ConstraintError) -> AppError | None:
    """What to tell the client, or None when the violation is a fault of this service."""
    if known := ERRORS.get(error.constraint or ""):
        return known()
    return Conflict() if isinstance(error, UniqueViolation) else None
