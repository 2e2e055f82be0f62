"""Answers by cache key: what ClickHouse holds, and what is in the spool and not there yet."""

from __future__ import annotations

from collections.abc import Iterable

from sqlserver.core.call_log import CachedAnswer
from sqlserver.store.clickhouse import ClickHouse

_CHUNK = 10_000

_FIND = """
SELECT cache_key, argMax(trace_id, timestamp) AS trace, argMax(output, timestamp) AS answer
FROM answer_cache
WHERE cache_key IN {keys:Array(String)}
GROUP BY cache_key
"""


class AnswerCache:
    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse
        self._spooled: dict[str, CachedAnswer] = {}
        self._key_of: dict[str, str] = {}

    def hold(self, answer: CachedAnswer) -> None:
        """Until ``release``: the answer is in the spool only."""
        self._spooled[answer.cache_key] = answer
        self._key_of[answer.trace_id] = answer.cache_key

    def release(self, trace_ids: Iterable[str]) -> None:
        """ClickHouse holds these now."""
        for trace_id in trace_ids:
            key = self._key_of.pop(trace_id, None)
            if key is not None and key in self._spooled and self._spooled[key].trace_id == trace_id:
                del self._spooled[key]

    async def find(self, keys: Iterable[str]) -> dict[str, CachedAnswer]:
        """The newest answer of each key that has one."""
        wanted = list(dict.fromkeys(keys))
        found = {key: self._spooled[key] for key in wanted if key in self._spooled}
        missing = [key for key in wanted if key not in found]
        for start in range(0, len(missing), _CHUNK):
            table = await self._clickhouse.query_arrow(_FIND, {"keys": missing[start : start + _CHUNK]})
            for row in table.to_pylist():
                found[row["cache_key"]] = CachedAnswer(row["cache_key"], row["trace"], row["answer"])
        return found
