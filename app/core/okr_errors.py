"""What can go wrong with OKRs; the rest is in ``app/core/errors.py``."""

from app.core.errors import BusinessRule, Conflict, NotFound


class OkrCycleNotFound(NotFound):
    code = "OKR_CYCLE_NOT_FOUND"
    default_message = "There is no such cycle in this workspace."


class OkrCycleExists(Conflict):
    code = "OKR_CYCLE_EXISTS"
    default_message = "This workspace has a cycle of this name already."


class OkrCycleInUse(Conflict):
    code = "OKR_CYCLE_IN_USE"
    default_message = "Objectives are in this cycle, perhaps deleted ones."


class OkrCycleClosed(Conflict):
    code = "OKR_CYCLE_CLOSED"
    default_message = "This cycle is closed: what is in it can be read and copied, and not changed."


class OkrCycleState(Conflict):
    """``details``: the ``state`` it is in, and those from which this is done."""

    code = "OKR_CYCLE_STATE"
    default_message = "From its present state this cycle cannot go there."


class OkrCycleInApproval(Conflict):
    """``details.objectives``: how many."""

    code = "OKR_CYCLE_IN_APPROVAL"
    default_message = (
        "Objectives of this cycle wait to be approved. Decide about them, or withdraw them, first."
    )


class OkrCycleFull(Conflict):
    """``details.max``: how many objectives a cycle has at most."""

    code = "OKR_CYCLE_FULL"
    default_message = "This cycle has no room for another objective."


class ObjectiveNotFound(NotFound):
    code = "OBJECTIVE_NOT_FOUND"
    default_message = "There is no such objective in this workspace."


class ObjectiveNotDeleted(Conflict):
    code = "OBJECTIVE_NOT_DELETED"
    default_message = "This objective was not deleted."


class ObjectiveInState(Conflict):
    """``details``: the ``state`` it is in, and those in which this is done."""

    code = "OBJECTIVE_STATE"
    default_message = "In its present state this is not done to an objective."


class ObjectiveFull(Conflict):
    """``details.max``: how many of these an objective has at most."""

    code = "OBJECTIVE_FULL"
    default_message = "This objective has no room for another one."


class AlignmentCycle(BusinessRule):
    """``details.path``: the objectives through which it would add to itself, from itself on."""

    code = "ALIGNMENT_CYCLE"
    default_message = "Then the objective would add to itself, through others."


class AlignmentTooDeep(BusinessRule):
    """``details.max``: how many objectives may follow each other."""

    code = "ALIGNMENT_TOO_DEEP"
    default_message = "Then more objectives would follow each other than may."


class KeyResultNotFound(NotFound):
    code = "KEY_RESULT_NOT_FOUND"
    default_message = "There is no such key result in this workspace."


class KeyResultUnmeasurable(BusinessRule):
    code = "KEY_RESULT_UNMEASURABLE"
    default_message = "Nothing could be measured by this."


class CheckInUnfit(BusinessRule):
    code = "CHECK_IN_UNFIT"
    default_message = "A METRIC is checked in with a value, an ORDINAL with a zone."


class ObjectiveCommentNotFound(NotFound):
    code = "OBJECTIVE_COMMENT_NOT_FOUND"
    default_message = "There is no such comment on an objective."


class FileNotAttached(NotFound):
    code = "FILE_NOT_ATTACHED"
    default_message = "This file is not attached to the objective."


class KeyResultFed(Conflict):
    """``details.source``: what feeds it."""

    code = "KEY_RESULT_FED"
    default_message = "This key result is fed; it is checked in by hand once that is taken back."


class KeyResultNotFed(NotFound):
    code = "KEY_RESULT_NOT_FED"
    default_message = "This key result is checked in by hand."


class TooManyFed(Conflict):
    """``details.max``: how many key results a connector feeds at most."""

    code = "TOO_MANY_FED"
    default_message = "This connector feeds as many key results as one may."
