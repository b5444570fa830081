"""The few exceptions both drivers translate engine errors into.

``constraint`` is the name the schema gives the constraint, where the engine tells it;
``app/db/constraints.py`` maps names to the product's errors. Messages name objects of the
schema only, never values.
"""


class DatabaseError(Exception):
    """Base of everything a driver raises."""

    def __init__(self, message: str, *, query: str | None = None, constraint: str | None = None) -> None:
        super().__init__(message)
        self.query = query
        self.constraint = constraint


class ConstraintError(DatabaseError):
    """A rule of the schema refused the write; the transaction can only be rolled back."""


class UniqueViolation(ConstraintError): ...


class ForeignKeyViolation(ConstraintError): ...


class CheckViolation(ConstraintError): ...


class NotNullViolation(ConstraintError): ...


class ValueTooLong(ConstraintError): ...


class AppendOnlyViolation(ConstraintError):
    """A trigger refused to change or delete a row of an append-only table."""


class TransientError(DatabaseError):
    """Nothing was written; the same transaction may succeed when it is run again, after so many seconds."""

    retry_after = 1


class Deadlock(TransientError): ...


class Overtaken(TransientError):
    """By the time a lock was there, others would have had to be taken before it: the rows say so now."""


class StatementTimeout(TransientError): ...


class DatabaseUnavailable(TransientError):
    """No connection, or the connection was lost. A lost COMMIT has an unknown outcome,
    which is why this is never retried automatically."""


class DatabaseOverloaded(DatabaseUnavailable):
    """The database is there and refuses work, of which it has too much."""

    retry_after = 10  # as error 40501 of Azure SQL says


class UnexpectedResult(DatabaseError):
    """A ``:one`` or ``:value`` query answered another number of rows than one."""


class SchemaMismatch(DatabaseError):
    """The database's schema is not the one this code was written for."""
