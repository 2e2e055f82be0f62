"""Which relations and functions a query names, read off DuckDB's own parsed tree (``json_serialize_sql``).

The tree is of the text alone: names are not resolved. A node of a kind that is not listed here is refused, so that a
new form of SQL is closed until somebody has looked at it.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb

from sqlserver.core.errors import InsufficientPrivilege

_QUERY_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_RELATIONS = frozenset(
    {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT", "SHOW_REF"}
)
_PARTS = frozenset(
    {"ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER",
     "ASCENDING", "DESCENDING", "ORDER_DEFAULT"}
)  # fmt: skip
_EXPRESSIONS = frozenset(
    {"BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "DEFAULT", "FUNCTION",
     "LAMBDA", "LAMBDA_REF", "OPERATOR", "PARAMETER", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW"}
)  # fmt: skip
_KINDS = _QUERY_NODES | _RELATIONS | _PARTS
_PLAIN_NAME = re.compile(r"[\w $-]+")


class UnreadableQuery(InsufficientPrivilege):
    """Nothing is known of what the query names."""


@dataclass(frozen=True, slots=True)
class RelationName:
    path: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it could not be the name of a file, a URL or a pattern of them."""
        return all(_PLAIN_NAME.fullmatch(part) is not None for part in self.path)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """``name`` in lower case, without its schema. ``in_from`` None: it cannot be told whether it stands in FROM."""

    name: str
    in_from: bool | None
    arguments: int


@dataclass(slots=True)
class Uses:
    """``common_tables`` in lower case, from anywhere in the query."""

    relations: list[RelationName] = field(default_factory=list)
    calls: list[FunctionCall] = field(default_factory=list)
    common_tables: set[str] = field(default_factory=set)


class _Parser:
    """A connection of its own: in a user's database somebody could have put a macro in the function's place."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:", config={"threads": "1", "enable_external_access": "false"})
        self._turn = threading.Lock()

    def tree(self, query: str) -> Any:
        with self._turn:
            row = self._connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchone()
        return json.loads(row[0]) if row is not None else {"error": True}


_parsers: list[_Parser] = []
_making = threading.Lock()


def _parser() -> _Parser:
    with _making:
        if not _parsers:
            _parsers.append(_Parser())
        return _parsers[0]


def uses_of(query: str) -> Uses:
    """Of one query. UnreadableQuery (42501) where DuckDB or this module cannot take it apart."""
    try:
        tree = _parser().tree(query)
    except duckdb.Error:
        raise _unreadable() from None
    if tree.get("error") or len(tree.get("statements", ())) != 1:
        raise _unreadable()
    uses = Uses()
    _walk(tree["statements"][0]["node"], uses)
    return uses


def _walk(root: Any, uses: Uses) -> None:
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            pending.extend(_note(node, uses))


def _note(node: dict[str, Any], uses: Uses) -> Iterator[Any]:
    """Notes what the node itself names; the parts that are still to be looked at."""
    kind, group = node.get("type"), node.get("class")
    if "literal" in node and group == "CONSTANT":
        return
    if isinstance(group, str):
        if group not in _EXPRESSIONS:
            raise _unreadable()
        if group in ("FUNCTION", "WINDOW"):
            uses.calls.append(_call(node, in_from=False))
    elif isinstance(kind, str):
        if kind not in _KINDS:
            raise _unreadable()
        shown = kind == "SHOW_REF" and node.get("query") is None and node.get("show_type") != "SHOW_SPECIAL"
        if kind == "BASE_TABLE" or shown:
            uses.relations.append(RelationName(_path(node, "catalog_name", "schema_name", "table_name")))
        elif kind == "TABLE_FUNCTION":
            function = node["function"]
            if not isinstance(function, dict) or function.get("class") != "FUNCTION":
                raise _unreadable()
            uses.calls.append(_call(function, in_from=True))
            node = {**node, "function": function.get("arguments")}
    uses.common_tables.update(_common_tables(node))
    for name, part in node.items():
        if isinstance(part, dict | list) and name not in ("qualified_name", "column_names", "sample"):
            yield part


def _common_tables(node: dict[str, Any]) -> Iterator[str]:
    common = node.get("cte_map")
    if isinstance(common, dict):
        yield from (str(entry["key"]).lower() for entry in common.get("map", ()))
    if isinstance(node.get("cte_name"), str):
        yield node["cte_name"].lower()


def _call(node: dict[str, Any], *, in_from: bool) -> FunctionCall:
    name = _path(node, "catalog", "schema", "function_name")[-1].lower()
    return FunctionCall(name, in_from, len(node.get("arguments") or ()))


def _path(node: dict[str, Any], *names: str) -> tuple[str, ...]:
    """From both spellings of a name in the tree, which must agree."""
    spelled = tuple(str(node[name]) for name in names if node.get(name))
    qualified = node.get("qualified_name")
    path = tuple(map(str, qualified["path"])) if isinstance(qualified, dict) and qualified.get("path") else spelled
    if not path or path != spelled:
        raise _unreadable()
    return path


def _unreadable() -> UnreadableQuery:
    return UnreadableQuery("permission denied for this form of query", hint="Readers and annotators run plain queries.")
