"""The simple query protocol: one text, any number of statements, a result each."""

from __future__ import annotations

from sqlserver.core.client_session import ClientSession
from sqlserver.wire.channel import Channel
from sqlserver.wire.copy_in import receive_copy
from sqlserver.wire.copy_out import send_copy
from sqlserver.wire.messages import CommandComplete, EmptyQueryResponse, Query
from sqlserver.wire.result_stream import row_description, row_encoder, send_result


async def run_simple_query(channel: Channel, session: ClientSession, message: Query) -> None:
    results = session.simple_query(message.sql)
    answered = False
    try:
        async for result in results:
            answered = True
            if result.copy_in is not None:
                channel.send(CommandComplete((await receive_copy(channel, result.copy_in)).text))
                continue
            if result.copy_out is not None:
                await send_copy(channel, result, result.copy_out, session.output_style())
                continue
            encoder = None
            if result.columns is not None:
                formats = (0,) * len(result.columns)
                channel.send(row_description(result.columns, formats))
                encoder = row_encoder(session, result.columns, formats)
            await send_result(channel, result, encoder)
            await channel.relieve()
    finally:
        close = getattr(results, "aclose", None)
        if close is not None:
            await close()
    if not answered:
        channel.send(EmptyQueryResponse())
