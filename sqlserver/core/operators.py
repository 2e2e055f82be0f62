"""An operator as SQL sees it: names, arguments, infix words and the cascade that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Shape = Literal["scalar", "aggregate", "table"]


@dataclass(frozen=True, slots=True)
class Argument:
    """``type`` is a DuckDB type as text, upper case (``VARCHAR``, ``VARCHAR[]``, ``DOUBLE``)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class InfixForm:
    """``{{ left }} WORD WORD {{ right }}``: two argument names and upper-case words (one or more)."""

    left: str
    words: tuple[str, ...]
    right: str


@dataclass(frozen=True, slots=True)
class Operator:
    """``name`` and ``aliases`` are the SQL functions, lower case. ``returns`` is a DuckDB type, upper case.

    ``word_function`` names such as ``CLASSIFY(…)`` are plain aliases. ``source`` is "file:line" for messages.
    """

    name: str
    description: str
    arguments: tuple[Argument, ...]
    returns: str
    cascade_id: str
    shape: Shape = "scalar"
    aliases: tuple[str, ...] = ()
    infix: tuple[InfixForm, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class OperatorTable:
    """A snapshot of all operators. A new one is made when a file changes; statements keep theirs."""

    operators: tuple[Operator, ...]
    by_function: Mapping[str, Operator] = field(default_factory=dict)
    """Lower-case function name or alias to operator."""
    by_words: Mapping[tuple[str, ...], tuple[Operator, InfixForm]] = field(default_factory=dict)
    """Upper-case infix words to operator and form."""
    first_words: frozenset[str] = frozenset()
    """Upper-case first words of all infix forms and function names: the cheap test whether a statement may hold one."""

    @staticmethod
    def of(operators: Iterable[Operator]) -> OperatorTable:
        kept = tuple(operators)
        by_function: dict[str, Operator] = {}
        by_words: dict[tuple[str, ...], tuple[Operator, InfixForm]] = {}
        for operator in kept:
            for name in (operator.name, *operator.aliases):
                by_function[name.lower()] = operator
            for form in operator.infix:
                by_words[form.words] = (operator, form)
        first = frozenset(words[0] for words in by_words) | frozenset(name.upper() for name in by_function)
        return OperatorTable(kept, by_function, by_words, first)


class OperatorSource(Protocol):
    """Where the current operators are asked for."""

    def current(self) -> OperatorTable:
        """As the files are now: some 100 to 300 µs."""
        ...

    def recent(self) -> OperatorTable:
        """As they were at most a moment ago: what most statements, which hold no operator, can do with."""
        ...
