"""The messages of PostgreSQL's frontend/backend protocol 3 as values; bytes are the decoder's and encoder's matter.

Source of names and fields: PostgreSQL documentation, "Message Formats". Strings are decoded UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# ---- frontend, start-up phase ----


@dataclass(frozen=True, slots=True)
class SslRequest:
    pass


@dataclass(frozen=True, slots=True)
class GssEncRequest:
    pass


@dataclass(frozen=True, slots=True)
class CancelRequest:
    process_id: int
    secret_key: bytes


@dataclass(frozen=True, slots=True)
class StartupMessage:
    """``minor`` is the protocol's minor version; the major one is 3, others never get this far."""

    minor: int
    parameters: Mapping[str, str]


StartupPacket = SslRequest | GssEncRequest | CancelRequest | StartupMessage

# ---- frontend, normal phase ----


@dataclass(frozen=True, slots=True)
class Query:
    sql: str


@dataclass(frozen=True, slots=True)
class Parse:
    statement: str
    sql: str
    parameter_oids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bind:
    """``parameter_formats`` and ``result_formats`` hold no, one or as many codes as values (0 text, 1 binary)."""

    portal: str
    statement: str
    parameter_formats: tuple[int, ...]
    parameters: tuple[bytes | None, ...]
    result_formats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DescribeStatement:
    name: str


@dataclass(frozen=True, slots=True)
class DescribePortal:
    name: str


@dataclass(frozen=True, slots=True)
class Execute:
    """``row_limit`` 0 means all rows."""

    portal: str
    row_limit: int


@dataclass(frozen=True, slots=True)
class CloseStatement:
    name: str


@dataclass(frozen=True, slots=True)
class ClosePortal:
    name: str


@dataclass(frozen=True, slots=True)
class Flush:
    pass


@dataclass(frozen=True, slots=True)
class Sync:
    pass


@dataclass(frozen=True, slots=True)
class Terminate:
    pass


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """Fast-path call. Only its function is of interest: the answer is an error."""

    function_oid: int


@dataclass(frozen=True, slots=True)
class PasswordMessage:
    """PasswordMessage, SASLInitialResponse, SASLResponse or GSSResponse: the authentication exchange tells which."""

    body: bytes


@dataclass(frozen=True, slots=True)
class CopyData:
    """Sent both ways."""

    data: bytes


@dataclass(frozen=True, slots=True)
class CopyDone:
    """Sent both ways."""


@dataclass(frozen=True, slots=True)
class CopyFail:
    message: str


FrontendMessage = (
    Query
    | Parse
    | Bind
    | DescribeStatement
    | DescribePortal
    | Execute
    | CloseStatement
    | ClosePortal
    | Flush
    | Sync
    | Terminate
    | FunctionCall
    | PasswordMessage
    | CopyData
    | CopyDone
    | CopyFail
)

# ---- backend ----


@dataclass(frozen=True, slots=True)
class EncryptionRefused:
    """The single byte ``N`` that answers SSLRequest and GSSENCRequest."""


@dataclass(frozen=True, slots=True)
class EncryptionAccepted:
    """The single byte ``S`` that answers SSLRequest; the TLS handshake follows."""


@dataclass(frozen=True, slots=True)
class AuthenticationOk:
    pass


@dataclass(frozen=True, slots=True)
class AuthenticationSasl:
    """The mechanisms to choose from, the preferred one first."""

    mechanisms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthenticationSaslContinue:
    data: bytes


@dataclass(frozen=True, slots=True)
class AuthenticationSaslFinal:
    data: bytes


@dataclass(frozen=True, slots=True)
class NegotiateProtocolVersion:
    """``minor`` is the newest minor version spoken here; ``unknown_options`` are ``_pq_.`` names not understood."""

    minor: int
    unknown_options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParameterStatus:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class BackendKeyData:
    process_id: int
    secret_key: bytes


@dataclass(frozen=True, slots=True)
class ReadyForQuery:
    """``status`` is I, T or E."""

    status: str


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """One column of a RowDescription. ``format`` is 0 text, 1 binary."""

    name: str
    type_oid: int
    type_size: int
    type_modifier: int = -1
    format: int = 0
    table_oid: int = 0
    column_number: int = 0


@dataclass(frozen=True, slots=True)
class RowDescription:
    fields: tuple[FieldDescription, ...]


@dataclass(frozen=True, slots=True)
class ParameterDescription:
    type_oids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CommandComplete:
    tag: str


@dataclass(frozen=True, slots=True)
class ParseComplete:
    pass


@dataclass(frozen=True, slots=True)
class BindComplete:
    pass


@dataclass(frozen=True, slots=True)
class CloseComplete:
    pass


@dataclass(frozen=True, slots=True)
class NoData:
    pass


@dataclass(frozen=True, slots=True)
class EmptyQueryResponse:
    pass


@dataclass(frozen=True, slots=True)
class PortalSuspended:
    pass


@dataclass(frozen=True, slots=True)
class CopyInResponse:
    """``format`` 0 text (csv too), 1 binary: of the whole and of each of the columns."""

    format: int
    columns: int


@dataclass(frozen=True, slots=True)
class CopyOutResponse:
    format: int
    columns: int


@dataclass(frozen=True, slots=True)
class Report:
    """The fields that ErrorResponse and NoticeResponse share. ``position`` counts characters from 1."""

    severity: str
    sqlstate: str
    message: str
    detail: str | None = None
    hint: str | None = None
    position: int | None = None
    routine: str | None = None
    context: str | None = None
    schema_name: str | None = None
    table_name: str | None = None
    column_name: str | None = None
    constraint_name: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorResponse(Report):
    pass


@dataclass(frozen=True, slots=True)
class NoticeResponse(Report):
    pass


@dataclass(frozen=True, slots=True)
class NotificationResponse:
    process_id: int
    channel: str
    payload: str


BackendMessage = (
    EncryptionRefused
    | EncryptionAccepted
    | AuthenticationOk
    | AuthenticationSasl
    | AuthenticationSaslContinue
    | AuthenticationSaslFinal
    | NegotiateProtocolVersion
    | ParameterStatus
    | BackendKeyData
    | ReadyForQuery
    | RowDescription
    | ParameterDescription
    | CommandComplete
    | ParseComplete
    | BindComplete
    | CloseComplete
    | NoData
    | EmptyQueryResponse
    | PortalSuspended
    | CopyInResponse
    | CopyOutResponse
    | CopyData
    | CopyDone
    | ErrorResponse
    | NoticeResponse
    | NotificationResponse
)
