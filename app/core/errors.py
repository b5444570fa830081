"""What can go wrong, without HTTP. ``app/http/errors.py`` maps each class to a status.

Every error carries a stable ``code`` for programs and a ``message`` for people.
``details`` is public: nothing secret, nothing personal that the caller did not send.
"""

import math
from collections.abc import Mapping
from typing import Any, ClassVar


class AppError(Exception):
    """Base of all errors this service answers on purpose."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    default_message: ClassVar[str] = "The request could not be completed."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.message = message or self.default_message
        self.details = details
        self.retry_after = retry_after
        """Seconds after which the caller may try again, where that is known."""
        super().__init__(self.message)


# --- who is calling (401) -------------------------------------------------------------


class AuthenticationError(AppError):
    """The caller is not known. Answered with a ``WWW-Authenticate`` challenge."""


class MissingAzureToken(AuthenticationError):
    code = "MISSING_AZURE_TOKEN"
    default_message = "Send an Entra ID access token in the Authorization header as 'Bearer <token>'."


class InvalidAzureToken(AuthenticationError):
    code = "INVALID_AZURE_TOKEN"
    default_message = "The access token is not valid for this service."


class MissingPmaToken(AuthenticationError):
    code = "MISSING_PMA_TOKEN"
    default_message = "Send a PMA token from POST /auth/validate in the X-PMA-Token header."


class InvalidPmaToken(AuthenticationError):
    code = "INVALID_PMA_TOKEN"
    default_message = "The PMA token is not valid. Get a new one from POST /auth/validate."


class InvalidScimToken(AuthenticationError):
    """Also for the secret of a connection that is disabled or gone, or of another organisation."""

    code = "INVALID_SCIM_TOKEN"
    default_message = "Send the secret of one of this organisation's SCIM connections as 'Bearer <secret>'."


class InteractionRequired(AuthenticationError):
    """The identity provider wants the person to do something before this service may act for them.

    ``claims`` is what the client passes on to it when it asks for a new access token.
    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """

    code = "INTERACTION_REQUIRED"
    default_message = "Get a new access token with the claims of this answer, and try again."

    def __init__(self, claims: str | None) -> None:
        super().__init__(details={"claims": claims})
        self.claims = claims


class InvalidCredentials(AuthenticationError):
    code = "INVALID_CREDENTIALS"
    default_message = "The e-mail address or password is wrong."


class InvalidTicket(AuthenticationError):
    code = "INVALID_TICKET"
    default_message = "This ticket is not good here, or not any more. Get one from POST …/ws-tickets."


class InvalidRefreshToken(AuthenticationError):
    code = "INVALID_REFRESH_TOKEN"
    default_message = "The refresh token is not valid. Sign in again."


# --- what the caller may do (403, 404) ------------------------------------------------


class NotAuthorized(AppError):
    code = "USER_NOT_AUTHORIZED"
    default_message = "You are not allowed to do this."


class RegistrationDisabled(AppError):
    code = "REGISTRATION_DISABLED"
    default_message = "This service does not accept registrations."


class NotFound(AppError):
    code = "NOT_FOUND"
    default_message = "There is nothing here."


class WorkspaceNotFound(NotFound):
    code = "WORKSPACE_NOT_FOUND"
    default_message = "There is no such workspace."


class OrganizationNotFound(NotFound):
    """Also for whoever is not in it: that there is one is nobody else's business."""

    code = "ORGANIZATION_NOT_FOUND"
    default_message = "There is no such organisation."


class MemberNotFound(NotFound):
    code = "MEMBER_NOT_FOUND"
    default_message = "There is no such member."


class UserNotFound(NotFound):
    """Also for whoever shares neither a workspace nor an organisation with them."""

    code = "USER_NOT_FOUND"
    default_message = "There is no such user, or you share neither a workspace nor an organisation."


class LinkNotFound(NotFound):
    code = "LINK_NOT_FOUND"
    default_message = "There is no such link in this workspace."


class ConnectionNotFound(NotFound):
    code = "CONNECTION_NOT_FOUND"
    default_message = "This workspace has no credential of its own for this provider."


class ExternalItemNotFound(NotFound):
    code = "EXTERNAL_ITEM_NOT_FOUND"
    default_message = "The other system has no such item, or does not show it to this service."


class FileNotFound(NotFound):
    code = "FILE_NOT_FOUND"
    default_message = "There is no such file."


class NotificationNotFound(NotFound):
    code = "NOTIFICATION_NOT_FOUND"
    default_message = "There is no such notification of yours, or what it tells of is not for you to see."


class PushSubscriptionNotFound(NotFound):
    code = "PUSH_SUBSCRIPTION_NOT_FOUND"
    default_message = "You are told in no such browser."


class MailLinkInvalid(NotFound):
    code = "MAIL_LINK_INVALID"
    default_message = "This link is not whole, or too old. Set what you get under notification preferences."


class MoveNotFound(NotFound):
    code = "MOVE_NOT_FOUND"
    default_message = "There is no such move of a workspace."


class InvitationNotFound(NotFound):
    """Also for a token that nothing has, or no longer."""

    code = "INVITATION_NOT_FOUND"
    default_message = "There is no such invitation."


class JoinLinkNotFound(NotFound):
    """Also for a code that nothing has, or no longer."""

    code = "JOIN_LINK_NOT_FOUND"
    default_message = "There is no such link to join by."


class JobNotFound(NotFound):
    """Also for one that is done."""

    code = "JOB_NOT_FOUND"
    default_message = "This workspace has no such job."


class ScimConnectionNotFound(NotFound):
    code = "SCIM_CONNECTION_NOT_FOUND"
    default_message = "This organisation has no such SCIM connection."


class ScimGroupNotFound(NotFound):
    code = "SCIM_GROUP_NOT_FOUND"
    default_message = "This organisation's directories have no such group."


class ScimMappingNotFound(NotFound):
    code = "SCIM_MAPPING_NOT_FOUND"
    default_message = "This organisation has no such mapping of a group."


class StopNotFound(NotFound):
    code = "STOP_NOT_FOUND"
    default_message = "No directory has stopped this person here."


class TransferNotFound(NotFound):
    code = "TRANSFER_NOT_FOUND"
    default_message = "This workspace has no such transfer."


class InvitationForAnother(NotAuthorized):
    code = "INVITATION_FOR_ANOTHER"
    default_message = "This invitation is for another address. Sign in with the account of that address."


class MethodNotAllowed(AppError):
    code = "METHOD_NOT_ALLOWED"
    default_message = "This method is not allowed here."


# --- what was sent (400, 409, 413, 422, 429) -----------------------------------------------


class InvalidInput(AppError):
    """The payload does not fit its schema (422)."""

    code = "VALIDATION_FAILED"
    default_message = "The request does not fit what this route accepts."


class IdempotencyKeyReused(InvalidInput):
    code = "IDEMPOTENCY_KEY_REUSED"
    default_message = "This Idempotency-Key was used for another request. Make a new one."


class MalformedRequest(AppError):
    """No HTTP, or HTTP that two servers could read in two ways (400, RFC 9112)."""

    code = "MALFORMED_REQUEST"
    default_message = "This is not a valid HTTP/1.1 request."


class RequestTimeout(AppError):
    """It did not come whole, or came too slowly (408)."""

    code = "REQUEST_TIMEOUT"
    default_message = "The request did not arrive in time."


class RequestTargetTooLong(AppError):
    code = "REQUEST_TARGET_TOO_LONG"
    default_message = "The address of this request is longer than this service accepts."


class RequestHeaderTooLarge(AppError):
    """Too many bytes or too many fields before the body (431, RFC 6585 section 5)."""

    code = "REQUEST_HEADER_TOO_LARGE"
    default_message = "The headers of this request are larger than this service accepts."


class PayloadTooLarge(AppError):
    code = "PAYLOAD_TOO_LARGE"
    default_message = "The request body is larger than this service accepts."


class FileTypeNotAllowed(AppError):
    """A media type that this installation does not take (415)."""

    code = "FILE_TYPE_NOT_ALLOWED"
    default_message = "This service does not take files of this type."


class RangeNotSatisfiable(AppError):
    """``size`` is how many bytes there are (416, RFC 9110 section 15.5.17)."""

    code = "RANGE_NOT_SATISFIABLE"
    default_message = "The file ends before this range begins."

    def __init__(self, size: int = 0) -> None:
        super().__init__(details={"size": size})
        self.size = size


class BusinessRule(AppError):
    """Well-formed, and refused by a rule of the product (400)."""

    code = "RULE_VIOLATED"


class PushNotAvailable(BusinessRule):
    code = "PUSH_NOT_AVAILABLE"
    default_message = "This service pushes nothing: it has no keys for it."


class HostNotAllowed(BusinessRule):
    code = "HOST_NOT_ALLOWED"
    default_message = "This service does not call that address. An operator can allow hosts."


class OriginNotAllowed(BusinessRule):
    code = "ORIGIN_NOT_ALLOWED"
    default_message = (
        "Pages of this origin, or this method or header, are not among what may call this service."
    )


class LinksNotSupported(BusinessRule):
    code = "LINKS_NOT_SUPPORTED"
    default_message = "The store of files here has no links. Download the file instead."


class InvalidCursor(BusinessRule):
    code = "INVALID_CURSOR"
    default_message = "This cursor does not belong to this list. Start again without one."


class WrongPassword(BusinessRule):
    """Of somebody who is signed in, and stays so."""

    code = "WRONG_PASSWORD"
    default_message = "This is not the present password."


class Conflict(AppError):
    """In the way of what is stored already (409)."""

    code = "CONFLICT"
    default_message = "This conflicts with what is stored."


class MemberExists(Conflict):
    code = "MEMBER_EXISTS"
    default_message = "This user is a member already."


class ScimConnectionExists(Conflict):
    """One directory has one connection to an organisation."""

    code = "SCIM_CONNECTION_EXISTS"
    default_message = "Your directory is connected to this organisation already. Rotate its secret instead."


class LinkExists(Conflict):
    code = "LINK_EXISTS"
    default_message = "This workspace has a link to this item already."


class IdempotencyKeyInUse(Conflict):
    code = "IDEMPOTENCY_KEY_IN_USE"
    default_message = "A request with this Idempotency-Key is under way. Try again in a moment."


class AccountExists(Conflict):
    code = "ACCOUNT_EXISTS"
    default_message = "An account with this e-mail address exists already."


class LastOwner(Conflict):
    code = "LAST_OWNER"
    default_message = "There is always an OWNER. Make somebody else one first."


class Held(Conflict):
    """Whatever is not in work is read and not changed."""


class WorkspaceSuspended(Held):
    code = "WORKSPACE_SUSPENDED"
    default_message = "This workspace is suspended. It can be read, and not changed."


class WorkspaceArchived(Held):
    code = "WORKSPACE_ARCHIVED"
    default_message = "This workspace is archived. It can be read, and not changed."


class OrganizationSuspended(Held):
    code = "ORGANIZATION_SUSPENDED"
    default_message = "This organisation is suspended. What is its can be read, and not changed."


class OrganizationArchived(Held):
    code = "ORGANIZATION_ARCHIVED"
    default_message = "This organisation is archived. What is its can be read, and not changed."


class InvalidStatus(BusinessRule):
    """``details.allowed``: from which status this can be done."""

    code = "INVALID_STATUS"
    default_message = "From its present status this cannot be done."


class FileWithheld(Conflict):
    """``details``: the file's ``scan_status``."""

    code = "FILE_WITHHELD"
    default_message = "This file is not handed out: the virus scanner found something, or has yet to look."


class UploadEnded(Conflict):
    """``details``: its ``state`` and, if it failed, the ``reason``."""

    code = "UPLOAD_ENDED"
    default_message = "This upload has come to an end. Begin another."


class NotScanned(Conflict):
    code = "NOT_SCANNED"
    default_message = "There is no virus scanner here, or the file is larger than it looks at."


class LimitExceeded(Conflict):
    """By the organisation's plan. ``details``: which ``limit``, how many it allows (``max``), how many are
    ``used``."""

    code = "LIMIT_EXCEEDED"
    default_message = "The organisation's plan has no room for this."


class SlugTaken(Conflict):
    code = "SLUG_TAKEN"
    default_message = "Another organisation has this short name."


class MoveExists(Conflict):
    code = "MOVE_EXISTS"
    default_message = "A move of this workspace is waiting already. Answer it, or cancel it."


class MoveEnded(Conflict):
    """``details.state``: what became of it."""

    code = "MOVE_ENDED"
    default_message = "This move is not waiting any more. Ask again."


class InvitationExists(Conflict):
    code = "INVITATION_EXISTS"
    default_message = "An invitation to this address is waiting already. Resend it, or revoke it."


class InvitationEnded(Conflict):
    """``details.state``: what became of it."""

    code = "INVITATION_ENDED"
    default_message = "This invitation is not waiting any more. Ask for another one."


class JobRunning(Conflict):
    code = "JOB_RUNNING"
    default_message = "This job is being worked at."


class JobPromised(Conflict):
    code = "JOB_PROMISED"
    default_message = "What this job does was promised: it is tried until it succeeds."


class JoinLinkEnded(Conflict):
    code = "JOIN_LINK_ENDED"
    default_message = "This link has expired, or everybody has joined by it who might. Ask for another one."


class TransferExists(Conflict):
    code = "TRANSFER_EXISTS"
    default_message = "Somebody has been asked already to take this workspace over. Cancel that first."


class TransferEnded(Conflict):
    """``details.state``: what became of it."""

    code = "TRANSFER_ENDED"
    default_message = "This transfer is not waiting any more."


class InviterMayNot(Conflict):
    """Whoever answers for somebody must still be one who may give the role, when it is taken."""

    code = "INVITER_MAY_NOT"
    default_message = "Whoever gave this out may not give this role any more. Ask somebody who may."


class WorkspaceNotDeleted(Conflict):
    code = "WORKSPACE_NOT_DELETED"
    default_message = "This workspace is not deleted."


class VersionMismatch(AppError):
    """What is stored is not what the caller would change (412)."""

    code = "VERSION_MISMATCH"
    default_message = "This was changed since you read it. Read it again, then decide."


class RateLimited(AppError):
    code = "RATE_LIMITED"
    default_message = "Too many requests. The RateLimit headers say how many there may be."


class TooManyAttempts(AppError):
    code = "TOO_MANY_ATTEMPTS"
    default_message = "Too many failed attempts. Wait before you try again."


# --- what we depend on (500, 502, 503) -----------------------------------------------------


class DbQueryFailed(AppError):
    code = "DB_QUERY_FAILED"
    default_message = "The database refused this request. It was logged under the request id."


class IntegrationFailure(AppError):
    """Another system did not do its part. ``reason`` is one of ours; nothing of its answer is passed on."""

    code = "INTEGRATION_FAILURE"
    default_message = "The other system did not answer as it should."

    def __init__(self, provider: str, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(
            details={"provider": provider, "reason": reason},
            retry_after=None if retry_after is None else max(1, math.ceil(retry_after)),
        )
        self.provider, self.reason = provider, reason


class ServiceUnavailable(AppError):
    code = "SERVICE_UNAVAILABLE"
    default_message = "A part this service needs is away. Try again."


class BlobStoreUnavailable(ServiceUnavailable):
    code = "BLOB_STORE_UNAVAILABLE"
    default_message = "The store of files is away. Try again."


class IdentityProviderUnavailable(ServiceUnavailable):
    code = "IDENTITY_PROVIDER_UNAVAILABLE"
    default_message = "The identity provider does not answer, or not as it should. Try again."
