"""The sessions that are open: who they are and what they do, for ``pg_stat_activity``, and how others end them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlserver.core.client_session import TransactionStatus
from sqlserver.core.errors import InsufficientPrivilege
from sqlserver.core.notice import Notice
from sqlserver.core.roles import Role
from sqlserver.plan.catalog import Backend

if TYPE_CHECKING:
    from sqlserver.session.state import SessionState

CANCEL, TERMINATE = "pg_cancel_backend", "pg_terminate_backend"
_SHOWN = 1024  # characters of a statement, PostgreSQL's track_activity_query_size
_STATES = {
    TransactionStatus.IDLE: "idle",
    TransactionStatus.ACTIVE: "idle in transaction",
    TransactionStatus.FAILED: "idle in transaction (aborted)",
}
_DENIED = {
    (CANCEL, True): "must be a superuser to cancel superuser query",
    (CANCEL, False): "must be a member of the role whose query is being canceled or member of pg_signal_backend",
    (TERMINATE, True): "must be a superuser to terminate superuser process",
    (TERMINATE, False): "must be a member of the role whose process is being terminated or member of pg_signal_backend",
}


class Backends:
    """Shared by all sessions, used on the event loop. A session without a client has no process id and is left out."""

    def __init__(self) -> None:
        self._open: dict[int, SessionState] = {}

    def add(self, state: SessionState) -> None:
        if state.process_id:
            self._open[state.process_id] = state

    def remove(self, state: SessionState) -> None:
        self._open.pop(state.process_id, None)

    def shown_to(self, viewer: SessionState) -> Iterator[Backend]:
        """What another user's session does is an administrator's to know."""
        admin = viewer.authority.role() is Role.ADMIN
        for state in self._open.values():
            yield _backend(state, told=admin or state.db_user == viewer.db_user)

    def signal(self, kind: str, process_id: int, sender: SessionState) -> bool:
        """``pg_cancel_backend`` or ``pg_terminate_backend``: whether it was sent. 42501 for another user's session."""
        state = self._open.get(process_id)
        if state is None:
            sender.notify(Notice(f"PID {process_id} is not a PostgreSQL server process", "WARNING", "01000"))
            return False
        if sender.authority.role() is not Role.ADMIN and state.db_user != sender.db_user:
            raise InsufficientPrivilege(_DENIED[kind, state.authority.role() is Role.ADMIN])
        if kind == CANCEL:
            state.running.stop()
        else:
            state.client.terminate()
        return True


def _backend(state: SessionState, *, told: bool) -> Backend:
    running, transaction, client = state.running, state.transaction, state.client
    active = running.active
    in_transaction = active or transaction.status is not TransactionStatus.IDLE
    begun = transaction.began if transaction.open or transaction.status is not TransactionStatus.IDLE else running.began
    return Backend(
        process_id=state.process_id,
        user=state.db_user,
        database=state.database,
        application_name=state.settings.get("application_name"),
        client_address=client.address or None if told else None,
        client_port=client.port if told else None,
        backend_start=_moment(client.since) if told else None,
        xact_start=_moment(begun) if told and in_transaction else None,
        query_start=_moment(running.began) if told and running.began else None,
        state_change=_moment(running.began if active else running.ended or client.since) if told else None,
        state=("active" if active else _STATES[transaction.status]) if told else None,
        query=running.text[:_SHOWN] if told else "<insufficient privilege>",
        waits=told and not active,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
