"""The extended query protocol: what the front end itself must remember of statements and portals between messages.

That is the parameter types the client gave at Parse and the result formats it gave at Bind; all else is the session's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlserver.core.client_session import ClientSession
from sqlserver.core.result import Column
from sqlserver.wire import messages as m
from sqlserver.wire.channel import Channel
from sqlserver.wire.copy_in import receive_copy
from sqlserver.wire.copy_out import send_copy
from sqlserver.wire.parameters import decode_parameters, expanded_formats, needs_types
from sqlserver.wire.result_stream import row_description, row_encoder, send_result
from sqlserver.wire.row_encoder import RowEncoder

_MAX_REMEMBERED = 4096  # statements; one that was forgotten is described again


@dataclass(slots=True)
class _Portal:
    """``encoder`` is made when the portal first runs and kept for the rows after a suspension."""

    result_formats: tuple[int, ...]
    encoder: RowEncoder | None = None


class ExtendedQuery:
    def __init__(self, channel: Channel, session: ClientSession) -> None:
        self._channel = channel
        self._session = session
        self._parameter_oids: dict[str, tuple[int, ...]] = {}
        self._portals: dict[str, _Portal] = {}

    def forget_portals(self) -> None:
        """A transaction ended: its portals are gone."""
        self._portals.clear()

    async def parse(self, message: m.Parse) -> None:
        self._parameter_oids.pop(message.statement, None)
        await self._session.parse(message.statement, message.sql, message.parameter_oids)
        while len(self._parameter_oids) >= _MAX_REMEMBERED:
            del self._parameter_oids[next(iter(self._parameter_oids))]
        self._parameter_oids[message.statement] = message.parameter_oids
        self._channel.send(m.ParseComplete())

    async def bind(self, message: m.Bind) -> None:
        oids = self._parameter_oids.get(message.statement)
        if needs_types(message, oids):
            description = await self._session.describe_statement(message.statement)
            oids = tuple(one.oid for one in description.parameters)
            self._parameter_oids[message.statement] = oids
        parameters = decode_parameters(message, oids or ())
        await self._session.bind(message.portal, message.statement, parameters)
        self._portals[message.portal] = _Portal(message.result_formats)
        self._channel.send(m.BindComplete())

    async def describe_statement(self, message: m.DescribeStatement) -> None:
        description = await self._session.describe_statement(message.name)
        self._channel.send(m.ParameterDescription(tuple(one.oid for one in description.parameters)))
        self._describe(description.columns, ())

    async def describe_portal(self, message: m.DescribePortal) -> None:
        columns = await self._session.describe_portal(message.name)
        self._describe(columns, self._result_formats(message.name))

    def _describe(self, columns: tuple[Column, ...] | None, formats: tuple[int, ...]) -> None:
        if columns is None:
            self._channel.send(m.NoData())
        else:
            self._channel.send(row_description(columns, expanded_formats(formats, len(columns))))

    async def execute(self, message: m.Execute) -> None:
        result = await self._session.execute(message.portal)
        if result.copy_in is not None:
            self._channel.send(m.CommandComplete((await receive_copy(self._channel, result.copy_in)).text))
            return
        if result.copy_out is not None:
            await send_copy(self._channel, result, result.copy_out, self._session.output_style())
            return
        encoder = None
        if result.columns is not None:
            # Portals that SQL declared (DECLARE … CURSOR) are not known here; they send text.
            portal = self._portals.setdefault(message.portal, _Portal(()))
            if portal.encoder is None:
                formats = expanded_formats(portal.result_formats, len(result.columns))
                portal.encoder = row_encoder(self._session, result.columns, formats)
            encoder = portal.encoder
        await send_result(self._channel, result, encoder, message.row_limit or None)

    def _result_formats(self, portal: str) -> tuple[int, ...]:
        known = self._portals.get(portal)
        return () if known is None else known.result_formats

    async def close_statement(self, message: m.CloseStatement) -> None:
        self._parameter_oids.pop(message.name, None)
        await self._session.close_statement(message.name)
        self._channel.send(m.CloseComplete())

    async def close_portal(self, message: m.ClosePortal) -> None:
        self._portals.pop(message.name, None)
        await self._session.close_portal(message.name)
        self._channel.send(m.CloseComplete())

    HANDLERS: ClassVar[dict[type, Callable[[ExtendedQuery, Any], Awaitable[None]]]] = {
        m.Parse: parse,
        m.Bind: bind,
        m.DescribeStatement: describe_statement,
        m.DescribePortal: describe_portal,
        m.Execute: execute,
        m.CloseStatement: close_statement,
        m.ClosePortal: close_portal,
    }
