"""Function names that decide where and whether a call can be answered. A test compares them with the engine's."""

from __future__ import annotations

from sqlserver.sql.keywords import RESERVED
from sqlserver.sql.outline import Call, Function, Leaf, Node, Query, Subquery, is_name, walk

VOLATILE = frozenset((
    "random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "nextval", "currval", "setval", "setseed", "sleep_ms",
    "pg_sleep", "write_log", "stats", "vector_type", "current_query_id", "current_transaction_id",
    "current_connection_id", "current_query",
))  # fmt: skip
"""Give another value at each read (``error`` aside, which gives none)."""

AGGREGATES = frozenset((
    "any_value", "approx_count_distinct", "approx_quantile", "approx_top_k", "arbitrary", "arg_max", "arg_max_null",
    "arg_max_nulls_last", "arg_min", "arg_min_null", "arg_min_nulls_last", "argmax", "argmin", "array_agg", "avg",
    "bit_and", "bit_or", "bit_xor", "bitstring_agg", "bool_and", "bool_or", "combine_aggr", "corr", "count",
    "count_if", "count_star", "countif", "covar_pop", "covar_samp", "decimal_average", "entropy", "every", "favg",
    "first", "first_value", "fsum", "geomean", "geometric_mean", "group_concat", "histogram", "histogram_exact",
    "json_group_array", "json_group_object", "json_group_structure", "kahan_sum", "kurtosis", "kurtosis_pop",
    "last", "list", "listagg", "lttb", "mad", "max", "max_by", "mean", "median", "min", "min_by", "mode", "product",
    "quantile", "quantile_cont", "quantile_disc", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept",
    "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "reservoir_quantile", "sem", "skewness", "stddev",
    "stddev_pop", "stddev_samp", "string_agg", "sum", "sum_no_overflow", "sumkahan", "var_pop", "var_samp",
    "variance", "variant_group_array", "variant_group_object", "wavg", "weighted_avg", "percentile_cont",
    "percentile_disc",
))  # fmt: skip

ROW_MAKING = frozenset(("unnest", "generate_subscripts", "regexp_split_to_table"))
"""Give several rows in a select list: their value has no place in a lookup."""


def is_aggregate(node: Node) -> bool:
    """An aggregate call that is no window function."""
    return isinstance(node, Function) and node.name in AGGREGATES and not node.windowed


def holds_aggregate(node: Node) -> bool:
    """Whether an aggregate of this very query stands in ``node``; those of subqueries are theirs."""
    if is_aggregate(node):
        return True
    return not isinstance(node, Query | Subquery) and any(holds_aggregate(child) for child in node.children)


def holds_window(node: Node) -> bool:
    if isinstance(node, Function) and node.windowed:
        return True
    return not isinstance(node, Query | Subquery) and any(holds_window(child) for child in node.children)


def volatile_function(node: Node) -> Function | None:
    """The first call in ``node`` whose value changes from read to read."""
    return next((f for f in walk(node) if isinstance(f, Function) and f.name in VOLATILE), None)


def names_column(node: Node) -> bool:
    """Whether anything in ``node`` may be a column."""
    return any(isinstance(n, Leaf) and is_name(n) and n.token.upper not in RESERVED for n in walk(node))


def unreachable_aggregate(node: Node) -> Function | None:
    """An aggregate that the engine would not take for the outer query's inside a lookup's subquery: one over no column,
    such as ``count(*)``, and one over a subquery or another answer."""
    if isinstance(node, Query | Subquery):
        return None
    if isinstance(node, Function) and is_aggregate(node):
        below = list(walk(node))
        nested = any(isinstance(n, Query | Subquery | Call) for n in below)
        return node if nested or not names_column(node) else None
    found = (unreachable_aggregate(child) for child in node.children)
    return next((function for function in found if function is not None), None)
