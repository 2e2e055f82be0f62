"""A statement that goes to ClickHouse as written, because it calls functions only ClickHouse has.

    SELECT quantileExact(0.9)(duration_ms), JSONExtractString(full_request_json, '$.messages[-1].content') …
    →  the same, with the documents' path form in ClickHouse's own: …, 'messages', -1, 'content')

Only one SELECT over log relations passes, with no table function, no foreign table and no function that reads
anything but its arguments: the store's other tables, files and networks stay out of reach.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from sqlglot import Token, TokenType, exp

from sqlserver.core.log_relation_plan import Splice, apply_splices
from sqlserver.plan.log_relations.clickhouse_functions import called_functions
from sqlserver.plan.log_relations.references import references_in_tree
from sqlserver.plan.log_relations.relations import USER_SCHEMA

_PATH_STEP = re.compile(r"""\.(?P<key>\w+)|\["(?P<quoted>[^"\\]+)"\]|\[(?P<index>-?\d+)\]""")
_REACHES_OUT = (
    "addressto", "buildid", "catboost", "demangle", "dict", "display", "evalml", "executable", "file", "filesystem",
    "fqdn", "getclient", "getmacro", "getserver", "getsetting", "hostname", "initialize", "join", "naivebayes",
    "serveruuid", "show", "sleep", "structureto", "tcpport", "throwif", "url",
)  # fmt: skip
"""How the names of functions begin that read, wait for or tell more than their arguments."""


def clickhouse_statement(sql: str, tree: exp.Expr, tokens: Sequence[Token]) -> str | None:
    """The text for ClickHouse, or None where the statement may not or cannot go there."""
    if not isinstance(tree, exp.Query) or any(token.text.upper() in ("SETTINGS", "FORMAT") for token in tokens):
        return None
    if any(name.startswith(_REACHES_OUT) for name in called_functions(tokens)):
        return None
    if any(True for _ in tree.find_all(exp.Operator, exp.Parameter, exp.Placeholder)):
        return None
    references = references_in_tree(tree)
    ours = {id(reference.table) for reference in references}
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        plain_name = isinstance(table.this, exp.Identifier) and not table.args.get("db")
        if id(table) not in ours and not (plain_name and table.name.lower() in ctes):
            return None
    splices = _paths(tokens)
    splices += [
        Splice(token.start, dot.end + 1, "")
        for token, dot in itertools.pairwise(tokens)
        if token.text.lower() == USER_SCHEMA and dot.token_type == TokenType.DOT
    ]
    return apply_splices(sql, tuple(sorted(splices, key=lambda splice: splice.start)))


def _paths(tokens: Sequence[Token]) -> list[Splice]:
    return [
        Splice(token.start, token.end + 1, path)
        for token, function in _path_arguments(tokens)
        if function.startswith("json") and (path := clickhouse_path(token.text)) is not None
    ]


def _path_arguments(tokens: Sequence[Token]) -> list[tuple[Token, str]]:
    """String tokens that start with ``$``, each with the lower-case name of the function whose argument it is."""
    calls: list[str] = []
    found: list[tuple[Token, str]] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.token_type == TokenType.L_PAREN:
            calls.append(before.text.lower() if before is not None else "")
        elif token.token_type == TokenType.R_PAREN and calls:
            calls.pop()
        elif token.token_type == TokenType.STRING and token.text.startswith("$") and calls:
            found.append((token, calls[-1]))
    return found


def clickhouse_path(path: str) -> str | None:
    """``$.messages[-1].content`` as ClickHouse's arguments ``'messages', -1, 'content'``; None for no such path.

    Positions count from 0 in a path and from 1 in ClickHouse; from the end they are the same.
    """
    arguments: list[str] = []
    at = 1
    while at < len(path):
        step = _PATH_STEP.match(path, at)
        if step is None:
            return None
        key = step["key"] or step["quoted"]
        if key is not None:
            arguments.append("'" + key.replace("'", "''") + "'")
        else:
            index = int(step["index"])
            arguments.append(str(index if index < 0 else index + 1))
        at = step.end()
    return ", ".join(arguments) or None
