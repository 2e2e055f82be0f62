"""ClickHouse's error codes as PostgreSQL's SQLSTATEs.

Codes are those of ClickHouse's ``ErrorCodes.cpp``. A code that is not listed is 58000 (system error): XX000 stays for
bugs of ours. Paths of the store and of temporary files never reach a client.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence

from clickhouse_connect.driver.exceptions import Error, OperationalError

from sqlserver.core.errors import QueryCanceled, ServerError

_SQLSTATES: dict[int, str] = {
    6: "22P02", 27: "22P02", 38: "22P02", 41: "22P02", 72: "22P02", 117: "22P02", 376: "22P02", 467: "22P02",
    16: "42703", 47: "42703", 8: "42703", 10: "42703",
    36: "22023", 69: "22003", 321: "22023", 407: "22003", 457: "22023", 456: "42P02",
    42: "42883", 46: "42883", 63: "42883", 278: "42883", 715: "22P02",
    43: "42804", 53: "42804", 70: "42846", 386: "42804",
    44: "42809", 184: "42803", 215: "42803",
    48: "0A000", 344: "0A000",
    57: "42P07", 60: "42P01", 81: "3D000", 82: "42P04", 218: "42P01",
    62: "42601", 207: "42702", 352: "42702", 179: "42712", 206: "42601", 20: "42601",
    115: "42704", 125: "21000",
    153: "22012",
    158: "54000", 241: "53200", 243: "53100", 202: "53300", 396: "54000", 307: "54000",
    164: "25006", 497: "42501", 516: "28000", 192: "28000", 193: "28P01",
    209: "08006", 210: "08006", 279: "08006",
    159: "57014", 394: "57014",
}  # fmt: skip

_CANCELLED = (159, 394)
_DETAIL = re.compile(r"(?:: )?While (?:executing|processing|reading) .*\Z", re.DOTALL)
_PREFIX = re.compile(r"\ACode: \d+\. (?:DB::Exception: )?")
_TRAILER = re.compile(r"\s*\(version [^)]*\)|\s*\([A-Z][A-Z0-9_]+\)\s*\Z|\s*Stack trace.*\Z", re.DOTALL)


def server_error(error: Error, hidden: Sequence[str] = ()) -> ServerError:
    """``hidden`` are texts no client may see (data directory, password); each becomes ``…``."""
    message = str(error)
    code = error.code
    if code is None and isinstance(error, OperationalError):
        return ServerError("the log store cannot be reached", detail=_clean(message, hidden), sqlstate="08006")
    if code in _CANCELLED:
        return QueryCanceled()
    return ServerError(_clean(message, hidden), sqlstate=_SQLSTATES.get(code or 0, "58000"))


def _clean(message: str, hidden: Sequence[str]) -> str:
    text = _PREFIX.sub("", message)
    previous = ""
    while text != previous:
        previous, text = text, _TRAILER.sub("", text)
    text = _DETAIL.sub("", text)
    for secret in (*hidden, tempfile.gettempdir()):
        if len(secret) > 1:
            text = re.sub(re.escape(secret) + r"[^\s'\"`,;)]*", "…", text)
    return text.strip().rstrip(".") or "the log store gave an error"
