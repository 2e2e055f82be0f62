"""Binary parameters read back as the values that were sent; broken ones are refused."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core import pgtypes as pg
from sqlserver.core.client_session import BoundParameter
from sqlserver.core.errors import ServerError
from sqlserver.core.pgtypes import PgType
from sqlserver.wire.binary_format import numeric_value
from sqlserver.wire.messages import Bind
from sqlserver.wire.parameters import decode_parameters


def decode(oid: int, raw: bytes | None, code: int = 1) -> BoundParameter:
    [parameter] = decode_parameters(Bind("", "", (code,), (raw,), ()), [oid])
    return parameter


@pytest.mark.parametrize(
    ("pg_type", "raw", "value"),
    [
        (pg.BOOL, b"\1", True),
        (pg.INT2, struct.pack("!h", -2), -2),
        (pg.INT4, struct.pack("!i", -2), -2),
        (pg.INT8, struct.pack("!q", -2), -2),
        (pg.FLOAT4, struct.pack("!f", 1.5), 1.5),
        (pg.FLOAT8, struct.pack("!d", 1.1), 1.1),
        (pg.TEXT, "é".encode(), "é"),
        (pg.JSON, b"{}", "{}"),
        (pg.JSONB, b"\1{}", "{}"),
        (pg.BYTEA, b"\0\xff", b"\0\xff"),
        (pg.DATE, struct.pack("!i", -1), dt.date(1999, 12, 31)),
        (pg.DATE, struct.pack("!i", 2**31 - 1), "infinity"),
        (pg.DATE, struct.pack("!i", 3_000_000), "10213-09-21"),
        (pg.TIME, struct.pack("!q", 1), dt.time(0, 0, 0, 1)),
        (pg.TIME, struct.pack("!q", 86_400_000_000), "24:00:00"),
        (pg.TIMETZ, struct.pack("!qi", 3_600_000_000, -7200), "01:00:00+02"),
        (pg.TIMESTAMP, struct.pack("!q", 1), dt.datetime(2000, 1, 1, 0, 0, 0, 1)),
        (pg.TIMESTAMP, struct.pack("!q", -(2**63)), "-infinity"),
        (pg.TIMESTAMP, struct.pack("!q", -63_145_100_000_000_000), "0002-01-04 22:26:40 BC"),
        (pg.TIMESTAMPTZ, struct.pack("!q", 0), dt.datetime(2000, 1, 1, tzinfo=dt.UTC)),
        (pg.INTERVAL, struct.pack("!qii", 1_500_000, 2, 13), "1 year 1 mon 2 days 00:00:01.5"),
        (pg.UUID, bytes(range(16)), UUID(bytes=bytes(range(16)))),
        (pg.BIT, b"\0\0\0\3\xa0", "101"),
        (pg.array_of(pg.INT4), struct.pack("!iiIii", 1, 1, 23, 2, 1) + struct.pack("!iii", 4, 7, -1), [7, None]),
        (pg.array_of(pg.TEXT), struct.pack("!iiI", 0, 0, 25), []),
        (
            pg.array_of(pg.INT2),
            struct.pack("!iiIiiii", 2, 0, 21, 2, 1, 2, 1) + b"".join(struct.pack("!ih", 2, n) for n in range(4)),
            [[0, 1], [2, 3]],
        ),
    ],
    ids=lambda one: getattr(one, "name", None),
)
def test_binary_values_are_decoded(pg_type: PgType, raw: bytes, value: object) -> None:
    assert decode(pg_type.oid, raw) == BoundParameter(value, pg_type.oid)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=7)
    | st.sampled_from([Decimal("Infinity"), Decimal(10) ** 40])
)
def test_numerics_survive_encoding_and_decoding(value: Decimal) -> None:
    decoded = decode(pg.NUMERIC.oid, numeric_value(value)).value
    assert decoded == value


def test_text_stays_as_sent_and_null_is_none() -> None:
    assert decode(0, b"abc", code=0) == BoundParameter("abc", 0)
    assert decode(23, b"12", code=0) == BoundParameter("12", 23)
    assert decode(23, None) == BoundParameter(None, 23)


@pytest.mark.parametrize(
    ("oid", "raw", "code", "sqlstate"),
    [
        (0, b"x", 1, "0A000"),
        (600, b"x", 1, "0A000"),
        (23, b"\0", 1, "22P03"),
        (pg.JSONB.oid, b"\2{}", 1, "22P03"),
        (pg.TIME.oid, struct.pack("!q", -1), 1, "22P03"),
        (pg.INT4.array_oid, struct.pack("!iiIii", 1, 0, 23, 2**31 - 1, 1), 1, "22P03"),
        (pg.INT4.array_oid, struct.pack("!iiIii", 1, 0, 600, 1, 1), 1, "0A000"),
        (25, b"\xff", 0, "22021"),
        (25, b"a\0b", 0, "22021"),
    ],
)
def test_what_cannot_be_read_is_refused(oid: int, raw: bytes, code: int, sqlstate: str) -> None:
    with pytest.raises(ServerError) as caught:
        decode(oid, raw, code)
    assert caught.value.sqlstate == sqlstate


@given(st.sampled_from([one.oid for one in pg.SCALARS] + [one.array_oid for one in pg.SCALARS]), st.binary(max_size=40))
def test_random_binary_values_are_decoded_or_refused(oid: int, raw: bytes) -> None:
    try:
        decode(oid, raw)
    except ServerError as fault:
        assert fault.sqlstate in {"22P03", "22021", "0A000"}  # noqa: PT017 - most random values do decode
