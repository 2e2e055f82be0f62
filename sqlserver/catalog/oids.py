"""OIDs of user objects: made from their names, so that they are the same after a restart and in every session."""

from __future__ import annotations

from hashlib import blake2b

from sqlserver.core.pgtypes import FIRST_USER_OID

_SPAN = 2**30


class Oids:
    """One snapshot's OIDs. Ask in a fixed order: of two names with one hash the later one moves on by one."""

    def __init__(self) -> None:
        self._taken: dict[int, tuple[str, ...]] = {}

    def of(self, *identity: str) -> int:
        """``identity`` is the kind and the qualified name: ``("class", "public", "customers")``."""
        digest = blake2b("\0".join(identity).encode(), digest_size=8).digest()
        oid = FIRST_USER_OID + int.from_bytes(digest, "big") % _SPAN
        while self._taken.setdefault(oid, identity) != identity:
            oid += 1
        return oid
