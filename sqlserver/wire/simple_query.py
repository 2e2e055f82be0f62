"""The simple query protocol: one text, any number of statements, a result each."""

from __future__ import annotations

from sqlserver.core.client_session import ClientSession
from sqlserver.wire.channel import Channel
from sqlserver.wire.messages import EmptyQueryResponse, Query
from sqlserver.wire.result_stream import row_description, row_encoder, send_result


async def run_simple_query(channel: Channel, session: ClientSession, message: Query) -> None:
    results = session.simple_query(message.sql)
    answered = False
    try:
        async for result in results:
            answered = True
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
