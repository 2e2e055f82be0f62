"""to_char() of times: a template that is a constant is read once, here. DuckDB's strftime has other letters.

to_char(t, 'YYYY-MM-DD HH24:MI')   →  _pg_to_char(t, '%Y-%m-%d %H:%M')
to_char(t, 'Mon DDth, YYYY')       →  list_transform([CAST(t AS TIMESTAMP)], lambda _t: strftime(_t, '%b ') || …)[1]
to_char(t, f)                      →  as it is: a macro reads the template row by row
"""

from __future__ import annotations

import re

_WORDS = {
    "HH24": "%H", "HH12": "%I", "HH": "%I", "MI": "%M", "SS": "%S", "MS": "%g", "US": "%f", "YYYY": "%Y", "YY": "%y",
    "MM": "%m", "DDD": "%j", "DD": "%d", "IYYY": "%G", "IW": "%V", "AM": "%p", "PM": "%p",
}  # fmt: skip
_UNPADDED = {
    "HH24": "%-H", "HH12": "%-I", "HH": "%-I", "MI": "%-M", "SS": "%-S", "MM": "%-m", "DDD": "%-j", "DD": "%-d",
    "YY": "%-y",
}  # fmt: skip
_NAMES = {"MONTH": "%B", "MON": "%b", "DAY": "%A", "DY": "%a"}
_CALLS = {
    "Q": "quarter(_t)", "D": "(dayofweek(_t) + 1)", "ID": "isodow(_t)", "WW": "((dayofyear(_t) - 1) // 7 + 1)",
    "W": "((day(_t) - 1) // 7 + 1)", "J": "julian(_t)::BIGINT", "CC": "century(_t)",
    "SSSS": "(hour(_t) * 3600 + minute(_t) * 60 + second(_t))",
    "SSSSS": "(hour(_t) * 3600 + minute(_t) * 60 + second(_t))",
    "Y,YYY": "regexp_replace(strftime(_t, '%Y'), '(.*)(...)$', '\\1,\\2')", "Y": "year(_t) % 10",
    "TZ": "current_setting('TimeZone')",
}  # fmt: skip
_PADDED_CALLS = {"WW": 2, "CC": 2}
_SPANS = {
    "HH24": "(datepart('hour', _t))", "HH12": "((datepart('hour', _t) + 11) % 12 + 1)",
    "HH": "((datepart('hour', _t) + 11) % 12 + 1)", "MI": "(datepart('minute', _t))", "SS": "(datepart('second', _t))",
    "DD": "(datepart('day', _t))", "MS": "(datepart('millisecond', _t) % 1000)",
    "US": "(datepart('microsecond', _t) % 1000000)",
}  # fmt: skip
_WIDTHS = {"MS": 3, "US": 6}
_ROMAN = "['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'][month(_t)]"
_WORD = re.compile(
    r'"([^"]*)"|(FM)?(Y,YYY|IYYY|YYYY|SSSSS|SSSS|MONTH|HH24|HH12|MON|DAY|DDD|YY|MM|MI|MS|DD|DY|HH|SS|US|AM|PM|IW|WW|ID|CC'
    r"|RM|TZ|Q|J|D|W|Y)(TH)?|(.)",
    re.IGNORECASE | re.DOTALL,
)


def strftime_of(template: str) -> str | None:
    """One format for strftime; None where that has no letter for a word of the template."""
    pieces = [_directive(found) for found in _WORD.finditer(template)]
    return None if any(piece is None for piece in pieces) else "".join(piece for piece in pieces if piece is not None)


def expression_of(template: str) -> str:
    """The text of the timestamp ``_t``."""
    pieces: list[str] = []
    plain = ""
    for found in _WORD.finditer(template):
        directive = _directive(found)
        if directive is not None:
            plain += directive
            continue
        if plain:
            pieces.append(f"strftime(_t, {_quoted(plain)})")
            plain = ""
        pieces.append(_piece(found))
    if plain:
        pieces.append(f"strftime(_t, {_quoted(plain)})")
    return " || ".join(pieces)


def span_expression_of(template: str) -> str | None:
    """The text of the interval ``_t``; None for a template that hardly means one."""
    pieces: list[str] = []
    for found in _WORD.finditer(template):
        quoted, unpadded, word, _, character = found.groups()
        if word is None:
            pieces.append(_quoted(quoted if character is None else character))
        elif word.upper() not in _SPANS:
            return None
        else:
            call = f"{_SPANS[word.upper()]}::VARCHAR"
            width = _WIDTHS.get(word.upper(), 2)
            pieces.append(call if unpadded else f"lpad({call}, greatest({width}, len({call}))::INTEGER, '0')")
    return " || ".join(pieces) if any(found[3] for found in _WORD.finditer(template)) else None


def _directive(found: re.Match[str]) -> str | None:
    quoted, unpadded, word, ordinal, character = found.groups()
    if word is None:
        return (quoted if character is None else character).replace("%", "%%")
    upper = word.upper()
    if ordinal:
        return None
    if upper in ("AM", "PM"):
        return "%p" if word.isupper() else None
    if upper in _NAMES:
        titled = word == word.title()
        return _NAMES[upper] if titled and (unpadded or upper in ("MON", "DY")) else None
    if unpadded and upper in _UNPADDED:
        return _UNPADDED[upper]
    return _WORDS.get(upper)


def _piece(found: re.Match[str]) -> str:
    _, unpadded, word, ordinal, _ = found.groups()
    upper = word.upper()
    if upper in _NAMES:
        text = f"strftime(_t, '{_NAMES[upper]}')"
        text = f"upper({text})" if word.isupper() else f"lower({text})" if word.islower() else text
        return text if unpadded or upper in ("MON", "DY") else f"rpad({text}, 9, ' ')"
    if upper in ("AM", "PM"):
        return "lower(strftime(_t, '%p'))"
    if upper == "RM":
        text = _ROMAN if word.isupper() else f"lower({_ROMAN})"
        return text if unpadded else f"rpad({text}, 4, ' ')"
    if upper in _CALLS:
        text = f"{_CALLS[upper]}::VARCHAR"
        if upper in _PADDED_CALLS and not unpadded:
            text = f"lpad({text}, {_PADDED_CALLS[upper]}, '0')"
    else:
        text = f"strftime(_t, '{_UNPADDED.get(upper, _WORDS[upper]) if unpadded else _WORDS[upper]}')"
    if not ordinal:
        return text
    suffix = f"_pg_ordinal({text})"
    return f"{text} || {suffix if ordinal.islower() else f'upper({suffix})'}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
