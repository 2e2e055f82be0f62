"""The words the outline's readers steer by, upper case. A test compares them with the engine's own reserved list."""

from __future__ import annotations

RESERVED = frozenset((
    "ALL", "ANALYSE", "ANALYZE", "AND", "ANY", "ARRAY", "AS", "ASC", "ASYMMETRIC", "BOTH", "CASE", "CAST", "CHECK",
    "COLLATE", "COLUMN", "CONSTRAINT", "CREATE", "DEFAULT", "DEFERRABLE", "DESC", "DESCRIBE", "DISTINCT", "DO",
    "ELSE", "END", "EXCEPT", "FALSE", "FETCH", "FOR", "FOREIGN", "FROM", "GROUP", "HAVING", "IN", "INITIALLY",
    "INTERSECT", "INTO", "LAMBDA", "LATERAL", "LEADING", "LIMIT", "NOT", "NULL", "OFFSET", "ON", "ONLY", "OR",
    "ORDER", "PIVOT", "PIVOT_LONGER", "PIVOT_WIDER", "PLACING", "PRIMARY", "QUALIFY", "REFERENCES", "RETURNING",
    "SELECT", "SHOW", "SOME", "SUMMARIZE", "SYMMETRIC", "TABLE", "THEN", "TO", "TRAILING", "TRUE", "UNION",
    "UNIQUE", "UNPIVOT", "USING", "VARIADIC", "WHEN", "WHERE", "WINDOW", "WITH",
))  # fmt: skip

ENDS_OPERAND = frozenset(("NULL", "TRUE", "FALSE", "END", "DEFAULT", "ALL"))
"""Reserved words an operand may end with."""

BEGINS_OPERAND = frozenset(("NULL", "TRUE", "FALSE", "CASE", "CAST", "ARRAY", "NOT", "ANY", "ALL", "SOME", "LAMBDA"))
"""Reserved words an operand may begin with (NOT, ANY, ALL and SOME so that they can be refused by name)."""

PATTERN_WORDS = frozenset(("LIKE", "ILIKE", "SIMILAR", "GLOB", "BETWEEN", "IN", "ESCAPE"))
"""As tight as an operator word: ``a LIKE b MEANS c`` has no meaning, as ``a LIKE b LIKE c`` has none."""

LOOSE_WORDS = PATTERN_WORDS | frozenset(("IS", "ISNULL", "NOTNULL", "NOT", "AND"))
LOOSE_SYMBOLS = frozenset(("=", "==", "<", ">", "<=", ">=", "<>", "!=", ":=", "=>"))

SEPARATORS = frozenset((
    "AS", "FROM", "FOR", "ORDER", "ASC", "DESC", "WHEN", "THEN", "ELSE", "END", "SELECT", "WHERE", "GROUP",
    "HAVING", "WINDOW", "QUALIFY", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT", "EXCEPT", "ON", "USING",
    "RETURNING", "INTO", "DISTINCT", "PLACING",
))  # fmt: skip
"""Words that end an expression wherever they stand between operands."""

QUERY_STARTS = frozenset(
    ("SELECT", "WITH", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "DESCRIBE", "SHOW", "SUMMARIZE")
)
SET_WORDS = frozenset(("UNION", "INTERSECT", "EXCEPT"))
JOIN_WORDS = frozenset(
    ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "NATURAL", "ASOF", "POSITIONAL", "SEMI", "ANTI")
)

NOT_FUNCTIONS = (
    (RESERVED - {"CAST", "ARRAY"})
    | PATTERN_WORDS
    | frozenset(("IS", "EXISTS", "VALUES", "OVER", "FILTER", "WITHIN", "INTERVAL", "BY", "ROW", "AND", "OR"))
)
"""Words that an opening bracket does not make a function call."""

TWO_WORD_TYPES = frozenset((("DOUBLE", "PRECISION"), ("CHARACTER", "VARYING"), ("BIT", "VARYING"), ("TIME", "ZONE")))
