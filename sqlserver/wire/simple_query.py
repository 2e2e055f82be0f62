"""The simple query protocol: one text, any number of statements, a result each."""

from __future__ import annotations

from sqlserver.core.client_session import ClientSession
from sqlserver.core.result import Result
from sqlserver.wire.channel import Channel
from sqlserver.wire.copy_in import receive_copy
from sqlserver.wire.copy_out import send_copy
from sqlserver.wire.messages import CommandComplete, Query
from sqlserver.wire.result_stream import row_description, row_encoder, send_result


async def run_simple_query(channel: Channel, session: ClientSession, message: Query) -> None:
    async def deliver(result: Result) -> None:
        if result.copy_in is not None:
            channel.send(CommandComplete((await receive_copy(channel, result.copy_in)).text))
            return
        if result.copy_out is not None:
            await send_copy(channel, result, result.copy_out, session.output_style())
            return
        encoder = None
        if result.columns is not None:
            formats = (0,) * len(result.columns)
            channel.send(row_description(result.columns, formats))
            encoder = row_encoder(session, result.columns, formats)
        await send_result(channel, result, encoder)
        await channel.relieve()

    await session.simple_query(message.sql, deliver)
