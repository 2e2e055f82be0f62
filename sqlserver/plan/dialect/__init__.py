"""PostgreSQL's spellings that DuckDB refuses or reads otherwise, rewritten before the statement is planned.

A rule is one file with a ``RULE`` and one line here. It edits the text at its tokens, so strings, comments and
operators of our own come through untouched; a statement without a word of any rule is never looked at.
"""

from __future__ import annotations

import re

from sqlserver.core.errors import SyntaxFault
from sqlserver.plan.dialect import (
    alter_type,
    comparisons,
    concatenation,
    create_index,
    create_table,
    date_formats,
    declared_types,
    explain,
    extract,
    float_type,
    for_update,
    format_templates,
    json_aggregates,
    json_operators,
    json_paths,
    json_rows,
    like_any,
    like_escape,
    name_at,
    numeric_type,
    only_tables,
    ordinality,
    overriding,
    regular_expressions,
    renamed_functions,
    samples,
    sequences,
    set_returning,
    similar_to,
    table_constraints,
    text_casts,
    time_types,
    to_char,
    trailing_commas,
    typed_constants,
    unicode_strings,
    vacuum,
    values_columns,
)
from sqlserver.plan.dialect.edit import Edit, Rewritten, Rule, Text
from sqlserver.sql.edits import applied
from sqlserver.sql.tokens import tokenize

RULES: tuple[Rule, ...] = (
    trailing_commas.RULE,
    unicode_strings.RULE,
    values_columns.RULE,
    ordinality.RULE,
    json_rows.RULE,
    comparisons.RULE,
    like_any.RULE,
    json_operators.RULE,
    format_templates.RULE,
    to_char.RULE,
    concatenation.RULE,
    regular_expressions.RULE,
    extract.RULE,
    samples.RULE,
    like_escape.RULE,
    similar_to.RULE,
    typed_constants.RULE,
    json_paths.RULE,
    json_aggregates.RULE,
    renamed_functions.RULE,
    set_returning.RULE,
    date_formats.RULE,
    float_type.RULE,
    numeric_type.RULE,
    time_types.RULE,
    text_casts.RULE,
    for_update.RULE,
    only_tables.RULE,
    name_at.RULE,
    create_table.RULE,
    overriding.RULE,
    declared_types.RULE,
    alter_type.RULE,
    table_constraints.RULE,
    create_index.RULE,
    sequences.RULE,
    explain.RULE,
    vacuum.RULE,
)
_NEEDLES = tuple(dict.fromkeys(needle for rule in RULES for needle in rule.needles))
_EACH = tuple((re.compile(rule.words, re.IGNORECASE), rule) for rule in RULES)


def rewrite(sql: str) -> Rewritten | None:
    """The statement as DuckDB reads it in PostgreSQL's sense; None where nothing is to be changed. Raises 0A000."""
    lower = sql.lower()
    held = {needle for needle in _NEEDLES if needle in lower}
    rules = [rule for words, rule in _EACH if not held.isdisjoint(rule.needles) and words.search(sql) is not None]
    if not rules:
        return None
    try:
        text = Text(sql, tokenize(sql))
    except SyntaxFault:
        return None
    edits: list[Edit] = []
    labels: dict[str, str] = {}
    for rule in rules:
        found = list(rule.edits(text))
        if found:
            edits += found
            labels |= _labels(rule, lower)
    if not edits:
        return None
    rewritten, kept = applied(sql, edits)
    return Rewritten(rewritten, kept, labels, create_table.numbering(text), table_constraints.declared_in(text))


def _labels(rule: Rule, written: str) -> dict[str, str]:
    """Each new name with the first of the old ones that the client wrote."""
    found = {new: next((old for old in names if old in written), None) for new, names in rule.labels.items()}
    return {new: old for new, old in found.items() if old is not None}
