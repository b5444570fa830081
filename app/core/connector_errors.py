"""What can go wrong with connectors; the rest is in ``app/core/errors.py``. Why a source could not be read is
a ``Fault`` (``app/integrations/connector.py``), which stands in ``details``."""

from app.core.errors import BusinessRule, Conflict, NotFound


class ConnectorNotFound(NotFound):
    code = "CONNECTOR_NOT_FOUND"
    default_message = "This workspace has no such connector."


class ConnectorExists(Conflict):
    code = "CONNECTOR_EXISTS"
    default_message = "A connector of this workspace has this name."


class TooManyConnectors(Conflict):
    code = "TOO_MANY_CONNECTORS"
    default_message = "This workspace has as many connectors as one may have."


class ConnectorConfigRefused(BusinessRule):
    code = "CONNECTOR_CONFIG_REFUSED"
    default_message = "Nothing can be asked for with this config; details.member says what is wrong with it."


class QueryRefused(BusinessRule):
    code = "QUERY_REFUSED"
    default_message = "Only one SELECT without effects is asked for; details.reason says what this is."


class SecretNeeded(BusinessRule):
    code = "SECRET_NEEDED"
    default_message = (
        "Give the secret anew: the one that is kept was given for another target, or there is none."
    )


class ConnectorFailed(Conflict):
    code = "CONNECTOR_FAILED"
    default_message = "There is no value: details.fault says why the last refresh failed."


class ConnectorNotRefreshed(Conflict):
    code = "CONNECTOR_NOT_REFRESHED"
    default_message = "There is no value yet: this connector has not been refreshed."


class ScheduleRefused(BusinessRule):
    code = "SCHEDULE_REFUSED"
    default_message = "This is no schedule, or one that is due more often than every five minutes."
