"""The part of JSON Schema that a cell's ``output_schema`` may use: checked when loaded, applied to each reply.

Beyond JSON Schema, ``enum`` may be ``{input: labels}``: the labels are what that input holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlserver.config.yaml_file import nearest
from sqlserver.core.errors import InvalidParameterValue

TYPES = ("boolean", "number", "integer", "string", "array", "object", "null")
_KEYWORDS = frozenset({
    "type", "enum", "minimum", "maximum", "minLength", "maxLength", "items", "minItems", "maxItems",
    "properties", "required", "additionalProperties", "description", "title",
})  # fmt: skip
_NUMBERS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")

Schema = Mapping[str, object]


class Mismatch(ValueError):
    """A value that does not fit; the message names the place."""


def schema_types(schema: Schema) -> tuple[str, ...]:
    """The types a schema allows, as written: ``boolean`` or ``[string, "null"]``."""
    kind = schema.get("type")
    if isinstance(kind, list):
        return tuple(str(name) for name in kind)
    return (str(kind),) if kind is not None else ()


def schema_faults(schema: object, inputs: frozenset[str], at: str = "output_schema") -> Iterator[str]:
    """What is wrong with a schema, in words."""
    if not isinstance(schema, dict):
        yield f"{at} must be a mapping"
        return
    for key in schema:
        if key not in _KEYWORDS:
            yield f"{at}: unknown keyword {key}{nearest(str(key), _KEYWORDS)}"
    types = schema_types(schema)
    for name in types:
        if name not in TYPES:
            yield f"{at}: unknown type {name}{nearest(name, TYPES)}"
    if not types and "enum" not in schema:
        yield f"{at}: type is missing"
    for key in _NUMBERS:
        if key in schema and (isinstance(schema[key], bool) or not isinstance(schema[key], int | float)):
            yield f"{at}: {key} must be a number"
    yield from _enum_faults(schema.get("enum", []), inputs, at)
    if "items" in schema:
        yield from schema_faults(schema["items"], inputs, f"{at}.items")
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        yield f"{at}: properties must be a mapping"
    else:
        for name, part in properties.items():
            yield from schema_faults(part, inputs, f"{at}.properties.{name}")


def _enum_faults(enum: object, inputs: frozenset[str], at: str) -> Iterator[str]:
    if isinstance(enum, dict):
        name = enum.get("input")
        if set(enum) != {"input"} or name not in inputs:
            yield f"{at}: enum must be a list, or {{input: name}} with one of the inputs {', '.join(sorted(inputs))}"
    elif not isinstance(enum, list):
        yield f"{at}: enum must be a list"


def with_labels(schema: Schema, inputs: Mapping[str, object]) -> dict[str, object]:
    """The schema with ``enum: {input: labels}`` replaced by the labels. Raises 22023 where there are none."""
    filled = dict(schema)
    enum = filled.get("enum")
    if isinstance(enum, dict):
        labels = inputs.get(str(enum["input"]))
        if not isinstance(labels, list | tuple) or not labels or not all(isinstance(item, str) for item in labels):
            raise InvalidParameterValue(f'the input "{enum["input"]}" must be a list of at least one text')
        filled["enum"] = list(dict.fromkeys(labels))
    items = filled.get("items")
    if isinstance(items, dict):
        filled["items"] = with_labels(items, inputs)
    return filled


def check(value: object, schema: Schema, at: str = "the answer") -> None:
    """Raises Mismatch where the value does not fit the (label-filled) schema."""
    types = schema_types(schema)
    if types and not any(_is_a(value, name) for name in types):
        raise Mismatch(f"{at} is not a {' or '.join(types)}")
    enum = schema.get("enum")
    if isinstance(enum, list) and value not in enum:
        raise Mismatch(f"{at} is not one of {', '.join(str(label) for label in enum)}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        _within(value, schema, "minimum", "maximum", at)
    elif isinstance(value, str):
        _within(len(value), schema, "minLength", "maxLength", f"the length of {at}")
    elif isinstance(value, list):
        _within(len(value), schema, "minItems", "maxItems", f"the length of {at}")
        items = schema.get("items")
        if isinstance(items, dict):
            for index, item in enumerate(value, 1):
                check(item, items, f"item {index} of {at}")
    elif isinstance(value, dict):
        _check_object(value, schema, at)


def _check_object(value: dict[str, object], schema: Schema, at: str) -> None:
    properties = schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    for name in required if isinstance(required, list) else []:
        if name not in value:
            raise Mismatch(f'{at} lacks "{name}"')
    for name, part in value.items():
        if name in known:
            check(part, known[name], f'"{name}" of {at}')
        elif schema.get("additionalProperties") is False:
            raise Mismatch(f'{at} has an unknown "{name}"')


def _is_a(value: object, name: str) -> bool:
    if name == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if name == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    kinds: dict[str, type | tuple[type, ...]] = {
        "number": (int, float), "string": str, "array": list, "object": dict, "null": type(None),
    }  # fmt: skip
    return isinstance(value, kinds[name])


def _within(number: float, schema: Schema, low: str, high: str, at: str) -> None:
    minimum, maximum = schema.get(low), schema.get(high)
    if isinstance(minimum, int | float) and number < minimum:
        raise Mismatch(f"{at} ({number}) is less than {minimum}")
    if isinstance(maximum, int | float) and number > maximum:
        raise Mismatch(f"{at} ({number}) is more than {maximum}")
