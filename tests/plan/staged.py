# ruff: noqa: E501 - a statement stands on one line
"""A reference executor: runs a plan's stages with Python answers, and the same statement with per-row functions.

Both answer by the same deterministic functions, so rows must be equal; the number of distinct inputs asked is counted.
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field

import duckdb

from sqlserver.core.operators import Argument, InfixForm, Operator, OperatorTable
from sqlserver.plan.semantic import plan_statement
from sqlserver.sql.outline import Call, Node, TraceOf
from sqlserver.sql.recognise import SemanticStatement, parse_statement


def _texts(*names: str) -> tuple[Argument, ...]:
    return tuple(Argument(name, "VARCHAR") for name in names)


MATCHES = Operator(
    "semantic_matches",
    "",
    _texts("text", "criterion"),
    "BOOLEAN",
    "c",
    aliases=("ai_filter",),
    infix=(InfixForm("text", ("MEANS",), "criterion"), InfixForm("text", ("MATCHES",), "criterion")),
)
SCORE = Operator(
    "semantic_score",
    "",
    _texts("text", "criterion"),
    "DOUBLE",
    "c",
    infix=(InfixForm("text", ("ABOUT",), "criterion"), InfixForm("text", ("ALIGNS", "WITH"), "criterion")),
)
ASK = Operator(
    "semantic_ask",
    "",
    _texts("text", "question"),
    "VARCHAR",
    "c",
    infix=(InfixForm("text", ("ASK",), "question"),),
)
CLASSIFY = Operator(
    "semantic_classify",
    "",
    (Argument("text", "VARCHAR"), Argument("labels", "VARCHAR[]")),
    "VARCHAR",
    "c",
    aliases=("classify",),
)
CONDENSE = Operator("condense", "", _texts("text"), "VARCHAR", "c")
THEMES = Operator("themes", "", _texts("text"), "VARCHAR", "c", shape="aggregate")
OPERATORS = OperatorTable.of([MATCHES, SCORE, ASK, CLASSIFY, CONDENSE, THEMES])


def matches(text: str, criterion: str) -> bool | None:
    digest = zlib.crc32(f"{text}|{criterion}".encode()) % 7
    return None if digest == 6 else digest < 3


def score(text: str, criterion: str) -> float:
    return zlib.crc32(f"{criterion}#{text}".encode()) % 101 / 100


def ask(text: str, question: str) -> str | None:
    digest = zlib.crc32(f"{text}?{question}".encode()) % 5
    return None if digest == 4 else f"{('yes', 'no', 'maybe', 'never')[digest]}"


def classify(text: str, labels: list[str]) -> str | None:
    return labels[zlib.crc32(text.encode()) % len(labels)] if labels else None


def condense(text: str) -> str:
    return text[:1]


ANSWERS = {"semantic_matches": matches, "semantic_score": score, "semantic_ask": ask, "semantic_classify": classify}
ANSWERS |= {"condense": condense}


def null_in_null_out(answer, arguments):
    if arguments == 1:
        return lambda text: None if text is None else answer(text)
    return lambda text, other: None if text is None or other is None else answer(text, other)


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    for operator in (MATCHES, SCORE, ASK, CLASSIFY, CONDENSE):
        connection.create_function(
            operator.name,
            null_in_null_out(ANSWERS[operator.name], len(operator.arguments)),
            [argument.type for argument in operator.arguments],
            operator.returns,
            null_handling="special",
        )
    connection.execute(
        """
        CREATE TABLE p (id INTEGER, d VARCHAR, cat VARCHAR, price INTEGER, value VARCHAR, arg_1 VARCHAR, tags VARCHAR[], j JSON);
        INSERT INTO p SELECT i, CASE WHEN i % 11 <> 10 THEN 'item ' || (i % 9) END, chr((97 + i % 3)::INTEGER), i * 7 % 20,
               'v' || (i % 4), 'a' || (i % 5), ['t' || (i % 3), 'u'], '{"k": "' || (i % 4) || '"}' FROM range(40) r(i);
        CREATE TABLE q (id INTEGER, pid INTEGER, note VARCHAR, cat VARCHAR);
        INSERT INTO q SELECT i, i * 3 % 20, CASE WHEN i % 7 <> 3 THEN 'note ' || (i % 6) END, chr((97 + i % 4)::INTEGER) FROM range(25) r(i);
        CREATE TABLE empty_table (id INTEGER, d VARCHAR);
        CREATE TABLE target (id INTEGER, m BOOLEAN, s VARCHAR);
        INSERT INTO target SELECT i, NULL, 'item ' || i FROM range(12) r(i);
        """
    )
    return connection


@dataclass
class Staged:
    """``asked`` are the distinct inputs of all stages, with how often a stage asked each."""

    rows: list[tuple[object, ...]] | None
    labels: list[str]
    asked: Counter[tuple[object, ...]] = field(default_factory=Counter)
    stages: int = 0


def parses(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    try:
        connection.extract_statements(sql)
    except duckdb.ParserException:
        return False
    return True


def binds(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    try:
        connection.execute(f"EXPLAIN {sql}")
    except (duckdb.BinderException, duckdb.CatalogException):
        return False
    return True


def read(connection: duckdb.DuckDBPyConnection, sql: str) -> SemanticStatement:
    statement = parse_statement(sql, OPERATORS, lambda text: parses(connection, text))
    assert statement is not None, f"no semantic call was found in {sql}"
    return statement


def run_staged(
    connection: duckdb.DuckDBPyConnection, statement: SemanticStatement, *, resolves_names: bool = True
) -> Staged:
    plan = plan_statement(
        statement, prefix="_answers", binds=(lambda sql: binds(connection, sql)) if resolves_names else None
    )
    asked: Counter[tuple[object, ...]] = Counter()
    try:
        for stage in plan.stages:
            _answer(connection, stage, asked)
        cursor = connection.execute(plan.final_query)
        labels = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchall()
    finally:
        for stage in plan.stages:
            connection.execute(f'DROP TABLE IF EXISTS "{stage.answers_table}"')
    return Staged(rows, labels, asked, len(plan.stages))


def _answer(connection: duckdb.DuckDBPyConnection, stage, asked: Counter[tuple[object, ...]]) -> None:
    operator = stage.operator
    cursor = connection.execute(stage.input_query)
    assert [column[0] for column in cursor.description] == [f"arg_{n + 1}" for n in range(len(operator.arguments))]
    inputs = cursor.fetchall()
    assert all(value is not None for row in inputs for value in row)
    columns = ", ".join(f"arg_{n} {argument.type}" for n, argument in enumerate(operator.arguments, 1))
    connection.execute(
        f'CREATE TEMP TABLE "{stage.answers_table}" ({columns}, value STRUCT(v {operator.returns}, trace VARCHAR))'
    )
    for row in inputs:
        key = (operator.name, *(tuple(value) if isinstance(value, list) else value for value in row))
        asked[key] += 1
        answer = {"v": ANSWERS[operator.name](*row), "trace": f"trace {operator.name} {row}"}
        marks = ", ".join("?" for _ in range(len(row) + 1))
        connection.execute(f'INSERT INTO "{stage.answers_table}" VALUES ({marks})', [*row, answer])


def with_functions(statement: SemanticStatement) -> str:
    """The statement with every call written as a function call, for the engine to evaluate row by row."""

    def write(node: Node) -> str:
        if isinstance(node, TraceOf):
            raise TypeError("a trace has no function form")
        if not isinstance(node, Call):
            return splice(node.start, node.end, node.children)
        pairs = zip(node.arguments, node.operator.arguments, strict=True)
        arguments = ", ".join(f"CAST(({write(argument)}) AS {declared.type})" for argument, declared in pairs)
        text = f"{node.operator.name}({arguments})"
        return f"(NOT {text})" if node.negated else text

    def splice(start: int, end: int, children: tuple[Node, ...]) -> str:
        pieces = []
        for child in children:
            pieces.extend((statement.sql[start : child.start], write(child)))
            start = child.end
        return "".join((*pieces, statement.sql[start:end]))

    return splice(0, len(statement.sql), (statement.root,))
