"""Values of plain SQL as annotation fields, read as PostgreSQL reads them into the columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from sqlserver.catalog.log_relations import LOG_RELATIONS
from sqlserver.core.errors import InvalidParameterValue, InvalidTextRepresentation, ServerError, UndefinedColumn

_RELATION = LOG_RELATIONS["training_annotations"]
_TRUE = frozenset({"t", "true", "y", "yes", "on", "1"})
_FALSE = frozenset({"f", "false", "n", "no", "off", "0"})
_AUTHORS = ("human", "auto", "feedback")


def checked_column(name: str, position: int | None = None) -> str:
    """42703 for a column that is not there, 428C9 for the one that the server fills."""
    if _RELATION.column(name) is None:
        near = get_close_matches(name, _RELATION.column_names, 1)
        raise UndefinedColumn(
            f'column "{name}" of relation "training_annotations" does not exist',
            hint=f'Did you mean "{near[0]}"?' if near else None,
            position=position,
        )
    if name == "annotated_at":
        raise ServerError(
            'column "annotated_at" is set by the server', hint="Leave it out.", sqlstate="428C9", position=position
        )
    return name


def annotation_value(name: str, value: object) -> Any:
    """``value`` (not None) as the field holds it. 22P02 for text that is no such value, 22023 outside its range."""
    return _READERS[name](value)


def _flag(value: object) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise InvalidTextRepresentation(f'invalid input syntax for type boolean: "{value}"')


def _confidence(value: object) -> float:
    try:
        confidence = float(str(value))
    except ValueError as error:
        raise InvalidTextRepresentation(f'invalid input syntax for type double precision: "{value}"') from error
    if not 0 <= confidence <= 1:
        raise InvalidParameterValue(f"confidence {confidence:g} is outside 0 to 1", hint="Say 0.9 for ninety percent.")
    return confidence


def _tags(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(str(tag) for tag in value)
    text = str(value).strip()
    if (text[:1] + text[-1:]) not in ("{}", "[]"):
        raise InvalidTextRepresentation(f'malformed array literal: "{value}"', hint="Write ARRAY['a','b'] or '{a,b}'.")
    inner = text[1:-1].strip()
    return tuple(tag.strip().strip("\"'") for tag in inner.split(",")) if inner else ()


def _author(value: object) -> str:
    if value not in _AUTHORS:
        raise InvalidParameterValue(f'annotated_by "{value}" does not exist', hint=f"It takes {', '.join(_AUTHORS)}.")
    return str(value)


_READERS: Mapping[str, Callable[[object], Any]] = {
    "trace_id": str,
    "trainable": _flag,
    "verified": _flag,
    "confidence": _confidence,
    "notes": str,
    "tags": _tags,
    "annotated_by": _author,
    "corrected_output": str,
    "split": str,
}
