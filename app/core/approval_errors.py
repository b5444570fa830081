"""What can go wrong with approvals; the rest is in ``app/core/errors.py``."""

from app.core.errors import BusinessRule, Conflict, NotFound


class ApprovalNotFound(NotFound):
    code = "APPROVAL_NOT_FOUND"
    default_message = "There is no such request for approval in this workspace."


class ApprovalPending(Conflict):
    code = "APPROVAL_PENDING"
    default_message = "This is being decided about already."


class ApprovalEnded(Conflict):
    """``details.state``: how."""

    code = "APPROVAL_ENDED"
    default_message = "This request for approval has ended."


class ApprovalVoided(Conflict):
    code = "APPROVAL_VOIDED"
    default_message = "What was submitted was changed since, so the request is void. Have it submitted again."


class AlreadyDecided(Conflict):
    code = "ALREADY_DECIDED"
    default_message = (
        "You have decided at this stage, by yourself or for somebody else, or somebody has for you."
    )


class ApprovalRequired(Conflict):
    code = "APPROVAL_REQUIRED"
    default_message = "This workspace has such things approved. Submit it with POST …/approvals."


class NothingToApprove(Conflict):
    code = "NOTHING_TO_APPROVE"
    default_message = (
        "This workspace has defined no stages for this type of object, so there is nothing to approve."
    )


class InvalidFlow(BusinessRule):
    """``details.problems``: what is wrong, each with its ``stage`` and a ``problem``."""

    code = "APPROVAL_FLOW_INVALID"
    default_message = "Nothing can be approved by these stages."


class DelegationNotFound(NotFound):
    code = "DELEGATION_NOT_FOUND"
    default_message = "There is no such delegation, or it is not for you to see."


class TooManyDelegations(Conflict):
    """``details.max``: how many somebody has at most, or all of a workspace for every request."""

    code = "TOO_MANY_DELEGATIONS"
    default_message = "You have as many people decide for you as anybody may."
