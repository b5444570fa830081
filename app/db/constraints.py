"""Which product error a constraint stands for: one table, the same names in both dialects."""

from collections.abc import Mapping

from app.core.approval_errors import AlreadyDecided, ApprovalPending
from app.core.connector_errors import ConnectorExists
from app.core.errors import (
    AccountExists,
    AppError,
    IdempotencyKeyInUse,
    InvitationExists,
    LinkExists,
    MemberExists,
    MoveExists,
    ScimConnectionExists,
    SlugTaken,
    TransferExists,
)
from app.core.okr_errors import OkrCycleExists
from app.core.work_errors import (
    DependencyExists,
    ExternalTaskExists,
    LabelExists,
    ObjectRoleExists,
    ProjectKeyTaken,
    TaskTypeExists,
    UserTypeExists,
    WorkflowTemplateExists,
)
from app.db.errors import ConstraintError, Deadlock, ForeignKeyViolation, Overtaken, UniqueViolation

ERRORS: Mapping[str, type[AppError]] = {
    "UQ_ConnectorBinding_name": ConnectorExists,
    "UQ_Label_name": LabelExists,
    "UQ_WorkspaceMember_user": MemberExists,
    "UQ_OrganizationMember_user": MemberExists,
    "UQ_WorkspaceMove_pending": MoveExists,
    "UQ_Invitation_workspace": InvitationExists,
    "UQ_Invitation_org": InvitationExists,
    "UQ_OwnershipTransfer_pending": TransferExists,
    "UQ_Organization_slug": SlugTaken,
    "UQ_ScimConnection_tenant": ScimConnectionExists,
    "UQ_UserPassword_email": AccountExists,
    "UQ_WorkspaceExternalLink_external": LinkExists,
    "UQ_ObjectRole": ObjectRoleExists,
    "UQ_ApprovalRequest_pending": ApprovalPending,
    "UQ_ApprovalDecision_actor": AlreadyDecided,
    "UQ_ApprovalDecision_counts_for": AlreadyDecided,
    "UQ_OkrCycle_name": OkrCycleExists,
    "PK_TaskDependency": DependencyExists,
    "UQ_Task_external": ExternalTaskExists,
    "PK_ProjectMember": MemberExists,
    "PK_ProjectKey": ProjectKeyTaken,
    "UQ_TaskType_name": TaskTypeExists,
    "UQ_UserType_name": UserTypeExists,
    "UQ_WorkflowTemplate_name": WorkflowTemplateExists,
    "PK_IdempotencyRecord": IdempotencyKeyInUse,
}


def product_error(error: ConstraintError) -> AppError | None:
    """What to tell the client, or None when the violation is a fault of this service."""
    known = _find(error)
    return known() if known else None


def _find(error: ConstraintError) -> type[AppError] | None:
    # Servers that speak T-SQL fold the case of a name, and some go on after it.
    constraint = (error.constraint or "").lower()
    return next((each for name, each in ERRORS.items() if constraint.startswith(name.lower())), None)


def is_lost_race(error: Exception) -> bool:
    """Whether the transaction was rolled back for what another did at the same time, and may succeed when it
    is run again: a deadlock's victim, who was overtaken, the second of two that made one row, whose key no
    client chose, or whoever referred to a row while another took it away."""
    if isinstance(error, UniqueViolation):
        return _find(error) is None
    return isinstance(error, Deadlock | Overtaken | ForeignKeyViolation)
