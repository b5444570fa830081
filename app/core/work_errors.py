"""What can go wrong with projects and tasks; the rest is in ``app/core/errors.py``."""

from app.core.errors import BusinessRule, Conflict, NotFound


class ProjectNotFound(NotFound):
    code = "PROJECT_NOT_FOUND"
    default_message = "There is no such project, or it is not for you to see."


class ProjectArchived(Conflict):
    code = "PROJECT_ARCHIVED"
    default_message = "This project is archived: it can be read and restored, and not changed."


class ProjectKeyTaken(Conflict):
    code = "PROJECT_KEY_TAKEN"
    default_message = "A project of this workspace has or had this key."


class TaskNotFound(NotFound):
    code = "TASK_NOT_FOUND"
    default_message = "There is no such task, or it is not for you to see."


class TaskNotDeleted(Conflict):
    code = "TASK_NOT_DELETED"
    default_message = "This task was not deleted."


class TaskTypeNotFound(NotFound):
    code = "TASK_TYPE_NOT_FOUND"
    default_message = "There is no such type of task, or it is not for you to see."


class ExternalTaskExists(Conflict):
    code = "EXTERNAL_TASK_EXISTS"
    default_message = "A task stands for this item of the other system already."


class TaskStarted(Conflict):
    code = "TASK_STARTED"
    default_message = "Only a task that has not been begun can wait for another."


class DependencyNotFound(NotFound):
    code = "DEPENDENCY_NOT_FOUND"
    default_message = "The task does not wait for this one, or a workflow has it so."


class DependencyExists(Conflict):
    code = "DEPENDENCY_EXISTS"
    default_message = "The task waits for this one already."


class DependencyCycle(BusinessRule):
    code = "DEPENDENCY_CYCLE"
    default_message = "Then the task would wait for itself, through others."


class DependencyOutsideProject(BusinessRule):
    code = "DEPENDENCY_OUTSIDE_PROJECT"
    default_message = "A task waits for tasks of its own project only."


class TaskTypeExists(Conflict):
    code = "TASK_TYPE_EXISTS"
    default_message = "This workspace has a type of tasks of this name already."


class TaskTypeInUse(Conflict):
    code = "TASK_TYPE_IN_USE"
    default_message = "Tasks of this type are there, perhaps deleted ones, or it is in a published workflow."


class UserTypeNotFound(NotFound):
    code = "USER_TYPE_NOT_FOUND"
    default_message = "There is no such type of people in this workspace."


class UserTypeExists(Conflict):
    code = "USER_TYPE_EXISTS"
    default_message = "This workspace has a type of people of this name already."


class UserTypeInUse(Conflict):
    code = "USER_TYPE_IN_USE"
    default_message = "There are members of this type. Give them another one first."


class AdminHidesNothing(BusinessRule):
    code = "ADMIN_HIDES_NOTHING"
    default_message = "A type of the access level admin sees every state: it can have no hidden ones."


class ObjectRoleExists(Conflict):
    code = "OBJECT_ROLE_EXISTS"
    default_message = "They have this role on this object already, perhaps one that has expired."


class TooManyObjectRoles(Conflict):
    code = "TOO_MANY_OBJECT_ROLES"
    default_message = "They have as many object roles in this workspace as anybody may."


class ObjectRoleNotFound(NotFound):
    code = "OBJECT_ROLE_NOT_FOUND"
    default_message = "There is no such object role."


class MappingNotFound(NotFound):
    code = "MAPPING_NOT_FOUND"
    default_message = "This type of people is not mapped to this type of tasks."


class TaskAlreadyAssigned(Conflict):
    """``details.assignee_id``: to whom."""

    code = "TASK_ALREADY_ASSIGNED"
    default_message = "Somebody is assigned to this task already."


class TaskDone(Conflict):
    code = "TASK_DONE"
    default_message = "This task is done, and stays as it is: in its state and with whoever did it."


class TransitionIdUsed(Conflict):
    code = "TRANSITION_ID_USED"
    default_message = "Another transition of this task has this transition_id. Make a new one."


class InvalidTransition(BusinessRule):
    """``details``: the ``state`` it is in and what it is ``blocked_by``, the states that are ``allowed`` from
    there, and the ``reason``: ``final``, ``dependency`` or ``not_next``."""

    code = "INVALID_TRANSITION"
    default_message = "A task cannot go into this state from where it is."


class AssigneeNotEligible(BusinessRule):
    """``details.reason``: ``not_a_member``, or ``permission``, for want of ``take`` on this task."""

    code = "ASSIGNEE_NOT_ELIGIBLE"
    default_message = "Whoever is to be assigned may not take this task up."


class GuestRole(BusinessRule):
    code = "GUEST_ROLE"
    default_message = "A guest is a MEMBER or a VIEWER."


class CommentNotFound(NotFound):
    code = "COMMENT_NOT_FOUND"
    default_message = "There is no such comment, or it is not for you to see."


class BoardNotFound(NotFound):
    code = "BOARD_NOT_FOUND"
    default_message = "There is no such board, or it is not for you to see."


class BoardNotDeleted(Conflict):
    code = "BOARD_NOT_DELETED"
    default_message = "This board was not deleted."


class BoardFull(Conflict):
    """``details.max``: how many columns a board has at most."""

    code = "BOARD_FULL"
    default_message = "This board has no room for another column."


class ColumnNotFound(NotFound):
    code = "COLUMN_NOT_FOUND"
    default_message = "There is no such column, or it is not for you to see."


class ColumnNotEmpty(Conflict):
    """``details.max``: how many tasks go with one request."""

    code = "COLUMN_NOT_EMPTY"
    default_message = "Tasks are in this column. Name in move_to where they are to go."


class ColumnMapsElsewhere(Conflict):
    code = "COLUMN_MAPS_ELSEWHERE"
    default_message = (
        "The other column stands for another state, which each task would have to pass to by itself."
    )


class TaskNotInColumn(Conflict):
    code = "TASK_NOT_IN_COLUMN"
    default_message = "What it is to go behind is not in this column any more, or not for you to see."


class WipLimit(Conflict):
    """``details.limit``: how many tasks the column takes."""

    code = "WIP_LIMIT"
    default_message = "This column takes no more tasks."


class LabelNotFound(NotFound):
    code = "LABEL_NOT_FOUND"
    default_message = "There is no such label in this workspace."


class LabelExists(Conflict):
    code = "LABEL_EXISTS"
    default_message = "This workspace has a label of this name already."


class TooManyLabels(Conflict):
    """``details.limit``: how many a task has at most."""

    code = "TOO_MANY_LABELS"
    default_message = "The task has as many labels as a task may have."


class FilterNotFound(NotFound):
    code = "FILTER_NOT_FOUND"
    default_message = "There is no such filter, or it is another's own."


class FilterOutdated(BusinessRule):
    code = "FILTER_OUTDATED"
    default_message = "What this filter asks is not known any more. Change it."


class WorkflowTemplateNotFound(NotFound):
    code = "WORKFLOW_TEMPLATE_NOT_FOUND"
    default_message = "There is no such template of workflows in this workspace."


class WorkflowVersionNotFound(NotFound):
    code = "WORKFLOW_VERSION_NOT_FOUND"
    default_message = "This template has no such version."


class WorkflowNotInForce(Conflict):
    code = "WORKFLOW_NOT_IN_FORCE"
    default_message = "No instance is made of this: nothing of it is published, or it is a draft or retired."


class WorkflowInstanceNotFound(NotFound):
    code = "WORKFLOW_INSTANCE_NOT_FOUND"
    default_message = "There is no such workflow instance, or it is not for you to see."


class WorkflowInstanceState(Conflict):
    """``details``: the ``state`` it is in, and those from which this is done."""

    code = "WORKFLOW_INSTANCE_STATE"
    default_message = "From its present state this workflow instance cannot go there."


class CorrelationKeyUsed(Conflict):
    code = "CORRELATION_KEY_USED"
    default_message = "Another workflow instance of this workspace was made under this correlation_key."


class WorkflowTemplateExists(Conflict):
    code = "WORKFLOW_TEMPLATE_EXISTS"
    default_message = "This workspace has a template of workflows of this name already."


class WorkflowTemplateInUse(Conflict):
    code = "WORKFLOW_TEMPLATE_IN_USE"
    default_message = "Versions of this template were published, and are kept. Retire them instead."


class NoWorkflowDraft(Conflict):
    code = "NO_WORKFLOW_DRAFT"
    default_message = "This template has no draft to publish. Save one first."


class WorkflowNotPublished(Conflict):
    code = "WORKFLOW_NOT_PUBLISHED"
    default_message = "This version is a draft: it is written over, or published, and not retired."


class WorkflowInvalid(BusinessRule):
    """``details.problems``: each with its ``code`` and ``message``, and the ``node_id``, ``edge`` or
    ``nodes`` of a cycle that it is about."""

    code = "WORKFLOW_INVALID"
    default_message = "This workflow cannot be published, or drawn, as it is."


class WorkflowVersionNotNewer(Conflict):
    code = "WORKFLOW_VERSION_NOT_NEWER"
    default_message = "The workflow instance is of this version already, or of a newer one."


class WorkflowNodeBegun(Conflict):
    """``details.nodes``: their ids."""

    code = "WORKFLOW_NODE_BEGUN"
    default_message = "Tasks of nodes that the new version has not are in work. Finish or delete them first."
