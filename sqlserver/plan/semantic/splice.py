"""Writes nodes back to SQL: the client's own text, with each call replaced by its lookup.

Everything between the replaced spans is kept byte for byte. Parameters become literals in place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sqlserver.plan.semantic.functions import volatile_function
from sqlserver.plan.semantic.labels import column_label
from sqlserver.plan.semantic.lookup import answer, guarded_answer, may_fail, typed_argument
from sqlserver.sql.array_literal import array_elements, is_array_literal
from sqlserver.sql.outline import Call, Leaf, Logic, Node, SelectItem, TraceOf, Window
from sqlserver.sql.quote import quote_identifier, quote_literal
from sqlserver.sql.recognise import SemanticStatement
from sqlserver.sql.tokens import tokenize


@dataclass(frozen=True, slots=True)
class Filter:
    """The conjuncts of a WHERE, HAVING, QUALIFY or ON. ``borrowed`` are cheap ones of another clause that guard too."""

    cheap: tuple[Node, ...]
    semantic: tuple[Node, ...]
    unsteady: tuple[Node, ...] = ()
    borrowed: tuple[Node, ...] = ()


@dataclass(slots=True)
class Splicer:
    """``tables`` maps a call to its answers table, ``filters`` a clause's condition to its conjuncts, ``aliases`` a
    name to the select item's expression it stands for.

    With ``answered`` off a call is written as a typed NULL: such text binds before any answers table exists.
    """

    statement: SemanticStatement
    tables: dict[Call, str] = field(default_factory=dict)
    filters: dict[Node, Filter] = field(default_factory=dict)
    aliases: dict[Node, Node] = field(default_factory=dict)
    answered: bool = True
    in_lookup: bool = False
    steady_errors: bool = False
    _semantic: set[Node] = field(default_factory=set)
    _literals: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self._semantic:
            self._semantic = set(_with_calls(self.statement.root))
        self.steady_errors = any(isinstance(node, Window) for node in self._semantic)
        self._literals = tuple(start for start, _ in self.statement.literals)

    def is_semantic(self, node: Node) -> bool:
        return node in self._semantic

    def unanswered(self) -> Splicer:
        return replace(self, answered=False)

    def eager(self) -> Splicer:
        """For text inside a lookup, which the engine evaluates for all rows, whatever CASE stands around it."""
        return self if self.in_lookup else replace(self, in_lookup=True)

    def set_filter(self, condition: Node, parts: Filter) -> None:
        """The condition is rewritten from now on, also where it only names a select item that holds a call."""
        self.filters[condition] = parts
        self.mark(condition)

    def mark(self, node: Node) -> None:
        """``node`` holds something to rewrite."""
        self._semantic.add(node)

    def substitute(self, name: Node, expression: Node) -> None:
        """``name`` is written as the expression it is an alias of."""
        self.aliases[name] = expression
        self.mark(name)

    def text(self, node: Node) -> str:
        if node in self.filters:
            return self.filter_text(self.filters[node])
        return self.plain(node)

    def plain(self, node: Node) -> str:
        """``text`` of a node that is not taken as a whole clause's condition."""
        if node not in self._semantic:
            return self.source(node.start, node.end)
        if node in self.aliases:
            return f"({self.plain(self.aliases[node])})"
        if isinstance(node, Call):
            found = self.call(node, "v")
            return f"(NOT {found})" if node.negated else found
        if isinstance(node, TraceOf):
            return self.call(node.call, "trace")
        if isinstance(node, Logic):
            return self._logic(node)
        spliced = self.children(node)
        if isinstance(node, SelectItem) and node.alias is None and not node.star:
            return f"{spliced} AS {quote_identifier(column_label(node.expression))}"
        return spliced

    def children(self, node: Node) -> str:
        return self.span(node.start, node.end, node.children)

    def span(self, start: int, end: int, nodes: Sequence[Node]) -> str:
        """The text from ``start`` to ``end`` with ``nodes`` (in order) rewritten inside it."""
        pieces: list[str] = []
        for node in nodes:
            if node in self._semantic:
                pieces.extend((self.source(start, node.start), self.text(node)))
                start = node.end
        pieces.append(self.source(start, end))
        return "".join(pieces)

    def call(self, call: Call, field_name: str) -> str:
        """The call's answer. Inside another lookup a missing one is NULL: the lookup's guard, which a CASE protects,
        holds the same text and raises the error."""
        if not self.answered or call not in self.tables:
            return f"CAST(NULL AS {'VARCHAR' if field_name == 'trace' else call.operator.returns})"
        table = self.tables[call]
        found = answer(table, self._matched(call), field_name)
        if self.in_lookup:
            return found
        return guarded_answer(
            call.operator, table, self.arguments(call), self._matched(call), field_name, steady=self.steady_errors
        )

    def arguments(self, call: Call) -> list[str]:
        """The arguments as typed SQL."""
        pairs = zip(call.arguments, call.operator.arguments, strict=True)
        return [typed_argument(self._argument(node, argument.type), argument.type) for node, argument in pairs]

    def _matched(self, call: Call) -> list[str]:
        """The arguments as the lookup compares them: what fails for a row that no CASE lets through is NULL there."""
        eager = self.eager()
        texts = eager.arguments(call)
        return [
            f"TRY({text})" if may_fail(node) and node not in self._semantic else text
            for node, text in zip(call.arguments, texts, strict=True)
        ]

    def _argument(self, node: Node, type_name: str) -> str:
        """``'{a,b}'`` for a list argument is PostgreSQL's array literal, which DuckDB does not read."""
        text = self.text(node)
        if type_name.endswith("[]") and isinstance(node, Leaf):
            tokens = tokenize(text.strip("()"))
            if len(tokens) == 1 and tokens[0].is_string and is_array_literal(tokens[0].text):
                return quote_literal(array_elements(tokens[0].text))
        return text

    def source(self, start: int, end: int) -> str:
        """The client's text with parameters replaced. Brackets keep a literal apart from a string beside it."""
        if not self._literals:
            return self.statement.sql[start:end]
        pieces: list[str] = []
        for index in range(bisect_left(self._literals, start), bisect_left(self._literals, end)):
            at, literal = self.statement.literals[index]
            token_end = next(token.end for token in self.statement.tokens if token.start == at)
            pieces.extend((self.statement.sql[start:at], f"({literal})"))
            start = token_end
        pieces.append(self.statement.sql[start:end])
        return "".join(pieces)

    def filter_text(self, parts: Filter) -> str:
        """Cheap conjuncts where they stood, then the semantic ones in the order their inputs were asked.

        before   a MEANS 'x' AND n > 5 AND b MEANS 'y'
        after    (n > 5) AND CASE WHEN (n > 5) THEN CASE WHEN (a MEANS 'x') THEN (b MEANS 'y') END END

        The engine may evaluate conjuncts in any order, but a CASE only in its own.
        """
        plain = [f"({self.plain(node)})" for node in (*parts.cheap, *parts.unsteady)]
        if not parts.semantic:
            return " AND ".join(plain) or "TRUE"
        chain = f"({self.plain(parts.semantic[-1])})"
        for node in reversed(parts.semantic[:-1]):
            chain = f"CASE WHEN ({self.plain(node)}) THEN {chain} END"
        guards = [f"({self.plain(node)})" for node in (*parts.cheap, *parts.borrowed)]
        if guards:
            chain = f"CASE WHEN {' AND '.join(guards)} THEN {chain} END"
        return " AND ".join((*plain, chain))

    def _logic(self, node: Logic) -> str:
        """Arms that cheaper arms already decide are not looked at.

        before   n > 5 OR a MEANS 'x' OR b MEANS 'y'
        after    CASE WHEN (n > 5) THEN TRUE WHEN (a MEANS 'x') THEN TRUE ELSE (n > 5 OR a MEANS 'x' OR b MEANS 'y') END
        """

        def write(arm: Node) -> str:
            return f"({self.text(arm)})"

        cheap, semantic = split_arms(node, self.is_semantic)
        deciding = [*cheap, *semantic[:-1]]
        whole = f" {node.word} ".join(write(arm) for arm in node.arms)
        if not deciding:
            return f"({whole})"
        if node.word == "OR":
            cases = " ".join(f"WHEN {write(arm)} THEN TRUE" for arm in deciding)
        else:
            cases = " ".join(f"WHEN NOT {write(arm)} THEN FALSE" for arm in deciding)
        return f"(CASE {cases} ELSE ({whole}) END)"


def split_arms(node: Logic, is_semantic: Callable[[Node], bool]) -> tuple[list[Node], list[Node]]:
    """The arms that cheap SQL decides, and those that need answers, in written order. Volatile arms decide nothing."""
    cheap = [arm for arm in node.arms if not is_semantic(arm) and volatile_function(arm) is None]
    semantic = [arm for arm in node.arms if is_semantic(arm)]
    return cheap, semantic


def conjuncts(node: Node) -> tuple[Node, ...]:
    return node.arms if isinstance(node, Logic) and node.word == "AND" else (node,)


def _with_calls(root: Node) -> list[Node]:
    found: list[Node] = []

    def visit(node: Node) -> bool:
        inside = [visit(child) for child in node.children]
        if any(inside) or isinstance(node, Call):
            found.append(node)
            return True
        return False

    visit(root)
    return found
