"""A query put together from a command's own text and pieces of the client's."""

from __future__ import annotations

import pyarrow as pa

from sqlserver.commands.command import CommandContext
from sqlserver.commands.statement_reader import SqlPart
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import ServerError


class ComposedQuery:
    """Its parameters are numbered through; an error is told at the place in the client's text."""

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._parameters: list[BoundParameter] = []
        self._parts: list[tuple[int, str, int]] = []

    def add(self, before: str, part: SqlPart | None = None, after: str = "") -> None:
        self._text += f" {before}" if self._text else before
        if part is not None:
            text = part.text(len(self._parameters) + 1)
            self._parts.append((len(self._text), text, part.start))
            self._text += text + after
            self._parameters += part.parameters

    async def run(self, context: CommandContext) -> pa.Table:
        try:
            return await context.select(self._text, self._parameters)
        except ServerError as error:
            error.position = self._client_position(error.position)
            raise

    def _client_position(self, position: int | None) -> int | None:
        for start, text, client_start in self._parts:
            if position is not None and start < position <= start + len(text):
                return position - start + client_start
        return None
