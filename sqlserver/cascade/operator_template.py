"""``{{ text }} MEANS {{ criterion }}`` → InfixForm; ``CLASSIFY({{ text }}, {{ labels }})`` → a function name.

Raises ValueError with the words for the person who wrote the file.
"""

from __future__ import annotations

import re

from sqlserver.cascade.plain_sql import functions, refused_word
from sqlserver.core.operators import InfixForm

_HOLE = r"\{\{\s*([A-Za-z_]\w*)\s*\}\}"
_INFIX = re.compile(rf"\s*{_HOLE}(.*?){_HOLE}\s*", re.DOTALL)
_CALL = re.compile(rf"\s*([A-Za-z_]\w*)\s*\(\s*{_HOLE}((?:\s*,\s*{_HOLE})*)\s*\)\s*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def parse_template(template: str, arguments: tuple[str, ...]) -> InfixForm | str:
    """The infix form, or the lower-case function name of a call template."""
    call = _CALL.fullmatch(template)
    if call:
        holes = tuple(re.findall(_HOLE, template))
        if holes != arguments:
            raise ValueError(f"the call must name the arguments in their order: {', '.join(arguments)}")
        return function_name(call[1])
    infix = _INFIX.fullmatch(template)
    if infix is None:
        raise ValueError('must read "{{ left }} WORD {{ right }}" or "NAME({{ argument }}, …)"')
    left, right = infix[1], infix[3]
    words = _words(infix[2])
    for name in (left, right):
        if name not in arguments:
            raise ValueError(f"{name} is not one of the arguments ({', '.join(arguments)})")
    if left == right or len(arguments) != 2:
        raise ValueError("an infix operator takes two arguments, one on each side")
    return InfixForm(left, words, right)


def function_name(name: str) -> str:
    """The name as SQL function, lower case; refused where it is not plain or DuckDB has a function of that name."""
    lowered = name.lower()
    if not _NAME.fullmatch(lowered):
        raise ValueError(f"{name!r} is not a plain SQL name (letters, digits and _, at most 63)")
    if lowered in functions():
        raise ValueError(f"{lowered} is a function of plain SQL: choose another name")
    return lowered


def _words(text: str) -> tuple[str, ...]:
    words = tuple(text.upper().split())
    if not words:
        raise ValueError("has no operator word between its two sides")
    symbol = next((word for word in words if not _WORD.fullmatch(word)), None)
    if symbol is not None:
        raise ValueError(f"takes over the symbol {symbol!r} of plain SQL: use a word")
    refused = refused_word(words)
    if refused is not None:
        raise ValueError(f"takes over the keyword {refused} of plain SQL: choose another word")
    return words
