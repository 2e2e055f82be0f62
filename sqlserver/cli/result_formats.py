"""Printing results: ``table`` as psql prints it, ``json`` as one array of objects, ``csv`` with a header.

Cells arrive in PostgreSQL's text form with the type's OID, as the wire carries them; None is NULL.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from sqlserver.app.server_client import TextResult
from sqlserver.cli.pg_arrays import ArrayValue, parse_array
from sqlserver.core import pgtypes

_INTEGERS = frozenset({pgtypes.INT2.oid, pgtypes.INT4.oid, pgtypes.INT8.oid, pgtypes.OID.oid})
_NUMBERS = _INTEGERS | {pgtypes.FLOAT4.oid, pgtypes.FLOAT8.oid, pgtypes.NUMERIC.oid}
_JSON = frozenset({pgtypes.JSON.oid, pgtypes.JSONB.oid})
_TIMES = frozenset({pgtypes.TIMESTAMP.oid, pgtypes.TIMESTAMPTZ.oid})
_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_SHORT_OFFSET = re.compile(r"([+-]\d\d)$")


def as_table(result: TextResult) -> str:
    """psql's aligned format with the row count, or the command tag alone."""
    if result.columns is None:
        return result.tag + "\n"
    names = [name for name, _ in result.columns]
    right = [oid in _NUMBERS for _, oid in result.columns]
    cells = [[(value or "").split("\n") for value in row] for row in result.rows]
    widths = [
        max([_width(name), *(_width(line) for row in cells for line in row[index])]) for index, name in enumerate(names)
    ]
    lines = [" " + " | ".join(_centred(name, width) for name, width in zip(names, widths, strict=True)).rstrip()]
    lines.append("+".join("-" * (width + 2) for width in widths))
    for row in cells:
        lines.extend(_table_row(row, widths, right))
    count = len(result.rows)
    lines.append(f"({count} row{'' if count == 1 else 's'})")
    return "\n".join(lines) + "\n\n"


def as_json(result: TextResult) -> str:
    """One array of objects. Numbers are numbers with all their digits, dates ISO 8601, NULL null."""
    if result.columns is None:
        return "[]\n"
    columns = [(json.dumps(name, ensure_ascii=False), oid) for name, oid in result.columns]
    objects = [
        "{"
        + ", ".join(f"{name}: {_json_cell(cell, oid)}" for (name, oid), cell in zip(columns, row, strict=True))
        + "}"
        for row in result.rows
    ]
    return "[" + ",\n ".join(objects) + "]\n"


def as_csv(result: TextResult) -> str:
    """A header line, then the rows; NULL is an empty field."""
    if result.columns is None:
        return ""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([name for name, _ in result.columns])
    writer.writerows(["" if cell is None else cell for cell in row] for row in result.rows)
    return out.getvalue()


FORMATS: Mapping[str, Callable[[TextResult], str]] = {"table": as_table, "json": as_json, "csv": as_csv}


def _table_row(row: Sequence[Sequence[str]], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    """One row's lines: a cell with line breaks takes several, each but its last ending in ``+`` as in psql."""
    lines = []
    for number in range(max(len(cell) for cell in row)):
        parts = []
        for cell, width, to_right in zip(row, widths, right, strict=True):
            text = cell[number] if number < len(cell) else ""
            padding = " " * (width - _width(text))
            parts.append((padding + text if to_right else text + padding) + ("+" if number + 1 < len(cell) else " "))
        lines.append((" " + "| ".join(parts)).rstrip(" "))
    return lines


def _width(text: str) -> int:
    """Terminal columns: two for wide East Asian characters, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _centred(name: str, width: int) -> str:
    space = width - _width(name)
    return " " * (space // 2) + name + " " * (space - space // 2)


def _json_cell(text: str | None, oid: int) -> str:
    if text is None:
        return "null"
    known = pgtypes.BY_OID.get(oid)
    if known is not None and known.element_oid:
        return _json_array(parse_array(text), known.element_oid)
    if oid == pgtypes.BOOL.oid:
        return "true" if text == "t" else "false"
    if oid in _NUMBERS and _JSON_NUMBER.fullmatch(text):
        return text
    if oid in _JSON:
        return json.dumps(json.loads(text), ensure_ascii=False)
    if oid in _TIMES:
        text = _SHORT_OFFSET.sub(r"\1:00", text.replace(" ", "T", 1)) if "T" not in text else text
    return json.dumps(text, ensure_ascii=False)


def _json_array(values: ArrayValue, element_oid: int) -> str:
    return "[" + ", ".join(
        _json_array(value, element_oid) if isinstance(value, list) else _json_cell(value, element_oid)
        for value in values
    ) + "]"  # fmt: skip
