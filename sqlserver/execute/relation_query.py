"""One read of a log relation as a ClickHouse query with bound values.

RelationRead(training_examples_mv, (user_input), cascade_id = 'a', limit 5)
→  SELECT `user_input` FROM `training_examples_mv` WHERE (`cascade_id` = {p1:String}) LIMIT 5
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlserver.core.client_session import BoundParameter
from sqlserver.core.log_relation_plan import (
    AllOf,
    AnyOf,
    Comparison,
    Constant,
    EngineConstant,
    Known,
    Parameter,
    Predicate,
    RelationRead,
)


@dataclass(frozen=True, slots=True)
class EngineValues:
    """What constants stand for: engine constants in microseconds since the epoch, and the statement's parameters."""

    microseconds: Mapping[str, int | None]
    parameters: Sequence[BoundParameter] = ()

    def of(self, constant: Constant) -> str | bool | int | None:
        """None where the value is NULL or of a type that is not compared in the store."""
        match constant:
            case Known():
                return constant.value
            case EngineConstant():
                return self.microseconds.get(constant.sql)
            case Parameter():
                fits = 1 <= constant.number <= len(self.parameters)
                value = self.parameters[constant.number - 1].value if fits else None
                return value if isinstance(value, str) else None


def relation_query(read: RelationRead, source: str, values: EngineValues) -> tuple[str, dict[str, object]]:
    """The text and its parameters. Conditions whose values are unknown are left to the statement, and so its LIMIT."""
    bound: dict[str, object] = {}
    conditions = [_condition(predicate, values, bound) for predicate in read.predicates]
    known = [condition for condition in conditions if condition is not None]
    columns = ", ".join(f"`{column}`" for column in read.columns)
    sql = f"SELECT {columns} FROM `{source}`"
    if known:
        sql += " WHERE " + " AND ".join(f"({condition})" for condition in known)
    if read.limit is not None and len(known) == len(conditions):
        if read.order_by:
            sql += " ORDER BY " + ", ".join(f"`{key.column}`{' DESC' * key.descending}" for key in read.order_by)
        sql += f" LIMIT {read.limit}"
    return sql, bound


def _condition(predicate: Predicate, values: EngineValues, bound: dict[str, object]) -> str | None:
    match predicate:
        case AllOf() | AnyOf():
            parts = [_condition(part, values, bound) for part in predicate.parts]
            if None in parts:
                return None
            joined = " AND " if isinstance(predicate, AllOf) else " OR "
            return joined.join(f"({part})" for part in parts)
        case Comparison():
            return _comparison(predicate, values, bound)


def _comparison(comparison: Comparison, values: EngineValues, bound: dict[str, object]) -> str | None:
    column = f"`{comparison.column}`"
    if comparison.sign == "IN" and all(isinstance(constant, Known) for constant in comparison.constants):
        strings = [constant.value for constant in comparison.constants if isinstance(constant, Known)]
        if all(isinstance(value, str) for value in strings):
            return f"{column} IN {_bound_strings(strings, bound)}"
    rendered: list[str] = []
    for constant in comparison.constants:
        value = values.of(constant)
        if value is None:
            return None
        rendered.append(_bound(value, isinstance(constant, EngineConstant), bound))
    if comparison.sign == "IN":
        return f"{column} IN ({', '.join(rendered)})"
    if comparison.sign == "ILIKE":
        # The engines fold letters outside ASCII differently: such rows are all kept for the statement to judge.
        return f"{column} ILIKE {rendered[0]} OR length({column}) != lengthUTF8({column})"
    return f"{column} {comparison.sign} {rendered[0]}"


def _bound(value: str | bool | int, is_time: bool, bound: dict[str, object]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"fromUnixTimestamp64Micro(toInt64({value}), 'UTC')" if is_time else str(value)
    name = f"p{len(bound) + 1}"
    bound[name] = value
    return f"{{{name}:String}}"


def _bound_strings(values: Sequence[object], bound: dict[str, object]) -> str:
    """One parameter for them all: a list may hold thousands of trace ids."""
    name = f"p{len(bound) + 1}"
    bound[name] = list(values)
    return f"{{{name}:Array(String)}}"
