"""A model's reply → the typed value an operator returns, or Mismatch with words that a second request can show.

Models wrap answers: code fences, quotes, a full stop, ``{"answer": …}``. That wrapping is taken off; nothing is guessed
beyond it ("true, because …" is not read as true).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping

from sqlserver.cascade.model import Cascade, Cell
from sqlserver.cascade.output_schema import Mismatch, check, schema_types, with_labels
from sqlserver.core.errors import InvalidTextRepresentation
from sqlserver.core.identity import canonical_json
from sqlserver.core.operators import Operator

Schema = dict[str, object]

_FENCE = re.compile(r"\A```[A-Za-z0-9_-]*[ \t]*\n?(.*?)\n?```\Z", re.DOTALL)
_LABEL = re.compile(r"\A(?:the\s+)?answer\s*[:=]\s*", re.IGNORECASE)
_AROUND = " \t\r\n\"'`*_.,;:!()[]"
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_WORDS = {"true": True, "yes": True, "false": False, "no": False}
_JSON_TYPES = {
    "BOOLEAN": "boolean", "SMALLINT": "integer", "INTEGER": "integer", "BIGINT": "integer", "FLOAT": "number",
    "DOUBLE": "number", "VARCHAR": "string",
}  # fmt: skip
_BITS = {"SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}


def reply_schema(cascade: Cascade, cell: Cell, operator: Operator | None) -> Schema | None:
    """What a reply of this cell must be: as the cell says, else for the last cell as the operator returns.

    None means free text.
    """
    if cell.output_schema is not None:
        return dict(cell.output_schema)
    if operator is None or cell is not cascade.final_cell:
        return None
    return _schema_of(operator.returns)


def request_schema(schema: Schema | None, inputs: Mapping[str, object]) -> Schema | None:
    """The same as JSON Schema for the endpoint; None where it says no more than "a text"."""
    if schema is None or schema == {"type": "string"}:
        return None
    return with_labels(schema, inputs)


def read_reply(text: str, schema: Schema | None) -> object:
    """The reply's value (bool, int, float, str, list, dict or None). Raises Mismatch."""
    stripped = _unfenced(text.strip())
    if not stripped:
        raise Mismatch("the reply is empty")
    if schema is None:
        return stripped
    value = _read_as(stripped, schema)
    check(value, schema)
    return value


def typed(value: object, returns: str) -> object:
    """The value as the operator's DuckDB type. Raises Mismatch."""
    if value is None:
        return None
    if returns.endswith("[]"):
        if not isinstance(value, list | tuple):
            raise Mismatch(f"the answer is not an array ({returns})")
        return [typed(item, returns[:-2]) for item in value]
    if returns in ("VARCHAR", "JSON"):
        if returns == "JSON":
            return value if isinstance(value, str) else canonical_json(value)
        return output_text(value)
    if returns == "BOOLEAN":
        if not isinstance(value, bool):
            raise Mismatch("the answer is not true or false")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Mismatch(f"the answer is not a number ({returns})")
    bits = _BITS.get(returns)
    if bits is None:
        return float(value)
    if value != int(value) or not -(1 << bits) <= value < 1 << bits:
        raise Mismatch(f"the answer is not a whole number in the range of {returns}")
    return int(value)


def output_text(value: object) -> str:
    """The value as it is logged and shown in examples: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else canonical_json(value)


def read_output(cascade: Cascade, output: str, operator: Operator | None) -> object:
    """The typed value of a logged or corrected output. Raises InvalidTextRepresentation (22P02)."""
    schema = reply_schema(cascade, cascade.final_cell, operator)
    types = schema_types(schema) if schema is not None else ("string",)
    try:
        if "string" in types or not types:
            value: object = None if "null" in types and output == "null" else output
        else:
            value = read_reply(output, schema)
        return value if operator is None else typed(value, operator.returns)
    except Mismatch as mismatch:
        raise unreadable(cascade.final_cell, output, mismatch) from mismatch


def unreadable(cell: Cell, text: str, mismatch: Mismatch) -> InvalidTextRepresentation:
    """The error a query sees."""
    shown = text if len(text) <= 200 else text[:200] + "…"
    return InvalidTextRepresentation(
        f'the reply of cell "{cell.name}" cannot be read: {mismatch}', detail=f"The model replied: {shown}"
    )


def _schema_of(returns: str) -> Schema | None:
    if returns.endswith("[]"):
        items = _schema_of(returns[:-2])
        return {"type": "array"} if items is None else {"type": "array", "items": items}
    if returns == "JSON":
        return {"type": ["object", "array"]}
    return {"type": _JSON_TYPES[returns]}


def _unfenced(text: str) -> str:
    fenced = _FENCE.match(text)
    return fenced[1].strip() if fenced else text


def _read_as(text: str, schema: Schema) -> object:
    types = schema_types(schema) or ("string",)
    wrapped, value = _unwrapped(text, schema)
    if wrapped and not isinstance(value, str):
        return value
    if wrapped:
        text = str(value)
    if "null" in types and text.strip(_AROUND).lower() in ("null", "none", ""):
        return None
    faults = []
    for name in types:
        reader = _READERS.get(name)
        if reader is not None:
            try:
                return reader(text, schema)
            except Mismatch as mismatch:
                faults.append(str(mismatch))
    raise Mismatch(faults[0] if faults else f"the reply is not {' or '.join(types)}")


def _unwrapped(text: str, schema: Schema) -> tuple[bool, object]:
    """``{"answer": x}`` → x, unless the schema itself has such an object."""
    if not text.startswith("{") or "object" in schema_types(schema):
        return False, None
    try:
        value = _json(text)
    except Mismatch:
        return False, None
    if isinstance(value, dict) and set(value) == {"answer"}:
        return True, value["answer"]
    return False, None


def _json(text: str) -> object:
    def refuse(name: str) -> object:
        raise ValueError(f"{name} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Mismatch(f"the reply is not JSON ({error})") from error


def _boolean(text: str, schema: Schema) -> object:
    word = _LABEL.sub("", text.strip(_AROUND)).strip(_AROUND).lower()
    if word not in _WORDS:
        raise Mismatch("the reply is not true or false")
    return _WORDS[word]


def _number(text: str, schema: Schema) -> object:
    bare = _LABEL.sub("", text).strip(" \t\r\n\"'`*").rstrip(".")
    if not _NUMBER.fullmatch(bare):
        raise Mismatch("the reply is not a number")
    number = float(bare)
    if not math.isfinite(number):
        raise Mismatch("the reply is not a finite number")
    return number


def _integer(text: str, schema: Schema) -> object:
    bare = _LABEL.sub("", text).strip(" \t\r\n\"'`*").rstrip(".")
    if re.fullmatch(r"[+-]?\d{1,40}", bare):
        return int(bare)
    number = _number(text, schema)
    if not isinstance(number, float) or not number.is_integer():
        raise Mismatch("the reply is not a whole number")
    return int(number)


def _string(text: str, schema: Schema) -> object:
    labels = schema.get("enum")
    if isinstance(labels, list):
        return _one_of(text, [str(label) for label in labels])
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            value = _json(text)
        except Mismatch:
            return text
        return value
    return text


def _one_of(text: str, labels: list[str]) -> str:
    """The label as it was given; capitals, quotes and a full stop do not matter where that leaves one label."""
    if text in labels:
        return text
    bare = _LABEL.sub("", text.strip(_AROUND)).strip(_AROUND).casefold()
    found = [label for label in labels if label.strip(_AROUND).casefold() == bare]
    if len(found) != 1:
        raise Mismatch(f"the reply is not one of {', '.join(labels)}")
    return found[0]


def _structure(text: str, schema: Schema) -> object:
    return _json(text)


_READERS: dict[str, Callable[[str, Schema], object]] = {
    "boolean": _boolean,
    "number": _number,
    "integer": _integer,
    "string": _string,
    "array": _structure,
    "object": _structure,
}
