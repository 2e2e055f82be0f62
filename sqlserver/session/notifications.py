"""LISTEN and NOTIFY: who listens to which channel, and what a transaction has to tell when it commits.

Channels are a database's own. Nothing is kept for those who listen later, nor beyond the process.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlserver.core.errors import InvalidParameterValue
from sqlserver.core.notification import Notification, NotificationSink

_LONGEST_CHANNEL = 63
_LONGEST_PAYLOAD = 7999  # bytes, as PostgreSQL's default


class Exchange:
    """Shared by all sessions, used on the event loop."""

    def __init__(self) -> None:
        self._listeners: dict[tuple[str, str], dict[Notifications, None]] = {}

    def add(self, database: str, channel: str, listener: Notifications) -> None:
        self._listeners.setdefault((database, channel), {})[listener] = None

    def remove(self, database: str, channel: str, listener: Notifications) -> None:
        there = self._listeners.get((database, channel))
        if there is not None:
            there.pop(listener, None)
            if not there:
                del self._listeners[database, channel]

    def send(self, database: str, notifications: Iterable[Notification]) -> None:
        for one in notifications:
            for listener in tuple(self._listeners.get((database, one.channel), ())):
                listener.deliver(one)


class Notifications:
    """One session's: a participant of its transaction. What it was told to do is done at the commit."""

    def __init__(self, exchange: Exchange, database: str, process_id: int, deliver: NotificationSink) -> None:
        self._exchange = exchange
        self._database = database
        self._process_id = process_id
        self.deliver = deliver
        self._channels: dict[str, None] = {}
        self._changes: list[tuple[bool, str]] = []
        self._told: dict[Notification, None] = {}

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(self._channels)

    def listen(self, channel: str) -> None:
        self._changes.append((True, channel))

    def unlisten(self, channel: str) -> None:
        """``*`` is every channel."""
        self._changes.append((False, channel))

    def notify(self, channel: str, payload: str) -> None:
        """The same twice is told once. 22023 for what PostgreSQL refuses."""
        if not channel:
            raise InvalidParameterValue("channel name cannot be empty")
        if len(channel.encode()) > _LONGEST_CHANNEL:
            raise InvalidParameterValue("channel name too long")
        if len(payload.encode()) > _LONGEST_PAYLOAD:
            raise InvalidParameterValue("payload string too long")
        self._told[Notification(self._process_id, channel, payload)] = None

    def close(self) -> None:
        self._unlisten("*")

    # ---- a participant of the transaction ----

    def begin(self) -> None:
        self._changes.clear()
        self._told.clear()

    async def commit(self) -> None:
        for listens, channel in self._changes:
            if listens:
                self._channels[channel] = None
                self._exchange.add(self._database, channel, self)
            else:
                self._unlisten(channel)
        told = tuple(self._told)
        self.begin()
        self._exchange.send(self._database, told)

    def rollback(self) -> None:
        self.begin()

    def savepoint(self) -> object:
        return list(self._changes), dict(self._told)

    def rollback_to(self, moment: Any) -> None:
        changes, told = moment
        self._changes, self._told = list(changes), dict(told)

    def _unlisten(self, channel: str) -> None:
        for one in self.channels if channel == "*" else (channel,):
            self._channels.pop(one, None)
            self._exchange.remove(self._database, one, self)
