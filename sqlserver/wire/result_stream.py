"""One statement's result to the client: its rows, then the word that ends them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from sqlserver.core.client_session import ClientSession
from sqlserver.core.result import Column, Result, Rows
from sqlserver.wire.channel import Channel
from sqlserver.wire.encode_ahead import LARGE, EncodedAhead
from sqlserver.wire.messages import (
    CommandComplete,
    EmptyQueryResponse,
    FieldDescription,
    PortalSuspended,
    RowDescription,
)
from sqlserver.wire.row_encoder import RowEncoder


def row_description(columns: Sequence[Column], formats: Sequence[int]) -> RowDescription:
    return RowDescription(
        tuple(
            FieldDescription(
                column.name, column.type.oid, column.type.size, column.typmod, code, column.relation, column.number
            )
            for column, code in zip(columns, formats, strict=True)
        )
    )


def row_encoder(session: ClientSession, columns: Sequence[Column], formats: Sequence[int]) -> RowEncoder:
    return RowEncoder(columns, formats, session.output_style())


async def send_result(channel: Channel, result: Result, encoder: RowEncoder | None, limit: int | None = None) -> None:
    """``encoder`` is None where no rows are described. With a limit the portal stays open for more."""
    if result.empty_query:
        channel.send(EmptyQueryResponse())
        return
    sent, ended = 0, True
    if result.rows is not None and encoder is not None:
        try:
            sent, ended = await _send_rows(channel, result.rows, encoder, limit)
        except BaseException:
            await result.rows.close()
            raise
    channel.send(CommandComplete(result.tag.render(sent)) if ended else PortalSuspended())


async def _send_rows(channel: Channel, rows: Rows, encoder: RowEncoder, limit: int | None) -> tuple[int, bool]:
    """How many rows were sent, and whether those were all. A limit that is met exactly suspends, as in PostgreSQL."""
    sent = 0
    while limit is None or sent < limit:
        batch = await rows.take(None if limit is None else limit - sent)
        if batch is None:
            return sent, True
        if limit is None and batch.num_rows >= LARGE:
            return sent + await _send_ahead(channel, EncodedAhead(batch, rows, encoder)), True
        for piece in encoder.encode(batch):
            await channel.send_rows(piece)
        sent += batch.num_rows
    return sent, False


async def _send_ahead(channel: Channel, ahead: EncodedAhead) -> int:
    async with aclosing(ahead.pieces()) as pieces:
        async for piece in pieces:
            await channel.send_rows(piece)
    return ahead.sent
