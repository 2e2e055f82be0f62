"""Identifiers and hashes: UUIDv7 made by the server, SHA-256 over canonical JSON."""

from __future__ import annotations

import hashlib
import json
import math
import os
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal


class _Clock:
    """The last tick given out, so that no two identifiers of this process share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def tick(self) -> int:
        """Ticks of 250 ns since the epoch, strictly increasing: 4,000 a millisecond fit 12 bits."""
        with self._lock:
            self._last = max(time.time_ns() // 250, self._last + 1)
            return self._last


_clock = _Clock()


def uuid7() -> str:
    """A UUIDv7 (RFC 9562), strictly increasing within this process.

    48 bits of Unix milliseconds, then 12 bits of sub-millisecond fraction (method 3 of section 6.2), then random bits.
    """
    milliseconds, fraction = divmod(_clock.tick(), 4000)
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random
    return str(uuid.UUID(int=value))


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces: the same value is the same text. Raises TypeError for what JSON lacks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(*parts: str) -> str:
    """SHA-256 over length-prefixed parts, 32 hex digits: ("ab","c") and ("a","bc") differ."""
    sha = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        sha.update(len(raw).to_bytes(8))
        sha.update(raw)
    return sha.hexdigest()[:32]


def inputs_text(inputs: Mapping[str, object]) -> str:
    """The typed inputs as a person reads them: ``name: value`` lines with raw values (the ``user_input`` column)."""
    return "\n".join(
        f"{name}: {value if isinstance(value, str) else canonical_json(value)}" for name, value in inputs.items()
    )


def inputs_hash(inputs: Mapping[str, object]) -> str:
    """The ``input_hash`` of a call: the same for the same typed inputs, whatever the prompt or the model."""
    return digest(canonical_json(dict(inputs)))


def json_value(value: object) -> object:
    """An SQL value as JSON can hold it, always the same for the same value: how inputs are logged and hashed."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): json_value(item) for name, item in value.items()}
    if isinstance(value, datetime | date | time_of_day):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
