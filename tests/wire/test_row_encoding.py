"""Columns as DuckDB gives them, against what PostgreSQL's output and send functions write."""

from __future__ import annotations

import struct
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core import pgtypes as pg
from sqlserver.core.errors import ServerError
from sqlserver.core.output_style import OutputStyle
from sqlserver.core.pgtypes import PgType, array_of
from sqlserver.core.result import Column
from sqlserver.wire.binary_format import numeric_value
from sqlserver.wire.row_encoder import RowEncoder
from tests.wire.client_codec import decode_stream


def encode(
    arrays: list[pa.Array], types: list[PgType], code: int = 0, zone: str = "UTC"
) -> list[tuple[bytes | None, ...]]:
    batch = pa.record_batch(arrays, [f"c{at}" for at in range(len(arrays))])
    columns = [Column(f"c{at}", one) for at, one in enumerate(types)]
    return decode_stream(b"".join(RowEncoder(columns, [code] * len(types), OutputStyle(zone)).encode(batch)))


def from_duckdb(expression: str) -> pa.Array:
    """The value, a NULL, the value again: as a slice, so that offsets are not 0."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; CREATE TYPE mood AS ENUM ('ok', 'so so')")
        query = f"SELECT CASE WHEN i <> 2 THEN {expression} END FROM range(4) t(i)"
        [batch] = list(connection.sql(query).to_arrow_reader())
    return batch.slice(1).column(0)


TEXTS = [
    (pg.BOOL, "true", "t"),
    (pg.BOOL, "false", "f"),
    (pg.INT2, "(-5)::tinyint", "-5"),
    (pg.NUMERIC, "18446744073709551615::ubigint", "18446744073709551615"),
    (pg.NUMERIC, "(-170141183460469231731687303715884105728)::hugeint", "-170141183460469231731687303715884105728"),
    (
        pg.NUMERIC,
        "'-123456789012345678901234567890123456789012'::bignum",
        "-123456789012345678901234567890123456789012",
    ),
    (pg.FLOAT8, "3.0::double", "3"),
    (pg.FLOAT8, "'-0'::double", "-0"),
    (pg.FLOAT8, "'nan'::double", "NaN"),
    (pg.FLOAT8, "'-inf'::double", "-Infinity"),
    (pg.FLOAT8, "1e20::double", "1e+20"),
    (pg.FLOAT8, "1e15::double", "1e+15"),
    (pg.FLOAT8, "123456789012345.6::double", "123456789012345.6"),
    (pg.FLOAT8, "35970099669763968::double", "3.5970099669763968e+16"),
    (pg.FLOAT8, "1.7976931348623157e308::double", "1.7976931348623157e+308"),
    (pg.FLOAT8, "0.00001::double", "1e-05"),
    (pg.FLOAT8, "0.0001::double", "0.0001"),
    (pg.FLOAT8, "1.5e-300::double", "1.5e-300"),
    (pg.FLOAT8, "0.1::double + 0.2::double", "0.30000000000000004"),
    (pg.FLOAT4, "0.1::float", "0.1"),
    (pg.FLOAT4, "1234567::float", "1.234567e+06"),
    (pg.FLOAT4, "64884392::float", "6.4884392e+07"),
    (pg.FLOAT4, "100000::float", "100000"),
    (pg.FLOAT4, "1e-5::float", "1e-05"),
    (pg.NUMERIC, "1.50::decimal(9,2)", "1.50"),
    (pg.NUMERIC, "0::decimal(38,10)", "0.0000000000"),
    (pg.NUMERIC, "-0.0000000001::decimal(38,10)", "-0.0000000001"),
    (pg.NUMERIC, "-0.5::decimal(4,3)", "-0.500"),
    (pg.TEXT, "'grün'", "grün"),
    (pg.BYTEA, "'\\xAA\\x00x'::blob", "\\xaa0078"),
    (pg.BYTEA, "''::blob", "\\x"),
    (pg.BIT, "'00101'::bit", "00101"),
    (pg.DATE, "date '2026-01-02'", "2026-01-02"),
    (pg.DATE, "date '0044-03-15 (BC)'", "0044-03-15 BC"),
    (pg.DATE, "date '10183-09-21'", "10183-09-21"),
    (pg.DATE, "date '-infinity'", "-infinity"),
    (pg.TIME, "time '10:00:00'", "10:00:00"),
    (pg.TIME, "time '10:20:30.120'", "10:20:30.12"),
    (pg.TIME, "time '24:00:00'", "24:00:00"),
    (pg.TIMESTAMP, "timestamp '2026-01-02 03:04:05.678'", "2026-01-02 03:04:05.678"),
    (pg.TIMESTAMP, "timestamp '2026-01-02 00:00:00'", "2026-01-02 00:00:00"),
    (pg.TIMESTAMP, "'2026-01-02 00:00:10'::timestamp_s", "2026-01-02 00:00:10"),
    (pg.TIMESTAMP, "'2026-01-02 00:00:00.5'::timestamp_ns", "2026-01-02 00:00:00.5"),
    (pg.TIMESTAMP, "timestamp 'infinity'", "infinity"),
    (pg.TIMESTAMP, "timestamp '0001-06-01 (BC) 12:00:00.5'", "0001-06-01 12:00:00.5 BC"),
    (pg.TIMESTAMPTZ, "timestamptz '2026-01-02 03:04:05.678+00'", "2026-01-02 03:04:05.678+00"),
    (pg.TIMESTAMPTZ, "timestamptz '-infinity'", "-infinity"),
    (pg.INTERVAL, "interval '1 year 2 months 3 days 4 hours 5.5 seconds'", "1 year 2 mons 3 days 04:00:05.5"),
    (pg.INTERVAL, "interval '-13 months 2 days -1 seconds'", "-1 years -1 mons +2 days -00:00:01"),
    (pg.INTERVAL, "interval '0 days'", "00:00:00"),
    (pg.UUID, "'c9764ce0-7131-4769-bef2-9588de0021bf'::uuid", "c9764ce0-7131-4769-bef2-9588de0021bf"),
    (pg.JSON, """'{"a": 1}'::json""", '{"a": 1}'),
    (pg.TEXT, "'so so'::mood", "so so"),
    (array_of(pg.INT4), "[1, NULL, 3]", "{1,NULL,3}"),
    (array_of(pg.INT4), "[]::int[]", "{}"),
    (array_of(pg.INT4), "[[1, 2], [3]]", "{{1,2},{3}}"),
    (array_of(pg.INT4), "[1, 2]::int[2]", "{1,2}"),
    (array_of(pg.TEXT), """['a', 'b c', '', 'null', 'q"\\', NULL]""", '{a,"b c","","null","q\\"\\\\",NULL}'),
    (array_of(pg.TEXT), "['so so'::mood]", '{"so so"}'),
    (array_of(pg.TIMESTAMP), "[timestamp '2026-01-02']", '{"2026-01-02 00:00:00"}'),
    (pg.JSON, "{'a': 1, 'b': [1.5, NULL], 'c': 'x\"y'}", '{"a": 1, "b": [1.5, null], "c": "x\\"y"}'),
    (pg.JSON, "map {'k': true, 'l': NULL}", '{"k": true, "l": null}'),
    (pg.JSON, "map {1: 'nan'::double}", '{"1": "NaN"}'),
    (pg.JSON, "[{'d': date '2026-01-02', 'n': 1.10::decimal(5,2)}]", '[{"d": "2026-01-02", "n": 1.10}]'),
    (array_of(pg.JSON), "[{'a': 1}]", '{"{\\"a\\": 1}"}'),
    (pg.JSON, "union_value(k := 1)", "1"),
]


@pytest.mark.parametrize(("pg_type", "expression", "text"), TEXTS, ids=lambda one: getattr(one, "name", one))
def test_text_is_what_postgresql_prints(pg_type: PgType, expression: str, text: str) -> None:
    assert encode([from_duckdb(expression)], [pg_type]) == [(text.encode(),), (None,), (text.encode(),)]


def numeric(*words: int) -> bytes:
    return struct.pack(f"!{len(words)}H", *words)


BINARIES = [
    (pg.BOOL, "true", b"\1"),
    (pg.INT2, "7::tinyint", b"\0\7"),
    (pg.INT4, "(-2)::int", b"\xff\xff\xff\xfe"),
    (pg.INT8, "5::uinteger", struct.pack("!q", 5)),
    (pg.INT8, "5::hugeint", struct.pack("!q", 5)),
    (pg.OID, "4000000000::bigint", struct.pack("!I", 4000000000)),
    (pg.FLOAT4, "1.5::float", struct.pack("!f", 1.5)),
    (pg.FLOAT8, "1.5::decimal(4,1)", struct.pack("!d", 1.5)),
    (pg.TEXT, "'grün'", "grün".encode()),
    (pg.VARCHAR, "42", b"42"),
    (pg.JSONB, "'{}'::json", b"\1{}"),
    (pg.CHAR, "'d'", b"d"),
    (pg.CHAR, "''", b"\0"),
    (pg.BYTEA, "'\\xAA'::blob", b"\xaa"),
    (pg.DATE, "date '2000-01-02'", struct.pack("!i", 1)),
    (pg.DATE, "date '-infinity'", struct.pack("!i", -(2**31))),
    (pg.TIME, "time '00:00:01'", struct.pack("!q", 1_000_000)),
    (pg.TIMESTAMP, "timestamp '1999-12-31 23:59:59'", struct.pack("!q", -1_000_000)),
    (pg.TIMESTAMP, "timestamp 'infinity'", struct.pack("!q", 2**63 - 1)),
    (pg.TIMESTAMPTZ, "timestamptz '2000-01-01 01:00:00+00'", struct.pack("!q", 3_600_000_000)),
    (pg.INTERVAL, "interval '1 month 2 days 3 seconds'", struct.pack("!qii", 3_000_000, 2, 1)),
    (pg.UUID, "'c9764ce0-7131-4769-bef2-9588de0021bf'::uuid", bytes.fromhex("c9764ce071314769bef29588de0021bf")),
    (pg.BIT, "'101'::bit", b"\0\0\0\3\xa0"),
    (pg.NUMERIC, "12345.678::decimal(9,3)", numeric(3, 1, 0, 3, 1, 2345, 6780)),
    (pg.NUMERIC, "-0.00012::decimal(9,5)", numeric(2, 0xFFFF, 0x4000, 5, 1, 2000)),
    (pg.NUMERIC, "0::decimal(9,2)", numeric(0, 0, 0, 2)),
    (pg.NUMERIC, "10000::hugeint", numeric(1, 1, 0, 0, 1)),
    (pg.NUMERIC, "7::ubigint", numeric(1, 0, 0, 0, 7)),
    (pg.NUMERIC, "'123456789'::bignum", numeric(3, 2, 0, 0, 1, 2345, 6789)),
    (pg.NUMERIC, "'nan'::double", numeric(0, 0, 0xC000, 0)),
    (array_of(pg.INT4), "[1, NULL]", struct.pack("!iiiiiiii", 1, 1, 23, 2, 1, 4, 1, -1)),
    (array_of(pg.INT4), "[]::int[]", struct.pack("!iii", 0, 0, 23)),
    (
        array_of(pg.INT4),
        "[[1, 2], [3, 4]]",
        struct.pack("!iiiiiii" + "ii" * 4, 2, 0, 23, 2, 1, 2, 1, 4, 1, 4, 2, 4, 3, 4, 4),
    ),
    (array_of(pg.TEXT), "['a']", struct.pack("!iiiiii", 1, 0, 25, 1, 1, 1) + b"a"),
]


@pytest.mark.parametrize(("pg_type", "expression", "raw"), BINARIES, ids=lambda one: getattr(one, "name", None))
def test_binary_is_what_postgresql_sends(pg_type: PgType, expression: str, raw: bytes) -> None:
    assert encode([from_duckdb(expression)], [pg_type], code=1) == [(raw,), (None,), (raw,)]


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Europe/Berlin", "2026-07-01 14:00:00+02"),
        ("America/St_Johns", "2026-07-01 09:30:00-02:30"),
        ("Asia/Kolkata", "2026-07-01 17:30:00+05:30"),
        ("Not/AZone", "2026-07-01 12:00:00+00"),
    ],
)
def test_timestamps_are_shown_in_the_sessions_time_zone(zone: str, text: str) -> None:
    array = from_duckdb("timestamptz '2026-07-01 12:00:00+00'")
    assert encode([array], [pg.TIMESTAMPTZ], zone=zone)[0] == (text.encode(),)


@pytest.mark.parametrize("expression", ["1::hugeint", "uuid()", "'{}'::json", "true", "'101'::bit"])
def test_lossless_extension_types_read_as_the_plain_ones(expression: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET arrow_lossless_conversion = true")
        [batch] = list(connection.sql(f"SELECT x, x::varchar FROM (SELECT {expression} x)").to_arrow_reader())
    [(got, wanted)] = encode(batch.columns, [pg.TEXT, pg.TEXT])
    assert got == {b"true": b"t"}.get(wanted or b"", wanted)


def test_columns_stand_side_by_side_with_their_nulls() -> None:
    arrays = [pa.array([1, None]), pa.array(["", None]), pa.array([None, 2.5]), pa.nulls(2)]
    types = [pg.INT8, pg.TEXT, pg.FLOAT8, pg.TEXT]
    assert encode(arrays, types) == [(b"1", b"", None, None), (None, None, b"2.5", None)]


def test_rows_without_columns_are_still_rows() -> None:
    batch = pa.RecordBatch.from_struct_array(pa.array([{}, {}], pa.struct([])))
    assert decode_stream(b"".join(RowEncoder([], [], OutputStyle()).encode(batch))) == [(), ()]


def test_large_batches_leave_in_pieces_of_whole_messages() -> None:
    batch = pa.record_batch([pa.array([str(n) * 100 for n in range(30_000)])], ["n"])
    pieces = [bytes(one) for one in RowEncoder([Column("n", pg.TEXT)], [0], OutputStyle()).encode(batch)]
    assert len(pieces) > 10
    rows = [row for piece in pieces for row in decode_stream(piece)]
    assert rows == [(str(n).encode() * 100,) for n in range(30_000)]


@pytest.mark.parametrize(
    ("pg_type", "expression", "sqlstate"),
    [
        (array_of(pg.INT4), "[[1, 2], [3]]", "2202E"),
        (pg.RECORD, "{'a': 1}", "42883"),
        (pg.INT4, "3000000000", "22003"),
    ],
)
def test_what_binary_cannot_hold_is_an_error(pg_type: PgType, expression: str, sqlstate: str) -> None:
    with pytest.raises(ServerError) as caught:
        encode([from_duckdb(expression)], [pg_type], code=1)
    assert caught.value.sqlstate == sqlstate


_UNITS = st.integers(-(2**63), 2**63 - 1) | st.integers(-(10**30), 10**30) | st.none()


@given(
    # decimal(38,9) is how a numeric without a precision is kept: it is shown without trailing zeros.
    st.integers(0, 20).filter(lambda scale: scale != 9),
    st.lists(_UNITS, min_size=1, max_size=10),
)
def test_numerics_keep_every_digit_in_both_formats(scale: int, units: list[int | None]) -> None:
    values = [None if one is None else Decimal(format(Decimal(one).scaleb(-scale), f".{scale}f")) for one in units]
    array = pa.array(values, pa.decimal128(38, scale))
    texts = [None if value is None else f"{value:.{scale}f}".encode() for value in values]
    assert [row[0] for row in encode([array], [pg.NUMERIC])] == texts
    binary = [None if value is None else numeric_value(value) for value in values]
    assert [row[0] for row in encode([array], [pg.NUMERIC], code=1)] == binary
