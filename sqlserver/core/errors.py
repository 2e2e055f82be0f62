"""Every error a client can see, each with its SQLSTATE.

ServerError                        XX000  a bug of ours; everything else is a subclass
├── SyntaxFault                    42601
├── UndefinedTable                 42P01
├── UndefinedColumn                42703
├── UndefinedFunction              42883
├── UndefinedObject                42704
├── InvalidParameterValue          22023
├── InvalidTextRepresentation      22P02  also a reply that cannot be read
├── FeatureNotSupported            0A000
│   └── ChangedResultType          0A000  drivers prepare the statement anew when they see its routine
├── ProtocolViolation              08P01
├── InvalidAuthorization           28000
├── InsufficientPrivilege          42501
├── InvalidCatalogName             3D000
├── InvalidStatementName           26000
├── InvalidCursorName              34000
├── FailedTransaction              25P02
├── ActiveTransaction              25001
├── SerializationFailure           40001
├── BudgetExceeded                 53400
├── DiskFull                       53100  the log spool cannot take a record
├── QueryCanceled                  57014
├── AdminShutdown                  57P01
├── IdleInTransactionTimeout       25P03
├── IdleSessionTimeout             57P05
├── ModelUnreachable               58030  the endpoint is down or refuses us: ends the statement
├── ModelCallFailed                58030  one call failed while the endpoint is there: this input has no answer
│   └── OutOfTime                  58030  because the asking statement's own time was up
└── ConfigurationFault             F0000  a broken YAML file or setting
"""

from __future__ import annotations


class ServerError(Exception):
    """An error with PostgreSQL's fields.

    ``position`` counts characters (not bytes) of the client's query text from 1. ``context`` is where in the data it
    was met (``COPY t, line 3``). ``sqlstate`` may be given for a code that has no class of its own (engine errors
    mapped one to one).
    """

    sqlstate = "XX000"
    severity = "ERROR"
    routine: str | None = None
    """PostgreSQL's name of the place that raises it, where drivers decide by it."""
    schema_name: str | None = None
    table_name: str | None = None
    column_name: str | None = None
    constraint_name: str | None = None
    """What the error is about, where it is about a table's rows."""

    def __init__(
        self,
        message: str,
        *,
        detail: str | None = None,
        hint: str | None = None,
        position: int | None = None,
        sqlstate: str | None = None,
        context: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.hint = hint
        self.position = position
        self.context = context
        if sqlstate is not None:
            self.sqlstate = sqlstate


class SyntaxFault(ServerError):
    sqlstate = "42601"


class UndefinedTable(ServerError):
    sqlstate = "42P01"


class UndefinedColumn(ServerError):
    sqlstate = "42703"


class UndefinedFunction(ServerError):
    sqlstate = "42883"


class UndefinedObject(ServerError):
    sqlstate = "42704"


class InvalidParameterValue(ServerError):
    sqlstate = "22023"


class InvalidTextRepresentation(ServerError):
    sqlstate = "22P02"


class FeatureNotSupported(ServerError):
    sqlstate = "0A000"


class ChangedResultType(FeatureNotSupported):
    routine = "RevalidateCachedQuery"


class ProtocolViolation(ServerError):
    sqlstate = "08P01"


class InvalidAuthorization(ServerError):
    sqlstate = "28000"


class InsufficientPrivilege(ServerError):
    sqlstate = "42501"


class InvalidCatalogName(ServerError):
    sqlstate = "3D000"


class InvalidStatementName(ServerError):
    sqlstate = "26000"


class InvalidCursorName(ServerError):
    sqlstate = "34000"


class FailedTransaction(ServerError):
    sqlstate = "25P02"


class ActiveTransaction(ServerError):
    sqlstate = "25001"


class SerializationFailure(ServerError):
    sqlstate = "40001"


class BudgetExceeded(ServerError):
    sqlstate = "53400"


class DiskFull(ServerError):
    sqlstate = "53100"


class QueryCanceled(ServerError):
    sqlstate = "57014"

    def __init__(self, message: str = "canceling statement due to user request") -> None:
        super().__init__(message)


class IdleInTransactionTimeout(ServerError):
    sqlstate = "25P03"
    severity = "FATAL"


class IdleSessionTimeout(ServerError):
    sqlstate = "57P05"
    severity = "FATAL"


class AdminShutdown(ServerError):
    sqlstate = "57P01"
    severity = "FATAL"


class ModelUnreachable(ServerError):
    sqlstate = "58030"


class ModelCallFailed(ServerError):
    sqlstate = "58030"


class OutOfTime(ModelCallFailed):
    """Another statement, with more time, may still get the answer."""


class ConfigurationFault(ServerError):
    """A file or setting the administrator wrote is wrong. The message names file and line."""

    sqlstate = "F0000"
