"""What can go wrong with webhooks; the rest is in ``app/core/errors.py``."""

from app.core.errors import BusinessRule, Conflict, NotFound


class WebhookNotFound(NotFound):
    code = "WEBHOOK_NOT_FOUND"
    default_message = "This workspace has no such webhook."


class DeliveryNotFound(NotFound):
    code = "DELIVERY_NOT_FOUND"
    default_message = "This webhook has no such delivery, or not any more."


class TooManyWebhooks(Conflict):
    code = "TOO_MANY_WEBHOOKS"
    default_message = "This workspace has as many webhooks as one may have."


class WebhookDisabled(Conflict):
    code = "WEBHOOK_DISABLED"
    default_message = "Nothing is sent to this webhook until it is enabled."


class AddressNotAllowed(BusinessRule):
    code = "ADDRESS_NOT_ALLOWED"
    default_message = "Webhooks are not sent to this address: it must be a public one, with https."


class UnknownEventType(BusinessRule):
    code = "UNKNOWN_EVENT_TYPE"
    default_message = "There is no such type of event. GET /event-types lists them."
