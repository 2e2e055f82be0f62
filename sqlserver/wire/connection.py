"""One client's connection from its first byte to its last: one task, one message after the other.

Whatever goes wrong in a statement becomes an ErrorResponse here; this is the session's edge. Only errors of severity
FATAL, a lost client and Terminate end the loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlserver.core.client_session import Client, ClientSession, SessionFactory, StartupRequest, TransactionStatus
from sqlserver.core.errors import AdminShutdown, FeatureNotSupported, ServerError
from sqlserver.core.notice import Notice
from sqlserver.core.notification import Notification
from sqlserver.wire import messages as m
from sqlserver.wire.admission import Admission
from sqlserver.wire.authentication import EntryRules, FailureDelays
from sqlserver.wire.cancel import BackendKey, CancelRegistry
from sqlserver.wire.channel import Channel, ConnectionLost
from sqlserver.wire.connection_state import ConnectionState, advance
from sqlserver.wire.decoder import BrokenStream, decode_frame
from sqlserver.wire.extended_query import ExtendedQuery
from sqlserver.wire.handshake import agree, receive_startup
from sqlserver.wire.idle_watch import IdleWatch
from sqlserver.wire.reports import error_response, internal_error, notice_response
from sqlserver.wire.simple_query import run_simple_query

_log = logging.getLogger(__name__)

_SYNC, _TERMINATE = ord("S"), ord("X")
_UNTOLD = 10_000  # notifications that wait for a client in a long transaction; the oldest are lost beyond it
_ENDS_ITSELF = frozenset(b"QFS")  # messages whose error is followed by ReadyForQuery
_COPY = frozenset(b"dcf")
_READY = {status: m.ReadyForQuery(status.value) for status in TransactionStatus}
_SHUTDOWN = "terminating connection due to administrator command"


@dataclass(frozen=True, slots=True)
class ConnectionContext:
    """What all connections of a server share."""

    factory: SessionFactory
    cancels: CancelRegistry
    admission: Admission
    max_message_bytes: int
    rules: EntryRules
    delays: FailureDelays


class Connection:
    def __init__(self, channel: Channel, context: ConnectionContext) -> None:
        self._channel = channel
        self._context = context
        self._state = ConnectionState.STARTING
        self._session: ClientSession
        self._extended: ExtendedQuery
        self._reported: Mapping[str, str] = {}
        self._leaving = False
        self._untold: deque[Notification] = deque(maxlen=_UNTOLD)
        self._cancel: Callable[[ServerError], None] = lambda fault: None
        self._idle = IdleWatch(channel.interrupt)

    def shut_down(self, *, now: bool) -> None:
        """Ends with 57P01: an idle client at once, a working one after its statement, which ``now`` cancels."""
        self._leaving = True
        fault = AdminShutdown(_SHUTDOWN)
        if now or self._state is not ConnectionState.WORKING:
            self._channel.interrupt(fault)
        if now:
            self._cancel(fault)

    async def run(self) -> None:
        """Returns when the connection is over; raises nothing but CancelledError."""
        try:
            await self._talk()
        except ConnectionLost:
            _log.debug("client went away")
        except ServerError as fault:
            self._channel.send(error_response(fault, fatal=True))
        except Exception as fault:  # noqa: BLE001 - the edge: a bug must reach the log, and only the log
            self._channel.send(error_response(internal_error(fault), fatal=True))
        finally:
            self._idle.stop()
            self._state = advance(self._state, ConnectionState.CLOSED)
            if self._channel.dropped_notices:
                _log.warning("%d notices dropped: the client did not read", self._channel.dropped_notices)
            self._channel.close()

    async def _talk(self) -> None:
        channel, context = self._channel, self._context
        timeout = asyncio.get_running_loop().call_later(context.rules.timeout, channel.abort)
        try:
            arrival = await receive_startup(channel, context.cancels, context.rules)
            if arrival is None:
                return
            self._state = advance(self._state, ConnectionState.OPENING)
            with context.admission.admitted(channel.peer):
                minor, request = await agree(channel, arrival, context.rules, context.delays)
                timeout.cancel()
                with context.admission.user_admitted(request.user):
                    await self._serve(minor, request)
        finally:
            timeout.cancel()

    def _cancel_session(self) -> None:
        self._session.cancel()

    async def _serve(self, minor: int, request: StartupRequest) -> None:
        # A key that the client has not been told cannot be used before there is a session to cancel.
        key = self._context.cancels.register(minor, self._cancel_session)
        try:
            client = Client(
                self._channel.peer,
                self._channel.peer_port,
                terminate=partial(self.shut_down, now=True),
                notified=self._notified,
            )
            request = replace(request, process_id=key.process_id, client=client)
            self._session = await self._context.factory.open_session(request, self._send_notice)
            try:
                await self._converse(key)
            finally:
                await self._close_session()
        finally:
            self._context.cancels.unregister(key)

    async def _close_session(self) -> None:
        try:
            await self._session.close()
        except Exception:  # noqa: BLE001 - the client has gone already; the other sessions go on
            _log.exception("closing a session failed")

    def _send_notice(self, notice: Notice) -> None:
        self._channel.send_notice(notice_response(notice))

    def _notified(self, notification: Notification) -> None:
        """Told at once to a client that waits outside a transaction, to another when it comes to that."""
        self._channel.dropped_notices += len(self._untold) == _UNTOLD
        self._untold.append(notification)
        if self._state is ConnectionState.READY and self._session.transaction_status is TransactionStatus.IDLE:
            self._tell()
            self._channel.flush()

    def _tell(self) -> None:
        for one in self._untold:
            self._channel.send(m.NotificationResponse(one.process_id, one.channel, one.payload))
        self._untold.clear()

    # ---- the conversation ----

    async def _converse(self, key: BackendKey) -> None:
        channel, session = self._channel, self._session
        self._extended = ExtendedQuery(channel, session)
        channel.decoder.limit = self._context.max_message_bytes
        self._cancel = session.cancel
        channel.on_lost = session.cancel
        self._send_ready(key)
        while True:
            kind, body = await channel.next_frame()
            if kind == _TERMINATE:
                return
            if self._state is ConnectionState.SKIPPING and kind != _SYNC:
                continue
            if kind in _COPY:  # of a COPY that failed: the client had not read of it yet
                continue
            await self._answer(kind, body)

    async def _answer(self, kind: int, body: bytes) -> None:
        if self._state is not ConnectionState.WORKING:
            self._idle.stop()
            self._state = advance(self._state, ConnectionState.WORKING)
        try:
            await self._handle(decode_frame(kind, body))
        except ConnectionLost:
            raise
        except ServerError as fault:
            await self._report(fault)
            self._after_error(kind)
        except Exception as fault:  # noqa: BLE001 - the edge: the client gets XX000 and a number, the log the rest
            await self._report(internal_error(fault))
            self._after_error(kind)
        else:
            if kind in _ENDS_ITSELF:
                self._send_ready()
        if self._state is ConnectionState.WORKING:
            await self._channel.relieve()

    def _after_error(self, kind: int) -> None:
        if kind in _ENDS_ITSELF:
            self._send_ready()
        else:
            self._state = advance(self._state, ConnectionState.SKIPPING)
            self._channel.flush()

    async def _report(self, fault: ServerError) -> None:
        if fault.severity == "FATAL":
            raise fault
        self._channel.send(error_response(fault))
        await self._session.fail()

    async def _handle(self, message: m.FrontendMessage) -> None:
        handler = ExtendedQuery.HANDLERS.get(type(message))
        if handler is not None:
            await handler(self._extended, message)
            return
        match message:
            case m.Query():
                await run_simple_query(self._channel, self._session, message)
            case m.Sync():
                await self._session.sync()
            case m.Flush():
                self._channel.flush()
                await self._channel.drain()
            case m.FunctionCall():
                raise FeatureNotSupported("function calls over the fast path are not supported")
            case _:
                raise BrokenStream(f"invalid frontend message type {ord('p')}")

    def _send_ready(self, key: BackendKey | None = None) -> None:
        """ReadyForQuery, with the settings that changed before it; ``key`` at the start only."""
        current = self._session.parameters()
        if current is not self._reported:
            for name, value in current.items():
                if self._reported.get(name) != value:
                    self._channel.send(m.ParameterStatus(name, value))
            self._reported = current
        if key is not None:
            self._channel.send(m.BackendKeyData(key.process_id, key.secret_key))
        status = self._session.transaction_status
        if status is TransactionStatus.IDLE and key is None:
            self._extended.forget_portals()
        if self._untold and status is TransactionStatus.IDLE:
            self._tell()
        self._channel.send(_READY[status])
        self._channel.flush()
        self._state = advance(self._state, ConnectionState.READY)
        self._idle.start(self._session.idle_limit())
        if self._leaving:
            self._channel.interrupt(AdminShutdown(_SHUTDOWN))
