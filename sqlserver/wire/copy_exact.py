"""COPY's text and csv formats value by value, by the rules of PostgreSQL's ``copyfromparse.c``."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from sqlserver.core.copy import CopyOptions, copy_place
from sqlserver.core.errors import ServerError

_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_END = "\\."
_HEADER_LENGTH = 64 * 1024  # bytes in which a header is looked for first


class ExactReader:
    def __init__(self, table: str, names: Sequence[str], options: CopyOptions) -> None:
        self._table = table
        self._names = tuple(names)
        self._options = options
        self._force_null = self._chosen(options.force_null)
        self._force_not_null = self._chosen(options.force_not_null)

    def _chosen(self, names: object) -> tuple[bool, ...]:
        given = set(names)  # type: ignore[call-overload]
        return tuple("*" in given or name in given for name in self._names)

    def rows(self, piece: bytes, line: int) -> tuple[pa.RecordBatch, bool]:
        """The rows of whole lines, and whether the end-of-data mark was among them. ``line`` numbers the first.

        Raises 22P04 for a wrong number of columns or an unterminated quote, 22021 for bytes that are no UTF-8.
        """
        text = self._decoded(piece, line)
        columns: list[list[str | None]] = [[] for _ in self._names]
        ended = False
        for row in self._split(text, line):
            if row == _END:
                ended = True
                break
            values = self._fields(row)
            if len(values) != len(columns):
                raise self._wrong_count(values, row, line)
            for column, value in zip(columns, values, strict=True):
                column.append(value)
            line += row.count("\n") + 1
        arrays = [pa.array(column, pa.string()) for column in columns]
        return pa.RecordBatch.from_arrays(arrays, names=list(self._names)), ended

    def values(self, row: bytes) -> list[str | None]:
        """One line, a header."""
        return self._fields(self._decoded(row, 1).rstrip("\r\n"))

    def first_row_end(self, piece: bytes) -> int:
        text = piece[:_HEADER_LENGTH].decode("latin-1")
        try:
            end = len(next(iter(self._split(text, 1)), ""))
        except ServerError:  # cut inside quotes
            end = len(text)
        if end == len(text) < len(piece):
            text = piece.decode("latin-1")
            end = len(next(iter(self._split(text, 1)), ""))
        return end + len(re.match(r"\r?\n|\r|", text[end:]).group())  # type: ignore[union-attr]

    def last_row_end(self, piece: bytearray) -> int:
        """Behind the last newline that ends a row."""
        text = piece.decode("latin-1")
        quoted, end, at = False, 0, 0
        quote, escape = self._options.quote, self._options.escape
        while at < len(text):
            character = text[at]
            if quoted and character == escape and text[at + 1 : at + 2] in (quote, escape):
                at += 1
            elif character == quote:
                quoted = not quoted
            elif character == "\n" and not quoted:
                end = at + 1
            at += 1
        return end

    def _decoded(self, piece: bytes, line: int) -> str:
        try:
            text = piece.decode()
        except UnicodeDecodeError as fault:
            line += piece.count(b"\n", 0, fault.start)
            shown = " ".join(f"0x{byte:02x}" for byte in piece[fault.start : fault.end])
            raise ServerError(
                f'invalid byte sequence for encoding "UTF8": {shown}',
                sqlstate="22021",
                detail=copy_place(self._table, line),
            ) from fault
        if "\0" in text:
            line += text.count("\n", 0, text.index("\0"))
            raise ServerError(
                'invalid byte sequence for encoding "UTF8": 0x00',
                sqlstate="22021",
                detail=copy_place(self._table, line),
            )
        return text

    def _split(self, text: str, line: int) -> list[str]:
        """Rows without their newlines."""
        if self._options.format == "csv":
            return self._split_csv(text, line)
        rows = re.findall(r"((?:[^\\\r\n]|\\.|\\\Z)*)(?:\r\n|\n|\r|\Z)", text, re.DOTALL)
        return rows[:-1] if rows and rows[-1] == "" else rows

    def _split_csv(self, text: str, line: int) -> list[str]:
        quote, escape = re.escape(self._options.quote), re.escape(self._options.escape)
        quoted = rf"{quote}(?:{escape}[{quote}{escape}]|[^{quote}])*{quote}"
        if self._options.escape != self._options.quote:
            quoted = rf"{quote}(?:{escape}[{quote}{escape}]|[^{quote}])*?{quote}"
        row = re.compile(rf"((?:{quoted}|[^{quote}\r\n])*)(\r\n|\n|\r|\Z)")
        rows: list[str] = []
        at = 0
        while at < len(text):
            found = row.match(text, at)
            if found is None:
                raise ServerError(
                    "unterminated CSV quoted field",
                    sqlstate="22P04",
                    detail=copy_place(self._table, line + sum(one.count("\n") + 1 for one in rows)),
                )
            rows.append(found[1])
            at = found.end()
        return rows

    def _fields(self, row: str) -> list[str | None]:
        return self._csv_fields(row) if self._options.format == "csv" else self._text_fields(row)

    def _text_fields(self, row: str) -> list[str | None]:
        if not self._names and not row:
            return []
        delimiter = re.escape(self._options.delimiter)
        raw = re.findall(rf"(?:^|{delimiter})((?:[^\\{delimiter}]|\\.|\\$)*)", row, re.DOTALL)
        return [None if value == self._options.null else _ESCAPE.sub(_unescaped, value) for value in raw]

    def _csv_fields(self, row: str) -> list[str | None]:
        quote, escape, delimiter = self._options.quote, self._options.escape, self._options.delimiter
        fields: list[str | None] = []
        value: list[str] = []
        inside = was_quoted = False
        at = 0
        while at <= len(row):
            character = row[at : at + 1]
            if inside and character == escape and row[at + 1 : at + 2] in (quote, escape) and row[at + 1 : at + 2]:
                at += 1
                value.append(row[at])
            elif character == quote and character:
                inside, was_quoted = not inside, True
            elif not inside and character in (delimiter, ""):
                fields.append(self._csv_value("".join(value), was_quoted, len(fields)))
                value, was_quoted = [], False
            else:
                value.append(character)
            at += 1
        return fields

    def _csv_value(self, value: str, was_quoted: bool, at: int) -> str | None:
        if value != self._options.null:
            return value
        known = at < len(self._names)
        if was_quoted:
            return None if known and self._force_null[at] else value
        return value if known and self._force_not_null[at] else None

    def _wrong_count(self, values: Sequence[str | None], row: str, line: int) -> ServerError:
        if len(values) > len(self._names):
            message = "extra data after last expected column"
        else:
            message = f'missing data for column "{self._names[len(values)]}"'
        return ServerError(message, sqlstate="22P04", detail=copy_place(self._table, line, value=row))


def _unescaped(match: re.Match[str]) -> str:
    octal, hexadecimal, other = match.groups()
    if octal:
        return chr(int(octal, 8) & 0xFF)
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    return _NAMED.get(other, other)
