"""Rows free what they need exactly once, whatever becomes of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pyarrow as pa
import pytest

from sqlserver.core.result import Rows


async def batches(*, fails: bool) -> AsyncIterator[pa.RecordBatch]:
    yield pa.RecordBatch.from_pydict({"n": [1, 2]})
    if fails:
        raise ValueError("broken")


@pytest.mark.parametrize("taken", [0, 1, 2])
@pytest.mark.parametrize("fails", [False, True])
async def test_what_rows_need_is_freed_once(taken: int, fails: bool) -> None:
    freed: list[str] = []

    async def free(what: str) -> None:
        freed.append(what)

    rows = Rows(batches(fails=fails)).when_done(lambda: free("first")).when_done(lambda: free("last"))
    for number in range(taken):
        if fails and number:
            with pytest.raises(ValueError, match="broken"):
                await rows.take()
        else:
            await rows.take()
    assert freed == (["last", "first"] if taken == 2 else [])
    await rows.close()
    await rows.close()
    assert freed == ["last", "first"]
