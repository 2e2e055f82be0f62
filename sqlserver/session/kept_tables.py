"""Tables kept in a file until they are all there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

import pyarrow as pa


class KeptTables:
    """Tables of one schema in a file without a name: it goes with the last one who has it open."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def add(self, table: pa.Table) -> None:
        if not table.num_rows:
            return
        if self._file is None or self._writer is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - ``close`` closes it
            self._writer = pa.ipc.new_stream(self._file, table.schema)
        self._writer.write_table(table)

    def tables(self, at_once: int | None) -> Iterator[pa.Table]:
        """All rows in tables of about ``at_once`` bytes; None: in one."""
        if self._file is None or self._writer is None:
            return
        self._writer.close()
        self._file.seek(0)
        batches: list[pa.RecordBatch] = []
        size = 0
        for batch in pa.ipc.open_stream(self._file):
            batches.append(batch)
            size += batch.nbytes
            if at_once is not None and size >= at_once:
                yield pa.Table.from_batches(batches)
                batches, size = [], 0
        if batches:
            yield pa.Table.from_batches(batches)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
