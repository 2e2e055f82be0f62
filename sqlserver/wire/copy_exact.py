"""COPY's text and csv formats value by value, by the rules of PostgreSQL's ``copyfromparse.c``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

import pyarrow as pa

from sqlserver.core.copy import CopyOptions, copy_place
from sqlserver.core.errors import ServerError

_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_NAMED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_END = "\\."
_PAIR = re.compile(r"\\.", re.DOTALL)
_TEXT_ROW = re.compile(r"((?:[^\\\r\n]|\\.|\\\Z)*)(\r\n|\n|\r|\Z)", re.DOTALL)
_HEADER_LENGTH = 64 * 1024  # bytes in which a header is looked for first


class ExactReader:
    def __init__(self, table: str, names: Sequence[str], options: CopyOptions) -> None:
        self._table = table
        self._names = tuple(names)
        self._options = options
        self.newline = ""
        """How the first line ended; empty before it was read."""
        self._row = _csv_row(options) if options.format == "csv" else _TEXT_ROW
        forced, forced_not = chosen(self._names, options.force_null), chosen(self._names, options.force_not_null)
        self._force_null = [name in forced for name in self._names]
        self._force_not_null = [name in forced_not for name in self._names]

    def rows(self, piece: bytes, line: int) -> tuple[pa.RecordBatch, bool]:
        """The rows of whole lines, and whether the end-of-data mark was among them. ``line`` numbers the first.

        Raises 22P04 for a wrong number of columns or an unterminated quote, 22021 for bytes that are no UTF-8.
        """
        text = self._decoded(piece, line)
        columns: list[list[str | None]] = [[] for _ in self._names]
        ended = False
        for whole in self._split(text, line):
            row, ended = self._until_end(whole, line)
            if ended and not row:
                break
            try:
                values = self._fields(row)
            except ServerError as fault:
                fault.context = copy_place(self._table, line, value=row)
                raise
            if len(values) != len(columns):
                raise self._wrong_count(values, row, line)
            for column, value in zip(columns, values, strict=True):
                column.append(value)
            line += row.count("\n") + 1
            if ended:
                break
        arrays = [pa.array(column, pa.string()) for column in columns]
        return pa.RecordBatch.from_arrays(arrays, names=list(self._names)), ended

    def values(self, row: bytes) -> list[str | None]:
        """One line, a header."""
        return self._fields(self._decoded(row, 1).rstrip("\r\n"))

    def first_row_end(self, piece: bytes) -> int:
        for raw in (piece[:_HEADER_LENGTH], piece):
            found = self._row.match(raw.decode("latin-1"))
            if found is not None and (found[2] or len(raw) == len(piece)):
                break
        return len(piece) if found is None else found.end()

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
            raise not_utf8(piece[fault.start : fault.end], copy_place(self._table, line)) from fault
        if "\0" in text:
            line += text.count("\n", 0, text.index("\0"))
            raise not_utf8(b"\0", copy_place(self._table, line))
        return text

    def _until_end(self, row: str, line: int) -> tuple[str, bool]:
        """What stands before the mark that ends the data, and whether there is one. In text it may follow a value."""
        if row == _END:
            return "", True
        if self._options.format == "csv" or _END not in row:
            return row, False
        for found in _PAIR.finditer(row):
            if found[0] == _END:
                if found.end() < len(row):
                    place = copy_place(self._table, line)
                    raise ServerError("end-of-copy marker corrupt", sqlstate="22P04", context=place)
                return row[: found.start()], True
        return row, False

    def _split(self, text: str, line: int) -> Iterator[str]:
        """Rows without their newlines."""
        at = 0
        while at < len(text):
            found = self._row.match(text, at)
            if found is None:
                place = copy_place(self._table, line + text.count("\n", at), value=text[at:])
                raise ServerError("unterminated CSV quoted field", sqlstate="22P04", context=place)
            if found[2] != self.newline:
                self._note_newline(found[2], line)
            yield found[1]
            line += found[1].count("\n") + 1
            at = found.end()

    def _note_newline(self, newline: str, line: int) -> None:
        """22P04 where a line ends otherwise than the first one of all did."""
        self.newline = self.newline or newline
        if newline in ("", self.newline):
            return
        csv = self._options.format == "csv"
        name, mark = ("newline", "\\n") if newline == "\n" else ("carriage return", "\\r")
        hint = f"Use quoted CSV field to represent {name}." if csv else f'Use "{mark}" to represent {name}.'
        raise ServerError(
            f"{'unquoted' if csv else 'literal'} {name} found in data",
            sqlstate="22P04",
            hint=hint,
            context=copy_place(self._table, line),
        )

    def _fields(self, row: str) -> list[str | None]:
        return self._csv_fields(row) if self._options.format == "csv" else self._text_fields(row)

    def _text_fields(self, row: str) -> list[str | None]:
        if not self._names and not row:
            return []
        if "\\" not in row:
            return [None if value == self._options.null else value for value in row.split(self._options.delimiter)]
        delimiter = re.escape(self._options.delimiter)
        raw = re.findall(rf"(?:^|{delimiter})((?:[^\\{delimiter}]|\\.|\\$)*)", row, re.DOTALL)
        return [None if value == self._options.null else unescaped_value(value) for value in raw]

    def _csv_fields(self, row: str) -> list[str | None]:
        quote, escape, delimiter = self._options.quote, self._options.escape, self._options.delimiter
        fields: list[str | None] = []
        if quote not in row:
            return [self._csv_value(one, False, at) for at, one in enumerate(row.split(delimiter))]
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
        return ServerError(message, sqlstate="22P04", context=copy_place(self._table, line, value=row))


def chosen(names: Sequence[str], given: Collection[str]) -> frozenset[str]:
    return frozenset(names if "*" in given else given)


def _csv_row(options: CopyOptions) -> re.Pattern[str]:
    quote, escape = re.escape(options.quote), re.escape(options.escape)
    if options.escape == options.quote:
        quoted = rf"{quote}(?:{quote}{quote}|[^{quote}])*{quote}"
    else:
        pair = rf"{escape}[{quote}{escape}]"
        quoted = rf"{quote}(?:{pair}|[^{quote}{escape}]|{escape}(?![{quote}{escape}]))*{quote}"
    return re.compile(rf"((?:{quoted}|[^{quote}\r\n])*)(\r\n|\n|\r|\Z)")


def unescaped_value(value: str) -> str:
    """Raises 22021 where numbered bytes make no UTF-8."""
    if "\\" not in value:
        return value
    raw = _ESCAPE.sub(_byte, value.encode())
    try:
        text = raw.decode()
    except UnicodeDecodeError as fault:
        raise not_utf8(raw[fault.start : fault.end]) from fault
    if "\0" in text:
        raise not_utf8(b"\0")
    return text


def _byte(match: re.Match[bytes]) -> bytes:
    octal, hexadecimal, other = match.groups()
    if octal:
        return bytes((int(octal, 8) & 0xFF,))
    if hexadecimal:
        return bytes((int(hexadecimal, 16),))
    return _NAMED.get(other, other)


def not_utf8(wrong: bytes, context: str | None = None) -> ServerError:
    shown = " ".join(f"0x{byte:02x}" for byte in wrong)
    return ServerError(f'invalid byte sequence for encoding "UTF8": {shown}', sqlstate="22021", context=context)
