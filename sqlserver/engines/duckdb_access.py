"""What a role may run, judged by the statement's kind and by what it touches once names are resolved; fail closed.

Admin      everything that the lock and the file guard let through
analyst    statements that read, write and define tables, views and macros; functions that stay inside the database
           and the files folder; nothing that tells of the server, its settings or other databases
reader     (and annotator) queries alone, in read-only transactions, and only over tables, views and functions that
           do not reach beyond the database

DuckDB decides whether a statement writes: the binder says so of a statement with its views, macros, ``nextval`` and
CTEs resolved, and a READ ONLY transaction refuses it again. It does not say which functions a statement calls, so a
query is taken as DuckDB's own parsed tree, the definitions of its views and macros likewise, and every function and
relation in them must be one that is known to be harmless. What cannot be taken apart is refused to readers, and read
word by word for analysts: whatever may be a call then counts as one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from sqlserver.core.errors import InsufficientPrivilege, ServerError
from sqlserver.core.roles import Role
from sqlserver.engines import duckdb_binding as binding
from sqlserver.engines.declared_constraints import SCHEMA as DECLARATIONS
from sqlserver.engines.duckdb_catalog import ATTACHED
from sqlserver.engines.duckdb_definitions import Builtin, Defined, Definitions
from sqlserver.engines.duckdb_named_uses import made_macro, named_uses, names_any
from sqlserver.engines.duckdb_query_tree import FunctionCall, RelationName, UnreadableQuery, Uses, uses_of
from sqlserver.engines.duckdb_tokens import tokens
from sqlserver.engines.engine import ParsedStatement, StatementKind
from sqlserver.engines.postgres_functions import ATTACHED as DIALECT

K = StatementKind

_QUERIES = frozenset({K.SELECT, K.SHOW})
_ANALYST = frozenset(
    {K.SELECT, K.SHOW, K.INSERT, K.UPDATE, K.DELETE, K.MERGE, K.TRUNCATE, K.CREATE, K.CREATE_TABLE_AS, K.ALTER, K.DROP}
)
_SHOWING = frozenset({"SHOW", "DESCRIBE", "DESC", "SUMMARIZE"})
"""PRAGMA, CALL and IMPORT are of the kind SHOW as well."""
_ADMIN_THINGS = frozenset({"SECRET", "DATABASE", "EXTERNAL", "EXTENSION", "TRIGGER"})
_MAINTENANCE = frozenset({"VACUUM", "ANALYZE"})
_OWN_NAMES = frozenset({ATTACHED, DIALECT, DECLARATIONS})
"""The server's own databases beside the user's, and its table in there. No client writes them, no administrator."""

_TABLE_FUNCTIONS = frozenset(
    {
        "range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree", "summary",
        "test_all_types", "duckdb_columns", "duckdb_constraints", "duckdb_dependencies", "duckdb_functions",
        "duckdb_indexes", "duckdb_keywords", "duckdb_schemas", "duckdb_sequences", "duckdb_tables", "duckdb_types",
        "duckdb_views", "pg_timezone_names", "icu_calendar_names",
    }
)  # fmt: skip
"""What may stand in FROM. Everything that reads files, settings, secrets or logs, runs text as SQL
(``query``, ``query_table``, ``json_execute_serialized_sql``) or changes the server is missing here."""

_HARMLESS_VOLATILE = frozenset(
    {
        "current_connection_id", "current_query", "current_query_id", "current_transaction_id", "currval", "error",
        "gen_random_uuid", "random", "setseed", "sleep_ms", "stats", "uuid", "uuidv4", "uuidv7", "vector_type",
    }
)  # fmt: skip
"""Of the functions with side effects, those whose effects end with the session."""

_FILE_FUNCTIONS = frozenset(
    {
        "glob", "parquet_bloom_probe", "parquet_file_metadata", "parquet_full_metadata", "parquet_kv_metadata",
        "parquet_metadata", "parquet_scan", "parquet_schema", "read_blob", "read_csv", "read_csv_auto", "read_json",
        "read_json_auto", "read_json_objects", "read_json_objects_auto", "read_ndjson", "read_ndjson_auto",
        "read_ndjson_objects", "read_parquet", "read_text", "sniff_csv",
    }
)  # fmt: skip
_ANALYST_TABLE_FUNCTIONS = _TABLE_FUNCTIONS | _FILE_FUNCTIONS | {"pragma_storage_info", "pragma_table_info"}
_SEQUENCES = frozenset({"nextval", "setval"})

_REFUSED_SCALARS = frozenset({"current_setting", "getenv"})
"""They tell of the machine: paths, limits, the environment."""

_INTERNAL_VIEWS = frozenset(
    {"duckdb_columns", "duckdb_constraints", "duckdb_indexes", "duckdb_schemas", "duckdb_tables", "duckdb_types",
     "duckdb_views", "sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema"}
)  # fmt: skip
_REFUSED_CATALOG_VIEWS = frozenset({"pg_settings"})


@dataclass(frozen=True, slots=True)
class Inspection:
    """To be made on the session's own connection, in the transaction in which the statement then runs."""

    text: str
    has_parameters: bool
    read_only: bool
    """Whether that transaction refuses writes by itself."""
    writes: bool = False
    """Whether the role may write: an analyst's, which DuckDB need not judge."""

    @property
    def lasting(self) -> bool:
        """Whether its outcome stands as long as no definition changes. What an analyst's own transaction defines was
        inspected when it was defined."""
        return self.read_only or self.writes

    def check(
        self,
        connection: duckdb.DuckDBPyConnection,
        definitions: Definitions,
        moment: Moment,
        bind: Callable[[str], bool],
    ) -> None:
        """``bind`` tells whether a query writes, or raises what is wrong with it. Raises that, or 42501.

        Nothing is bound before its names are looked at: binding a function may open the file it reads.
        """
        if self.writes:
            _AnalystInspector(definitions.at(connection, moment.version, own=moment.own)).inspect(self.text)
            return
        inspector = _ReaderInspector(connection, definitions, moment)
        inspector.inspect(self.text)
        try:
            writes = bind(self.text)
        except ServerError:
            # Some queries cannot be bound without their parameters' values; the transaction refuses what would write.
            if not (self.has_parameters and self.read_only):
                raise
            writes = False
        if writes:
            raise InsufficientPrivilege("permission denied: the query changes data", hint="It takes the role analyst.")
        if inspector.unknown is not None:
            raise inspector.unknown


@dataclass(frozen=True, slots=True)
class Moment:
    """Which definitions a transaction sees: those of ``version``, and with ``own`` what it has changed itself."""

    version: int
    own: bool


def allowed(
    statement: ParsedStatement, role: Role, parse: Callable[[str], tuple[ParsedStatement, ...]], *, read_only: bool
) -> Inspection | None:
    """What is still to be looked at before the statement runs. 42501 where its kind alone forbids it."""
    if statement.kind is K.TRANSACTION:
        return None
    if statement.kind not in _QUERIES and names_any(statement.text, _OWN_NAMES):
        raise InsufficientPrivilege("permission denied for schema pg_catalog")
    if role >= Role.ADMIN:
        return None
    if role < Role.READER:
        raise InsufficientPrivilege(
            "permission denied: no role was granted to this user",
            hint="An administrator can: GRANT reader TO the user.",
        )
    words = _words(statement.text)
    if statement.kind is K.EXPLAIN:
        explained = parse(statement.text[_explained_from(statement.text) :])
        if len(explained) != 1 or explained[0].kind is K.EXPLAIN:
            raise _denied(statement, words)
        return allowed(explained[0], role, parse, read_only=read_only)
    if statement.kind is K.SET:
        _check_setting(statement, words)
        return None
    if role >= Role.ANALYST:
        _check_analyst(statement, words)
        return Inspection(statement.text, bool(statement.parameters), read_only, writes=True)
    if statement.kind not in _QUERIES or _runs_a_procedure(statement, words):
        raise _denied(statement, words)
    return Inspection(statement.text, bool(statement.parameters), read_only)


def _check_analyst(statement: ParsedStatement, words: list[str]) -> None:
    if statement.kind is K.OTHER and words[0] in _MAINTENANCE:
        return
    things = _ADMIN_THINGS & set(words[1:6]) if statement.kind in (K.CREATE, K.ALTER, K.DROP) else set()
    if statement.kind not in _ANALYST or _runs_a_procedure(statement, words) or things:
        raise _denied(statement, words)


def _runs_a_procedure(statement: ParsedStatement, words: list[str]) -> bool:
    return statement.kind is K.SHOW and words[0] not in _SHOWING


def _check_setting(statement: ParsedStatement, words: list[str]) -> None:
    """The lock keeps all but the session's own settings; a value that is computed could still be a query."""
    own = any(name in statement.text.lower() for name in _OWN_NAMES)  # a schema's name may stand in a string
    if own or "(" in words or "SELECT" in words or "GLOBAL" in words[1:2]:
        raise _denied(statement, words)


class _ReaderInspector:
    def __init__(self, connection: duckdb.DuckDBPyConnection, definitions: Definitions, moment: Moment) -> None:
        self._connection = connection
        self._definitions = definitions
        self._defined = definitions.at(connection, moment.version, own=moment.own)
        self._seen: set[str] = set()
        self.unknown: InsufficientPrivilege | None = None
        """For a name that nothing is known by, which is most likely a slip: then the binder's error says it better."""

    def inspect(self, query: str, *, server_made: bool = False) -> None:
        """``server_made``: the text is the definition of a relation that only the server itself can make."""
        if query in self._seen:
            return
        self._seen.add(query)
        uses = uses_of(query)
        for relation in uses.relations:
            self._check_relation(relation, uses)
        for call in uses.calls:
            if not (server_made and call.name == _SERVER_RELATION and not call.arguments):
                self._check_function(call)

    def _check_relation(self, relation: RelationName, uses: Uses) -> None:
        kind = binding.table_kind(self._connection, relation.path)
        if kind == "none":
            # Neither a table nor a view: a common table expression, or the name of a file.
            if len(relation.path) == 1 and relation.path[0].lower() in uses.common_tables and relation.is_plain:
                return
            self.unknown = InsufficientPrivilege(f"permission denied for table {'.'.join(relation.path)}")
            if not relation.is_plain:
                raise self.unknown
        if kind == "table":
            return
        for view in self._definitions.views(self._connection, relation.path[-1]):
            if not view.internal:
                self.inspect(view.query, server_made=view.temporary)
            elif not _harmless_internal(view.schema, relation.path[-1].lower()):
                raise InsufficientPrivilege(f"permission denied for view {relation.path[-1]}")

    def _check_function(self, call: FunctionCall) -> None:
        known, macros = self._defined.builtins.get(call.name), self._defined.macros.get(call.name, ())
        for macro in macros:
            self.inspect(macro)
        if known is None and macros:
            return
        if call.in_from:
            harmless = call.name in _TABLE_FUNCTIONS
        else:
            harmless = known is not None and (not known.volatile or call.name in _HARMLESS_VOLATILE)
            harmless = harmless and call.name not in _REFUSED_SCALARS
        if not harmless:
            self.unknown = InsufficientPrivilege(f"permission denied for function {call.name}")
            if known is not None or call.in_from:
                raise self.unknown


class _AnalystInspector:
    """A name that is no built-in's is left to the binder: what it means was inspected when it was defined."""

    def __init__(self, defined: Defined) -> None:
        self._defined = defined
        self._seen: set[str] = set()

    def inspect(self, text: str) -> None:
        if text in self._seen:
            return
        self._seen.add(text)
        macro = made_macro(text)
        if macro in self._defined.builtins:
            raise InsufficientPrivilege(
                f'permission denied to define "{macro}": it is the name of a built-in function',
                hint="Others who call the built-in one would get yours. Choose another name.",
            )
        try:
            uses = uses_of(text)
        except UnreadableQuery:
            if names_any(text, _OWN_NAMES):
                raise
            uses = named_uses(text)
        for relation in uses.relations:
            self._check_relation(relation.path[-1].lower())
        for call in uses.calls:
            for body in self._defined.macros.get(call.name, ()):
                self.inspect(body)
            known = self._defined.builtins.get(call.name)
            if known is not None and not _harmless_to_analysts(call, known):
                raise InsufficientPrivilege(f"permission denied for function {call.name}")

    def _check_relation(self, name: str) -> None:
        for view in self._defined.views.get(name, ()):
            if not view.internal:
                self.inspect(view.query)
            elif not _harmless_internal(view.schema, name):
                raise InsufficientPrivilege(f"permission denied for view {name}")


def _harmless_to_analysts(call: FunctionCall, known: Builtin) -> bool:
    """A call that may stand anywhere must be harmless wherever the function can be called."""
    if call.in_from is not False and known.in_from and call.name not in _ANALYST_TABLE_FUNCTIONS:
        return False
    if known.in_expressions and known.volatile and call.name not in _HARMLESS_VOLATILE | _SEQUENCES:
        return False
    return call.name not in _REFUSED_SCALARS


_SERVER_RELATION = "python_arrow_scan"
"""Reads an Arrow table under a name that only the server can register: answers, copies of log relations."""


def _harmless_internal(schema: str, name: str) -> bool:
    if schema in ("pg_catalog", "information_schema"):
        return name not in _REFUSED_CATALOG_VIEWS
    return name in _INTERNAL_VIEWS


def _denied(statement: ParsedStatement, words: list[str]) -> InsufficientPrivilege:
    """In PostgreSQL's words as far as the statement's own say what it is about."""
    target = _target(words)
    match statement.kind:
        case K.INSERT | K.UPDATE | K.DELETE | K.MERGE | K.TRUNCATE if target:
            return InsufficientPrivilege(f"permission denied for table {target}")
        case K.CREATE | K.CREATE_TABLE_AS if not _ADMIN_THINGS & set(words[1:6]):
            return InsufficientPrivilege("permission denied for schema public")
        case K.COPY:
            return InsufficientPrivilege(
                "permission denied to COPY to or from a file", hint="COPY … TO STDOUT and FROM STDIN go to the client."
            )
    return InsufficientPrivilege(f"permission denied for {' '.join(words[:2]) if words else 'this statement'}")


def _target(words: list[str]) -> str:
    skipped = {
        "INSERT",
        "OR",
        "REPLACE",
        "IGNORE",
        "INTO",
        "UPDATE",
        "DELETE",
        "FROM",
        "MERGE",
        "TRUNCATE",
        "TABLE",
        "ONLY",
    }
    rest = [word for word in words if word not in skipped] if words and words[0] != "WITH" else []
    return rest[0].strip('"').lower() if rest else ""


def _words(sql: str) -> list[str]:
    """The tokens without comments, upper case."""
    return [token.upper() for _, token in tokens(sql) if not token.startswith(("--", "/*"))] or [""]


def _explained_from(sql: str) -> int:
    """Where the statement behind EXPLAIN [ANALYZE] [VERBOSE] [(options)] begins."""
    depth = 0
    started = False
    for offset, token in tokens(sql):
        word = token.upper()
        if token.startswith(("--", "/*")):
            continue
        if depth or (started and word == "("):
            depth += {"(": 1, ")": -1}.get(word, 0)
        elif word not in ("EXPLAIN", "ANALYZE", "ANALYSE", "VERBOSE"):
            return offset
        else:
            started = True
    return len(sql)
