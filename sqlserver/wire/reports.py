"""Errors and notices as the client sees them, and the log record of those it must not see."""

from __future__ import annotations

import logging
import secrets

from sqlserver.core.errors import ServerError
from sqlserver.core.notice import Notice
from sqlserver.wire.messages import ErrorResponse, NoticeResponse

_log = logging.getLogger(__name__)


def error_response(error: ServerError, *, fatal: bool = False) -> ErrorResponse:
    return ErrorResponse(
        "FATAL" if fatal else error.severity,
        error.sqlstate,
        error.message,
        error.detail,
        error.hint,
        error.position,
        error.routine,
        error.context,
        error.schema_name,
        error.table_name,
        error.column_name,
        error.constraint_name,
    )


def notice_response(notice: Notice) -> NoticeResponse:
    return NoticeResponse(notice.severity, notice.sqlstate, notice.message, notice.detail, notice.hint)


def internal_error(fault: Exception) -> ServerError:
    """What a bug becomes: nothing of it but a number that leads to the log record."""
    incident = secrets.token_hex(6)
    _log.error("incident %s: unexpected %s", incident, type(fault).__name__, exc_info=fault)
    return ServerError("internal error", detail=f"Incident {incident} in the server's log tells what happened.")
