"""to_char() of numbers: a template that is a constant is read once, here.

to_char(n, 'FM999,990.00')   →  format('{:,.2f}', TRY_CAST(round(n, 2) AS DECIMAL(38, 2)))
to_char(n, '999.99')         →  the same in a field of seven, '###.##' where it does not fit
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TEMPLATE = re.compile(
    r"(?P<fill>FM)?(?P<sign>S)?(?P<prefix>[^0-9A-Za-z.,\"]*|\"[^\"]*\"|L)(?P<sign2>S)?"
    r"(?P<whole>[09,G]*)(?:(?P<point>[.D])(?P<fraction>[09]*))?"
    r"(?P<power>EEEE)?(?P<end>S|MI|PR|PL|SG)?(?P<suffix>[^0-9A-Za-z.,\"]*|\"[^\"]*\")",
    re.IGNORECASE,
)


_TIME = re.compile("YY|MM|DD|HH|SS|MON|DAY|DY|Q|W|MI[^$]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Template:
    fill: bool
    sign: str
    prefix: str
    whole: str
    point: bool
    fraction: str
    power: bool
    suffix: str

    @property
    def width(self) -> int:
        """Of the field, its sign included."""
        return len(self.whole) + self.point + len(self.fraction) + 1

    @property
    def overflown(self) -> str:
        return re.sub("[09]", "#", f" {self.whole.replace('G', ',')}{'.' * self.point}{self.fraction}")


def is_of_number(template: str) -> bool:
    """Whether a template means a number: digits, and no word of a time."""
    return re.search("[09]|^(?:FM)?RN$", template, re.IGNORECASE) is not None and _TIME.search(template) is None


def number_expression(template: str) -> tuple[str, str] | None:
    """What stands before and after the number; None for a template that is none of a number, or a rare one."""
    read = _read(template)
    if read is None:
        return None
    places = len(read.fraction)
    if read.power:
        opening, closing = f"format('{{:.{places}e}}', CAST(", " AS DOUBLE))"
    else:
        grouped = "," if re.search("[,G]", read.whole) else ""
        plus = "+" if read.sign == "S" else ""
        opening = f"format('{{:{plus}{grouped}.{places}f}}', TRY_CAST(round("
        closing = f", {places}) AS DECIMAL(38, {places})))"
    for before, after in _shaped(read):
        opening, closing = before + opening, closing + after
    return opening, closing


def _shaped(read: _Template) -> list[tuple[str, str]]:
    """Calls around the digits, the innermost first."""
    steps: list[tuple[str, str]] = []
    zeros = len(re.sub("[^09]", "", read.whole[read.whole.find("0") :])) if "0" in read.whole else 0
    if zeros > 1:
        steps.append(("regexp_replace(", rf", '^([-+]?)(\d+)', '\1{'0' * (zeros - 1)}\2')"))
        steps.append(("regexp_replace(", rf", '^([-+]?)0*(\d{{{zeros}}}\d*)', '\1\2')"))
    elif not zeros and read.point and read.fraction and not read.power:
        steps.append(("regexp_replace(", r", '^([-+]?)0\.', '\1.')"))
    if read.point and not read.fraction:
        steps.append(("", " || '.'"))
    if read.fill and (optional := len(read.fraction) - len(read.fraction.rstrip("9"))):
        steps.append(("regexp_replace(", f", '0{{0,{optional}}}$', '')"))
    width = read.width
    if read.sign == "MI":
        blank = "" if read.fill else " "
        steps.append(("regexp_replace(", rf", '^([^-].*)$', '\1{blank}')"))
        steps.append(("regexp_replace(", r", '^-(.*)$', '\1-')"))
    elif read.sign == "PR":
        blank = "" if read.fill else " "
        steps.append(("regexp_replace(", rf", '^([^-].*)$', '\1{blank}')"))
        steps.append(("regexp_replace(", r", '^-(.*)$', '<\1>')"))
        width += 1
    if not read.power or read.fill:
        fits = "_pg_fits" if read.fill else "_pg_field"
        width += 4 * read.power
        steps.append((f"{fits}(", f", {width}, '{read.overflown.lstrip() if read.fill else read.overflown}')"))
    else:
        steps.append(("_pg_field(", f", {width + 4}, '')"))
    if read.prefix or read.suffix:
        steps.append(("_pg_beside(", f", {_quoted(read.prefix)}, {_quoted(read.suffix)})"))
    return steps


def _read(template: str) -> _Template | None:
    found = _TEMPLATE.fullmatch(template)
    if found is None or not re.search("[09]", (found["whole"] or "") + (found["fraction"] or "")):
        return None
    end = (found["end"] or "").upper()
    lead = found["sign"] or found["sign2"]
    zeros_in_groups = re.search("[,G]", found["whole"]) is not None and "00" in re.sub("[,Gg]", "", found["whole"])
    if end in ("S", "PL", "SG") or (lead and end) or zeros_in_groups:
        return None
    fill = found["fill"] is not None
    prefix = found["prefix"].strip('"')
    if prefix.upper() == "L":
        prefix = "" if fill else " "
    return _Template(
        fill, "S" if lead else end, prefix, found["whole"].upper(), found["point"] is not None,
        found["fraction"] or "", found["power"] is not None, found["suffix"].strip('"'),
    )  # fmt: skip


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
