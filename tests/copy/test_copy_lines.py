"""The fast reader of COPY's lines reads what the exact one reads, wherever the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlserver.core.copy import CopyOptions
from sqlserver.core.errors import ServerError
from sqlserver.wire.copy_exact import ExactReader
from sqlserver.wire.copy_lines import LineReader

TEXT = CopyOptions()
CSV = CopyOptions("csv", ",", "")
NAMES = ("a", "b")
Rows = list[tuple[str | None, ...]] | str


def read(data: bytes, options: CopyOptions, step: int) -> Rows:
    reader = LineReader("t", NAMES, options)
    rows: list[tuple[str | None, ...]] = []
    try:
        for start in range(0, len(data), step):
            reader.feed(data[start : start + step])
            for _, batch in reader.parse(reader.cut(last=False)):
                rows += zip(*(column.to_pylist() for column in batch.columns), strict=True)
        for _, batch in reader.parse(reader.cut(last=True)):
            rows += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except ServerError as error:
        return error.sqlstate
    return rows


def exact(data: bytes, options: CopyOptions) -> Rows:
    try:
        batch, _ = ExactReader("t", NAMES, options).rows(data, 1)
    except ServerError as error:
        return error.sqlstate
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


EXACT = {
    "text": TEXT,
    "text with commas": CopyOptions(delimiter=",", null=""),
    "csv": CSV,
    "csv with an escape": CopyOptions("csv", ",", "", escape="\\"),
    "csv in single quotes": CopyOptions("csv", ",", "N", quote="'", escape="'"),
    "csv with forced columns": CopyOptions("csv", ",", "N", force_null={"a"}, force_not_null={"b"}),
    "csv forced both ways": CopyOptions("csv", ",", "", force_null={"*"}, force_not_null={"b"}),
}


@pytest.mark.parametrize("options", EXACT.values(), ids=EXACT)
@given(data=st.text(st.sampled_from(list("ab,\"\t\n\r\\N.é'x0\x01")), max_size=40), step=st.integers(1, 50))
def test_fast_is_exact(options: CopyOptions, data: str, step: int) -> None:
    raw = data.encode() + b"\n"
    assert read(raw, options, step) == exact(raw, options)


@pytest.mark.parametrize(
    ("options", "line", "values"),
    [
        (TEXT, rb"a\tb	\\N", ("a\tb", r"\N")),
        (TEXT, rb"\x41\101\q	\N", ("AAq", None)),
        (TEXT, b"a\\\nb\tc", ("a\nb", "c")),
        (CSV, b'"",', ("", None)),
        (CSV, b'x"y,z"w,"a""b"', ("xy,zw", 'a"b')),
        (CSV, b'"two\nlines",\\N', ("two\nlines", r"\N")),
        (CopyOptions("csv", ",", "", escape="\\"), rb'"a\"b","c\\d"', ('a"b', r"c\d")),
        (CopyOptions("csv", ",", "", force_null={"a"}, force_not_null={"b"}), b'"",', (None, "")),
    ],
)
def test_values(options: CopyOptions, line: bytes, values: tuple[str | None, ...]) -> None:
    assert read(line + b"\n", options, 3) == [values]


@pytest.mark.parametrize("options", [TEXT, CSV], ids=["text", "csv"])
def test_nothing_is_read_behind_the_end_mark(options: CopyOptions) -> None:
    line = b"1\t2\n" if options is TEXT else b"1,2\n"
    assert read(line + b"\\.\nrubbish\n" + line, options, 100) == [("1", "2")]
