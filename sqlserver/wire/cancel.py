"""Which connection a CancelRequest means.

The key is the only proof of identity, so it is random and compared in constant time.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

_LEGACY_KEY = 4  # protocol 3.0: one 32-bit integer
_LONG_KEY = 32  # protocol 3.2 allows 4 to 256 bytes


@dataclass(frozen=True, slots=True)
class BackendKey:
    process_id: int
    secret_key: bytes


class CancelRegistry:
    def __init__(self) -> None:
        self._entries: dict[int, tuple[bytes, Callable[[], None]]] = {}

    def register(self, minor: int, cancel: Callable[[], None]) -> BackendKey:
        """A new key for a connection that speaks protocol 3.``minor``. ``cancel`` must not block."""
        process_id = secrets.randbelow(2**31 - 1) + 1
        while process_id in self._entries:
            process_id = secrets.randbelow(2**31 - 1) + 1
        secret_key = secrets.token_bytes(_LONG_KEY if minor >= 2 else _LEGACY_KEY)
        self._entries[process_id] = (secret_key, cancel)
        return BackendKey(process_id, secret_key)

    def unregister(self, key: BackendKey) -> None:
        self._entries.pop(key.process_id, None)

    def cancel(self, process_id: int, secret_key: bytes) -> bool:
        """Whether the key was right; a wrong one is not answered differently on the wire."""
        expected, cancel = self._entries.get(process_id, (b"", None))
        if not hmac.compare_digest(expected, secret_key) or cancel is None:
            return False
        cancel()
        return True
