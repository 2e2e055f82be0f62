r"""PostgreSQL's text of a bytea (``byteain`` and ``hex_decode`` in its ``varlena.c`` and ``encode.c``).

``\x6162`` is the hexadecimal form; anything else the escape form, where ``\\`` is a backslash and ``\nnn`` a byte.
"""

from __future__ import annotations

import re

from sqlserver.core.errors import InvalidParameterValue, InvalidTextRepresentation

_BLANKS = re.compile(r"[ \n\t\r]")
_NO_DIGIT = re.compile(r"[^0-9a-fA-F]")
_ESCAPE = re.compile(rb"\\(?:([0-3][0-7]{2})|(\\)|)")


def parse_bytea(text: str) -> bytes:
    """Raises 22023 for what is no hexadecimal form, 22P02 for a backslash that escapes nothing."""
    if text.startswith("\\x"):
        return _from_hexadecimal(text[2:])

    def byte(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return bytes((int(found[1], 8),))
        if not found[2]:
            raise InvalidTextRepresentation("invalid input syntax for type bytea")
        return b"\\"

    return _ESCAPE.sub(byte, text.encode())


def _from_hexadecimal(digits: str) -> bytes:
    wrong = _NO_DIGIT.search(_BLANKS.sub("", digits))
    if wrong is not None:
        raise InvalidParameterValue(f'invalid hexadecimal digit: "{wrong[0]}"')
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise InvalidParameterValue("invalid hexadecimal data: odd number of digits") from None
