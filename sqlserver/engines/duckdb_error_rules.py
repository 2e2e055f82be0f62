"""Which DuckDB error is which PostgreSQL condition, as a table of rules read top to bottom.

Each rule names DuckDB's kind, a pattern over its message, the SQLSTATE and PostgreSQL's words; ``{0}`` … are the
pattern's groups with DuckDB's type names already in PostgreSQL's spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Found = tuple[str, str, str | None, str | None]

KIND_CODES: dict[str, str] = {
    "Parser": "42601",
    "Syntax": "42601",
    "Binder": "42601",
    "Catalog": "42704",
    "Constraint": "23000",
    "Conversion": "22P02",
    "Out of Range": "22003",
    "Invalid Input": "22023",
    "Invalid type": "42804",
    "Mismatch Type": "42804",
    "Decimal": "22003",
    "Divide by Zero": "22012",
    "Expression": "42804",
    "TransactionContext": "25000",
    "Transaction": "25000",
    "Permission": "42501",
    "IO": "58030",
    "HTTP": "58030",
    "Out of Memory": "53200",
    "Not implemented": "0A000",
    "Dependency": "2BP01",
    "Sequence": "2200H",
    "Parameter Not Resolved": "42P18",
    "Parameter Not Allowed": "42601",
    "Missing Extension": "0A000",
    "Settings": "22023",
    "Serialization": "22023",
    "Connection": "08006",
}
"""The general code of each kind, for messages that no rule knows. A kind that is missing here is a bug (XX000)."""

_TYPE_NAMES = {
    "BOOL": "boolean", "BOOLEAN": "boolean", "INT8": "smallint", "TINYINT": "smallint", "INT16": "smallint",
    "SMALLINT": "smallint", "INT32": "integer", "INTEGER": "integer", "INTEGER_LITERAL": "integer",
    "INT64": "bigint", "BIGINT": "bigint", "INT128": "numeric", "HUGEINT": "numeric", "UINT8": "smallint",
    "UINT16": "integer", "UINT32": "bigint", "UINT64": "numeric", "UBIGINT": "numeric", "FLOAT": "real",
    "DOUBLE": "double precision", "VARCHAR": "text", "STRING_LITERAL": "unknown", "BLOB": "bytea", "UUID": "uuid",
    "DATE": "date", "TIME": "time", "TIMESTAMP": "timestamp", "INTERVAL": "interval", "JSON": "json",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone", '"NULL"': "unknown",
}  # fmt: skip
_LOCKED_HINT = "This setting belongs to the administrator."
_FILES_HINT = 'SQL reads and writes files only in the "files" folder of the data directory.'
_CAST_HINT = "No {0} matches the given name and argument types. You might need to add explicit type casts."


@dataclass(frozen=True, slots=True)
class Rule:
    """``pattern`` is searched in the message of errors of this ``kind``."""

    kind: str
    pattern: str
    code: str
    message: str
    detail: str | None = None
    hint: str | None = None

    def match(self, kind: str, message: str) -> Found | None:
        if self.kind != kind:
            return None
        found = re.search(self.pattern, message, re.DOTALL)
        if found is None:
            return None
        groups = [_pg_types(group or "") for group in found.groups()]
        fill = [None if part is None else part.format(*groups) for part in (self.detail, self.hint)]
        return self.code, self.message.format(*groups), fill[0], fill[1]


def _pg_types(text: str) -> str:
    if text in _TYPE_NAMES:
        return _TYPE_NAMES[text]
    if len(text) > 2 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        # DuckDB quotes a name that is a key word; the messages here quote every name.
        return text[1:-1]
    parts = text.split(", ")
    return ", ".join(_TYPE_NAMES.get(part, part) for part in parts) if len(parts) > 1 else text


_CONFLICT = "could not serialize access due to concurrent update"
_RETRY = "Another transaction changed the same data; repeat the transaction."
_FUNCTION_KINDS = r"(?:Scalar |Aggregate |Table |Window |Pragma |Scalar Macro |Table Macro )*(?:Function|Macro)"

_BAD_PATTERN = "|".join(
    ("missing [)\\]]", "unexpected [)]", "bad repetition", "no argument for repetition", "invalid escape sequence",
     "invalid character class", "invalid perl operator", "invalid repetition size", "trailing .$")
)  # fmt: skip
"""How RE2 begins what it says of a pattern."""

RULES: tuple[Rule, ...] = (
    # Catalog
    Rule("Catalog", rf"^{_FUNCTION_KINDS} with name \"?([^\"]+?)\"? does not exist", "42883",
         "function {0} does not exist"),

            Rule("Catalog", r"^Table Function with name \"?(\S+?)\"? is not in the catalog, .* in the (\S+) ext",
         "0A000", "function {0} needs DuckDB's {1} extension, which is not loaded"),
    Rule("Catalog", r"exists in the (\S+) extension", "0A000",
         "this needs DuckDB's {0} extension, which is not loaded"),
    Rule("Catalog", r"^Type with name \"?([^\"]+?)\"? does not exist", "42704", 'type "{0}" does not exist'),
    Rule("Catalog", r"^Schema with name \"?([^\"]+?)\"? does not exist", "3F000", 'schema "{0}" does not exist'),
    Rule("Catalog", r"^No catalog \+ schema named \"(.+?)\"|SET schema: No catalog \+ schema named \"(.+?)\"", "3F000",
         'schema "{0}{1}" does not exist'),
    Rule("Catalog", r"^Catalog \"?(.+?)\"? does not exist", "3D000", 'database "{0}" does not exist'),
    Rule("Catalog", r"^Index with name \"?([^\"]+?)\"? does not exist", "42704", 'index "{0}" does not exist'),
    Rule("Catalog", r"^(?:Table|View|Sequence) with name \"?([^\"]+?)\"? does not exist", "42P01",
         'relation "{0}" does not exist'),
    Rule("Catalog", r"unrecognized configuration parameter \"(.+?)\"", "42704",
         'unrecognized configuration parameter "{0}"'),
    Rule("Catalog", r"^Column with name \"?(.+?)\"? already exists", "42701", 'column "{0}" specified more than once'),
    Rule("Catalog", r"^Schema with name \"?(.+?)\"? already exists", "42P06", 'schema "{0}" already exists'),
    Rule("Catalog", r"^Type with name \"?(.+?)\"? already exists", "42710", 'type "{0}" already exists'),
    Rule("Catalog", rf"^{_FUNCTION_KINDS} with name \"?(.+?)\"? already exists", "42723",
         'function "{0}" already exists with same argument types'),
    Rule("Catalog", r"^(?:Table|View|Sequence|Index) with name \"?(.+?)\"? already exists", "42P07",
         'relation "{0}" already exists'),
    Rule("Catalog", r"^Existing object \"?(.+?)\"? is of type (\w+), trying to \w+ type (\w+)", "42809",
         '"{0}" is not a {2}', None, '"{0}" is a {1}.'),
    Rule("Catalog", r"write-write conflict", "40001", _CONFLICT, None, _RETRY),
    # Binder
    Rule("Binder", r"^Referenced column \"(.+?)\" (?:not found|was not found)", "42703", 'column "{0}" does not exist'),
    Rule("Binder", r"^Referenced table \"(.+?)\" not found", "42P01", 'missing FROM-clause entry for table "{0}"'),
    Rule("Binder", r"^Table \"(.+?)\" does not have a column named \"(.+?)\"", "42703",
         "column {0}.{1} does not exist"),
    Rule("Binder", r"^Table \"(.+?)\" does not have a column with name \"(.+?)\"", "42703",
         'column "{1}" of relation "{0}" does not exist'),
    Rule("Binder", r"^Referenced update column (.+?) not found", "42703", 'column "{0}" does not exist'),
    Rule("Binder", r"^Ambiguous reference to column name \"(.+?)\" \((.+)\)", "42702",
         'column reference "{0}" is ambiguous', None, "Write {1}."),
    Rule("Binder", r"^Ambiguous reference to table \"(.+?)\"", "42712", 'table name "{0}" specified more than once'),
    Rule("Binder", r"^column \"(.+?)\" must appear in the GROUP BY", "42803",
         'column "{0}" must appear in the GROUP BY clause or be used in an aggregate function'),
    Rule("Binder", r"^aggregate function calls cannot be nested", "42803", "aggregate function calls cannot be nested"),
    Rule("Binder", r"^(\w+) clause cannot contain aggregates", "42803", "aggregate functions are not allowed in {0}"),
    Rule("Binder", r"^(\w+) clause cannot contain window functions", "42P20",
         "window functions are not allowed in {0}"),
    Rule("Binder", r"^Window functions are not supported here", "42P20",
         "window function call requires an OVER clause"),
    Rule("Binder", r"No function matches the given name and argument types '([^\w\s\"(][^\s\"(]*)\((.*?), (.*?)\)'",
         "42883", "operator does not exist: {1} {0} {2}", None, _CAST_HINT.format("operator")),
    Rule("Binder", r"No function matches the given name and argument types '(.+?)\((.*?)\)'", "42883",
         "function {0}({1}) does not exist", None, _CAST_HINT.format("function")),

            Rule("Binder", r"Could not choose a best candidate .*call \"([^\w\s\"(]+)\((.*?), (.*?)\)",
         "42725", "operator is not unique: {1} {0} {2}", None,
         "Could not choose a best candidate operator. You might need to add explicit type casts."),
    Rule("Binder", r"Could not choose a best candidate function for the function call \"(.+?)\((.*?)\)\"", "42725",
         "function {0}({1}) is not unique", None,
         "Could not choose a best candidate function. You might need to add explicit type casts."),
    Rule("Binder", r"[Cc]annot (?:compare|mix) values of type (.+?) and (?:values of )?(?:type )?(.+?)(?: [-in]|$)",
         "42804", "types {0} and {1} cannot be matched", None, "You might need to add explicit type casts."),
    Rule("Binder", r"(?:has|expected) (\d+) columns but (\d+) values were supplied", "42601",
         "INSERT has {1} expressions for {0} target columns"),
    Rule("Binder", r"same number of result columns", "42601", "each UNION query must have the same number of columns"),
    Rule("Binder", r"^ORDER term out of range", "42P10", "ORDER BY position is not in select list"),
    Rule("Binder", r"conflict target are not referenced by a UNIQUE", "42P10",
         "there is no unique or exclusion constraint matching the ON CONFLICT specification"),
    Rule("Binder", r"^Prepared statement \"(.+?)\" does not exist", "26000", 'prepared statement "{0}" does not exist'),
    Rule("Binder", r"DECIMAL type width must be", "22023", "NUMERIC precision must be between 1 and 38"),
    Rule("Binder", r"^Catalog \"(.+?)\" does not exist", "3D000", 'database "{0}" does not exist'),
    Rule("Binder", r"^Cannot extract field '(.+?)' from expression \"(.+?)\"",
         "42703", 'column "{0}" not found in "{1}"'),
    # Values
    Rule("Conversion", r"Could not convert string '(.*)' to INTERVAL", "22007",
         'invalid input syntax for type interval: "{0}"'),
    Rule("Conversion", r"Could not convert string \"(.*)\" to DECIMAL\(", "22P02",
         'invalid input syntax for type numeric: "{0}"'),
    Rule("Conversion", r"Could not convert string '(.*)' to (ENUM\(.*\))", "22P02",
         'invalid input value for enum {1}: "{0}"'),
    Rule("Invalid Input", r"Could not convert string '(.*)' to (ENUM\(.*\))", "22P02",
         'invalid input value for enum {1}: "{0}"'),
    Rule("Conversion", r"Could not convert string '(.*)' to ([\w ]+?)(?: when casting from source column .*)?$",
         "22P02",
         'invalid input syntax for type {1}: "{0}"'),
    Rule("Invalid Input", r"^Failed to cast value: Could not convert string '(.*)' to ([\w ]+)$", "22P02",
         'invalid input syntax for type {1}: "{0}"'),
    Rule("Conversion", r"invalid (date|time|timestamp) field format: \"(.*?)\"", "22007",
         'invalid input syntax for type {0}: "{1}"'),
    Rule("Invalid Input", r"invalid (date|time|timestamp) field format: \"(.*?)\"", "22007",
         'invalid input syntax for type {0}: "{1}"'),
    Rule("Conversion", r"(?:date|time|timestamp) field value out of range: \"(.*?)\"", "22008",
         'date/time field value out of range: "{0}"'),
    Rule("Invalid Input", r"(?:date|time|timestamp) field value out of range: \"(.*?)\"", "22008",
         'date/time field value out of range: "{0}"'),
    Rule("Conversion", r"extract specifier \"(.*?)\" not recognized", "22023", 'unit "{0}" not recognized'),
    Rule("Invalid Input", r"Could not parse string \"(.*?)\" according to format specifier", "22007",
         'invalid value "{0}" for the template'),
    Rule("Conversion", r"^Date out of range: (\S+)", "22008", "date field value out of range: {0}"),
    Rule("Invalid Input", rf"^((?:{_BAD_PATTERN}).*)", "2201B", "invalid regular expression: {0}"),
    Rule("Conversion", r"Casting value \"(.*?)\" to type (DECIMAL\S+)", "22003", "numeric field overflow",
         'The value "{0}" does not fit {1}.'),
    Rule("Conversion", r"out of range for the destination type (\w+)", "22003", "{0} out of range"),
    Rule("Conversion", r"Malformed JSON", "22P02", "invalid input syntax for type json"),
    Rule("Invalid Input", r"Malformed JSON", "22P02", "invalid input syntax for type json"),
    Rule("Conversion", r"Unimplemented type for cast \((.+?) -> (.+?)\)", "42846", "cannot cast type {0} to {1}"),
    Rule("Binder", r"Unimplemented type for cast \((.+?) -> (.+?)\)", "42846", "cannot cast type {0} to {1}"),
    Rule("Out of Range", r"Overflow in \w+ of (\w+)", "22003", "{0} out of range"),
    Rule("Invalid Input", r"^Division by zero", "22012", "division by zero"),
    Rule("Out of Range", r"[Dd]ivision by zero", "22012", "division by zero"),
    Rule("Invalid Input", r"^More than one row returned by a subquery", "21000",
         "more than one row returned by a subquery used as an expression"),
    Rule("Invalid Input", r"Values were not provided for the following parameters: (\d+)", "42P02",
         "there is no parameter ${0}"),
    Rule("Not implemented", r"Unknown TimeZone '(.*?)'", "22023", 'invalid value for parameter "TimeZone": "{0}"'),
    # Permission
    Rule("Invalid Input", r"Cannot change configuration option \"*(.+?)\"* - the configuration has been locked",
         "42501",
         'permission denied to set parameter "{0}"', None, _LOCKED_HINT),
    Rule("Invalid Input", r"on database \"__dialect\" which is attached in read-only mode", "42501",
         "permission denied for schema pg_catalog"),
    Rule("Invalid Input", r"statement of type \"(\w+)\" on database \"(.+?)\" which is attached in read-only", "25006",
         "cannot execute {0} in the read-only database \"{1}\""),
    Rule("Invalid Input", r"^Cannot change (\w+) when enable_external_access is disabled", "42501",
         'permission denied to set parameter "{0}"', None, _LOCKED_HINT),
    Rule("Permission", r"Cannot access directory \"[^\"]*[/\\]extensions[/\\]", "42501",
         "permission denied to install an extension", None,
         "The administrator lists what needs an extension in sources.yaml."),
    Rule("Permission", r"Cannot access (?:file|directory) \"(.*?)\"", "42501", 'permission denied for file "{0}"', None,
         _FILES_HINT),
    Rule("Permission", r"Loading external extensions is disabled", "42501",
         "permission denied to load an extension", None,
         "The administrator lists what needs an extension in sources.yaml."),
    Rule("Invalid Input", r"exists in the (\w+) extension", "0A000",
         "this needs DuckDB's {0} extension, which is not loaded"),
    Rule("IO", r"No files found that match the pattern \"(.*?)\"", "58P01",
         'could not open file "{0}": No such file or directory', None, _FILES_HINT),
    Rule("IO", r"Cannot open file \"(.*?)\": (.+)", "58P01", 'could not open file "{0}": {1}'),
    Rule("IO", r"No space left on device", "53100", "could not write to file: No space left on device"),
    # Constraints
    Rule("Constraint", r"^Duplicate key \"(.+?): (.*)\" violates (primary key|unique) constraint", "23505",
         "duplicate key value violates {2} constraint", "Key ({0})=({1}) already exists."),
    Rule("Constraint", r"PRIMARY KEY or UNIQUE constraint violation: duplicate key \"(.*)\"", "23505",
         "duplicate key value violates unique constraint", "Key ({0}) already exists."),
    Rule("Constraint", r"^NOT NULL constraint failed: (.+)\.(.+)$", "23502",
         'null value in column "{1}" of relation "{0}" violates not-null constraint'),
    Rule("Constraint", r"\(Error: (value too long for type character(?: varying)?\(\d+\))\)$", "22001", "{0}"),
    Rule("Constraint", r"^CHECK constraint failed on table \"(.+?)\" with expression (.*)", "23514",
         'new row for relation "{0}" violates check constraint', "Failing check: {1}."),
    Rule("Constraint", r"^Violates foreign key constraint because key \"(.+?): (.*?)\" does not exist", "23503",
         "insert or update violates foreign key constraint", "Key ({0})=({1}) is not present in the referenced table."),
    Rule("Constraint", r"^Violates foreign key constraint because key \"(.+?): (.*?)\" is still referenced", "23503",
         "update or delete violates foreign key constraint", "Key ({0})=({1}) is still referenced by another table."),
    # Transactions
    Rule("TransactionContext", r"Current transaction is aborted", "25P02",
         "current transaction is aborted, commands ignored until end of transaction block"),
    Rule("TransactionContext", r"within a transaction", "25001", "there is already a transaction in progress"),
    Rule("TransactionContext", r"no transaction is active", "25P01", "there is no transaction in progress"),
    Rule("TransactionContext", r"constraint violation: duplicate key \"(.*?)\"", "23505",
         "duplicate key value violates unique constraint", "Key ({0}) already exists."),
    Rule("TransactionContext", r"[Cc]onflict|altered by a different transaction|has been altered", "40001", _CONFLICT,
         None, _RETRY),
    Rule("Out of Memory", r"max_temp_directory_size", "53100", "temporary file space is used up", None,
         "The administrator can raise the limit on temporary files."),
    Rule("Out of Memory", r"", "53200", "out of memory", None,
         "The statement needs more memory than the engine may use."),
    # Syntax
    Rule("Parser", r"^(syntax error at or near \".*\")$", "42601", "{0}"),
    Rule("Parser", r"^(unterminated .+?)(?: at or near .*)?$", "42601", "{0}"),
)  # fmt: skip
