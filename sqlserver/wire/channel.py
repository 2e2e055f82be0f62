"""A connection's bytes: an asyncio.Protocol that feeds the decoder, and an outgoing buffer with back-pressure.

One task reads and writes. What the client sends while a statement runs is read ahead up to a bound; beyond it
reading pauses, and the socket is polled so that a client that goes away is still noticed (unless what it sent before
fills the kernel's buffers too: then its farewell cannot arrive).
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections.abc import Callable

from sqlserver.wire.decoder import FrontendDecoder
from sqlserver.wire.encoder import encode
from sqlserver.wire.messages import BackendMessage, NoticeResponse

_WRITE_THRESHOLD = 64 * 1024  # bytes collected before a write without Sync or Flush
_READ_AHEAD = 1024 * 1024
_NOTICE_LIMIT = 4 * 1024 * 1024  # a client that does not read loses notices beyond this, never anything else
_FLUSH_DELAY = 0.05  # seconds that finished messages of a slow statement wait at most
_POLL_INTERVAL = 0.25  # seconds between looks for a hang-up while reading is paused
_CLOSE_DELAY = 5.0  # seconds a client has to read the last words


class ConnectionLost(Exception):
    """The client is gone; there is nobody to report to."""


class Channel(asyncio.Protocol):
    """``on_connect`` is called once there is a transport, ``on_lost`` once when the client is gone."""

    def __init__(self, on_connect: Callable[[Channel], None]) -> None:
        self.decoder = FrontendDecoder()
        self.on_lost: Callable[[], None] = lambda: None
        self.lost = False
        self.dropped_notices = 0
        self._on_connect = on_connect
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._out = bytearray()
        self._data_waiter: asyncio.Future[None] | None = None
        self._drain_waiter: asyncio.Future[None] | None = None
        self._interrupt: Exception | None = None
        self._writing_paused = False
        self._reading_paused = False
        self._flush_timer: asyncio.TimerHandle | None = None

    # ---- called by the event loop ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - create_server gives nothing else
        self._transport = transport
        self._on_connect(self)

    def data_received(self, data: bytes) -> None:
        self.decoder.feed(data)
        if self._data_waiter is not None:
            _wake(self._data_waiter)
        elif self.decoder.buffered > _READ_AHEAD and not self._reading_paused:
            self._reading_paused = True
            self._transport.pause_reading()
            self._loop.call_later(_POLL_INTERVAL, self._look_for_hang_up)

    def eof_received(self) -> bool:
        self._set_lost()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._set_lost()

    def pause_writing(self) -> None:
        self._writing_paused = True

    def resume_writing(self) -> None:
        self._writing_paused = False
        if self._drain_waiter is not None:
            _wake(self._drain_waiter)

    def _set_lost(self) -> None:
        if self.lost:
            return
        self.lost = True
        for waiter in (self._data_waiter, self._drain_waiter):
            if waiter is not None:
                _wake(waiter)
        self.on_lost()

    def _look_for_hang_up(self) -> None:
        if not self._reading_paused or self.lost:
            return
        sock: socket.socket = self._transport.get_extra_info("socket")
        if _hung_up(sock.fileno()):
            self._set_lost()
        else:
            self._loop.call_later(_POLL_INTERVAL, self._look_for_hang_up)

    # ---- reading ----

    async def next_packet(self) -> bytes:
        while (packet := self.decoder.next_packet()) is None:
            await self._more_data()
        return packet

    async def next_frame(self) -> tuple[int, bytes]:
        """Raises ConnectionLost, what ``interrupt`` was given, or the decoder's errors."""
        while True:
            if self._interrupt is not None:
                raise self._interrupt
            if self.lost:  # also with messages left: nobody waits for their answers
                raise ConnectionLost
            frame = self.decoder.next_frame()
            if frame is not None:
                return frame
            await self._more_data()

    async def _more_data(self) -> None:
        if self.lost:
            raise ConnectionLost
        if self._reading_paused:
            self._reading_paused = False
            self._transport.resume_reading()
        self._data_waiter = self._loop.create_future()
        try:
            await self._data_waiter
        finally:
            self._data_waiter = None

    def interrupt(self, error: Exception) -> None:
        """The next wait, for a message or for a client to read, raises ``error``, the present one at once."""
        self._interrupt = error
        for waiter in (self._data_waiter, self._drain_waiter):
            if waiter is not None:
                _wake(waiter)

    # ---- writing ----

    def send(self, message: BackendMessage) -> None:
        """Into the buffer; it leaves with ``flush``, when it is large, or a moment later."""
        self._out += encode(message)
        if self._flush_timer is None:
            self._flush_timer = self._loop.call_later(_FLUSH_DELAY, self._flush_late)

    def send_notice(self, notice: NoticeResponse) -> None:
        """Leaves in this turn of the event loop. Callable at any time, also while a statement runs."""
        if self.lost or len(self._out) + self._transport.get_write_buffer_size() > _NOTICE_LIMIT:
            self.dropped_notices += 1
            return
        if not self._out:
            self._loop.call_soon(self.flush)
        self._out += encode(notice)

    async def send_rows(self, rows: memoryview | bytes) -> None:
        """Waits while the client is slow, and lets other connections work meanwhile. Raises ConnectionLost."""
        if self.lost:
            raise ConnectionLost
        if len(self._out) + len(rows) < _WRITE_THRESHOLD:
            self._out += rows
            if self._flush_timer is None:
                self._flush_timer = self._loop.call_later(_FLUSH_DELAY, self._flush_late)
            return
        self.flush()
        self._transport.write(rows)
        await self.drain()
        await asyncio.sleep(0)

    def flush(self) -> None:
        if self._out and not self.lost:
            self._transport.write(bytes(self._out))
        self._out.clear()

    async def relieve(self) -> None:
        """Writes if much has been collected: called between the messages of a pipeline."""
        if len(self._out) > _WRITE_THRESHOLD or self._writing_paused or self.lost:
            self.flush()
            await self.drain()

    async def drain(self) -> None:
        """Until the client has read enough. Raises ConnectionLost, or what ``interrupt`` was given."""
        while self._writing_paused and not self.lost:
            if self._interrupt is not None:
                raise self._interrupt
            self._drain_waiter = self._loop.create_future()
            try:
                await self._drain_waiter
            finally:
                self._drain_waiter = None
        if self.lost:
            raise ConnectionLost

    def close(self) -> None:
        self.flush()
        if self._flush_timer is not None:
            self._flush_timer.cancel()
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._loop.call_later(_CLOSE_DELAY, self._transport.abort)

    def abort(self) -> None:
        self._transport.abort()

    @property
    def peer(self) -> str:
        """The client's address, empty where it has none."""
        name = self._transport.get_extra_info("peername")
        return str(name[0]) if isinstance(name, tuple) else ""

    @property
    def peer_port(self) -> int:
        """-1 where it has none."""
        name = self._transport.get_extra_info("peername")
        return int(name[1]) if isinstance(name, tuple) else -1

    @property
    def agreed_protocol(self) -> str | None:
        """What client and server agreed on by ALPN during the TLS handshake."""
        found = self._transport.get_extra_info("ssl_object")
        return None if found is None else found.selected_alpn_protocol()

    @property
    def from_this_machine(self) -> bool:
        """Whether the client's address is the one it reached the server at: only this machine has both."""
        name = self._transport.get_extra_info("sockname")
        return isinstance(name, tuple) and str(name[0]) == self.peer

    async def first_byte(self) -> int:
        """The next byte to come, left where it is."""
        while (byte := self.decoder.first_byte) is None:
            await self._more_data()
        return byte

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """The handshake, on the connection as it stands; all that follows is encrypted. ConnectionLost where it fails.

        What is buffered is taken for the handshake's beginning: nothing that came in the clear is ever read as if it
        had come through the tunnel.
        """
        early = self.decoder.take_all()
        starting = self._loop.create_task(self._loop.start_tls(self._transport, self, context, server_side=True))
        if early:
            await asyncio.sleep(0)  # the TLS layer is in place, and connected before the next callback
            self._loop.call_soon(_feed, self._transport.get_protocol(), early)
        try:
            transport = await starting
        except (OSError, ssl.SSLError) as error:
            self._set_lost()
            raise ConnectionLost from error
        if transport is None:  # the client went away during the handshake
            self._set_lost()
            raise ConnectionLost
        self._transport = transport

    def keep_alive(self) -> None:
        """Lets the kernel notice a peer that vanished without a word."""
        sock: socket.socket = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def _flush_late(self) -> None:
        self._flush_timer = None
        self.flush()


def _feed(protocol: asyncio.BaseProtocol, data: bytes) -> None:
    """As if the transport had received it."""
    assert isinstance(protocol, asyncio.BufferedProtocol)  # noqa: S101 - asyncio's TLS layer is one
    while data:
        buffer = memoryview(protocol.get_buffer(len(data)))
        count = min(len(buffer), len(data))
        buffer[:count] = data[:count]
        protocol.buffer_updated(count)
        data = data[count:]


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _hung_up(descriptor: int) -> bool:
    poll = select.poll()
    hang_up = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)  # the last one is Linux only
    poll.register(descriptor, hang_up)
    return bool(poll.poll(0))
