"""What a rule of the dialect gives: pieces of the statement's text to replace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sqlserver.core.declared import Declared
from sqlserver.sql.edits import Edit, place_before
from sqlserver.sql.tokens import Token

__all__ = ["Edit", "Numbering", "Rewritten", "Rule", "Text"]


@dataclass(frozen=True, slots=True)
class Text:
    """One statement and its tokens."""

    sql: str
    tokens: Sequence[Token]

    def words(self, at: int, count: int) -> tuple[str, ...]:
        """Keywords from ``at``; '' for what is none."""
        return tuple(token.upper for token in self.tokens[at : at + count])

    def closing(self, opening: int) -> int:
        """Where the bracket at ``opening`` closes; the number of tokens where it does not."""
        depth = 0
        for at in range(opening, len(self.tokens)):
            text = self.tokens[at].text if self.tokens[at].kind == "symbol" else ""
            depth += text in ("(", "[", "{")
            depth -= text in (")", "]", "}")
            if depth == 0:
                return at
        return len(self.tokens)


@dataclass(frozen=True, slots=True)
class Numbering:
    """``sequences`` that number the rows of ``table`` (as written): they are made before it."""

    table: str
    sequences: tuple[str, ...]


Edits = Callable[[Text], Iterable[Edit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """``words``: the statement is looked at only where one of these stands in it (a regular expression, any case).

    ``labels``: columns that the rewritten text would name otherwise, and the functions of which the client wrote one.
    ``needles``: lower-case texts, one of which is part of whatever ``words`` finds. Looking for them takes a
    hundredth of the expressions' time, and most statements hold none.
    """

    name: str
    words: str
    edits: Edits
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    needles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rewritten:
    """``edits`` in the order of the text. ``labels``: what columns are called instead of what DuckDB calls them."""

    sql: str
    edits: tuple[Edit, ...]
    labels: dict[str, str]
    numbering: Numbering | None = None
    declared: tuple[Declared, ...] = ()
    """What a CREATE TABLE declares and DuckDB does not keep."""

    earlier: tuple[Edit, ...] = ()
    """Those that made the text which ``edits`` changed."""

    def client_position(self, position: int) -> int:
        """A position in the rewritten text (from 1) as one in the client's."""
        return place_before(self.earlier, place_before(self.edits, position))
