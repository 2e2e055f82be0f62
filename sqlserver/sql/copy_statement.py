"""COPY as PostgreSQL 15 writes it, in both spellings of its options.

    COPY table [(column, …)] FROM {STDIN | 'file' | PROGRAM 'command'} [[WITH] options] [WHERE condition]
    COPY {table [(column, …)] | (query)} TO {STDOUT | 'file' | PROGRAM 'command'} [[WITH] options]

Options: ``(FORMAT csv, HEADER MATCH, …)`` or, older, ``CSV HEADER DELIMITER ';' NULL AS ''``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlserver.core.copy import UTF8, CopyFormat, CopyOptions, Encoding
from sqlserver.core.errors import FeatureNotSupported, InvalidParameterValue, SyntaxFault
from sqlserver.sql.tokens import Token, TokenKind, tokenize


@dataclass(frozen=True, slots=True)
class CopyStatement:
    """``table`` are the parts of the name, None with a ``query``. ``file`` is None for STDIN and STDOUT.

    ``query_start`` and ``where_start`` are character offsets in the statement.
    """

    table: tuple[str, ...] | None
    columns: tuple[str, ...]
    query: str
    query_start: int
    into_table: bool
    file: str | None
    file_start: int
    options: CopyOptions
    where: str
    where_start: int


def is_copy(words: tuple[str, ...]) -> bool:
    """Whether this is PostgreSQL's COPY; DuckDB's COPY FROM DATABASE is not."""
    upper = tuple(word.upper() for word in words[:3])
    return upper[:1] == ("COPY",) and upper[1:] != ("FROM", "DATABASE")


def parse_copy(sql: str) -> CopyStatement:
    """Raises 42601 with position, 0A000 and 22023 for options that contradict each other, 42501 never."""
    return _CopyParser(sql).statement()


class _CopyParser:
    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._tokens = [token for token in tokenize(sql) if not token.is_symbol(";")]
        self._at = 0

    def statement(self) -> CopyStatement:
        self._expect("COPY")
        binary = self._take("BINARY")
        table: tuple[str, ...] | None = None
        columns: tuple[str, ...] = ()
        query, query_start = "", 0
        if self._symbol("("):
            query_start, end = self._inside()
            query = self._sql[query_start:end]
        else:
            table = self._name()
            columns = self._names() if self._symbol("(") else ()
        if not self._sees("FROM", "TO") or (query and self._sees("FROM")):
            raise self._fault()
        into = self._next().upper == "FROM"
        file, file_start = self._place()
        options = _Options(into)
        if binary:
            options.set("format", "binary")
        if self._take("USING") or self._sees("DELIMITERS"):
            self._expect("DELIMITERS")
            options.set("delimiter", self._string())
        self._take("WITH")
        if self._symbol("("):
            self._listed(options)
        else:
            self._old_style(options)
        where, where_start = "", 0
        if self._sees("WHERE"):
            if query:
                raise self._fault()
            if not into:
                raise SyntaxFault("WHERE clause not allowed with COPY TO", position=self._tokens[self._at].start + 1)
            where_start = self._next().end
            where = self._sql[where_start : self._tokens[-1].end]
        elif self._at < len(self._tokens):
            raise self._fault()
        return CopyStatement(
            table, columns, query, query_start, into, file, file_start, options.checked(), where, where_start
        )

    # ---- tokens ----

    def _fault(self) -> SyntaxFault:
        if self._at >= len(self._tokens):
            return SyntaxFault("syntax error at end of input", position=len(self._sql) + 1)
        token = self._tokens[self._at]
        shown = self._sql[token.start : token.end]
        return SyntaxFault(f'syntax error at or near "{shown}"', position=token.start + 1)

    def _next(self) -> Token:
        if self._at >= len(self._tokens):
            raise self._fault()
        self._at += 1
        return self._tokens[self._at - 1]

    def _sees(self, *words: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].upper in words

    def _take(self, word: str) -> bool:
        found = self._sees(word)
        self._at += found
        return found

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._fault()

    def _symbol(self, symbol: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at].is_symbol(symbol)
        self._at += found
        return found

    def _identifier(self) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at].kind not in (TokenKind.WORD, TokenKind.QUOTED):
            raise self._fault()
        token = self._next()
        return token.text.lower() if token.kind is TokenKind.WORD else token.text

    def _name(self) -> tuple[str, ...]:
        parts = [self._identifier()]
        while self._symbol("."):
            parts.append(self._identifier())
        return tuple(parts)

    def _names(self) -> tuple[str, ...]:
        """After the opening parenthesis."""
        names = [self._identifier()]
        while not self._symbol(")"):
            if not self._symbol(","):
                raise self._fault()
            names.append(self._identifier())
        return tuple(names)

    def _inside(self) -> tuple[int, int]:
        """The offsets of what stands between a parenthesis just taken and its other half."""
        start = self._tokens[self._at - 1].end
        depth = 1
        while depth:
            token = self._next()
            depth += token.is_symbol("(") - token.is_symbol(")")
        return start, self._tokens[self._at - 1].start

    def _string(self) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at].kind is not TokenKind.STRING:
            raise self._fault()
        return self._next().text

    def _place(self) -> tuple[str | None, int]:
        if self._sees("STDIN", "STDOUT"):
            self._next()
            return None, 0
        start = self._tokens[self._at].start if self._at < len(self._tokens) else len(self._sql)
        self._take("PROGRAM")
        return self._string(), start

    # ---- options ----

    def _listed(self, options: _Options) -> None:
        while True:
            token = self._tokens[self._at] if self._at < len(self._tokens) else None
            options.position = token.start + 1 if token else None
            options.set(self._identifier(), self._value())
            if self._symbol(")"):
                return
            if not self._symbol(","):
                raise self._fault()

    def _value(self) -> Any:
        if self._symbol("("):
            return self._names()
        if self._symbol("*"):
            return ("*",)
        if self._at < len(self._tokens) and not any(self._tokens[self._at].is_symbol(one) for one in (",", ")")):
            token = self._next()
            return token.text.lower() if token.kind is TokenKind.WORD else token.text
        return None

    def _old_style(self, options: _Options) -> None:
        while self._at < len(self._tokens) and not self._sees("WHERE"):
            options.position = self._tokens[self._at].start + 1
            word = self._next().upper
            if word in ("BINARY", "CSV"):
                options.set("format", word.lower())
            elif word == "HEADER":
                options.set("header", "match" if self._take("MATCH") else None)
            elif word in ("DELIMITER", "NULL", "QUOTE", "ESCAPE", "ENCODING"):
                self._take("AS")
                options.set(word.lower(), self._string())
            elif word == "FORCE":
                kind = "force_quote" if self._take("QUOTE") else "force_null"
                if kind == "force_null" and self._take("NOT"):
                    kind = "force_not_null"
                if kind != "force_quote":
                    self._expect("NULL")
                options.set(kind, ("*",) if self._symbol("*") else self._bare_names())
            elif word != "FREEZE":
                self._at -= 1
                raise self._fault()

    def _bare_names(self) -> tuple[str, ...]:
        names = [self._identifier()]
        while self._symbol(","):
            names.append(self._identifier())
        return tuple(names)


_ON = frozenset({"true", "on", "1"})
_OFF = frozenset({"false", "off", "0"})


class _Options:
    """Collects options; ``checked`` fills in the defaults and refuses what PostgreSQL refuses, in its words."""

    def __init__(self, into: bool) -> None:
        self._into = into
        self._given: dict[str, Any] = {}
        self._positions: dict[str, int | None] = {}
        self.position: int | None = None

    def set(self, name: str, value: Any) -> None:
        if name not in _NAMES:
            raise SyntaxFault(f'option "{name}" not recognized', position=self.position)
        if name in self._given:
            raise SyntaxFault("conflicting or redundant options", position=self.position)
        if value is None and name in _TAKING_TEXT:
            raise SyntaxFault(f"{name} requires a parameter")
        self._given[name] = value
        self._positions[name] = self.position

    def checked(self) -> CopyOptions:
        given = self._given
        kind = _format(given.get("format") or "text", self.position)
        csv = kind == "csv"
        options = CopyOptions(
            format=kind,
            delimiter=_text(given, "delimiter", "," if csv else "\t"),
            null=_text(given, "null", "" if csv else "\\N"),
            header=self._header(given.get("header")) if "header" in given else "off",
            quote=_text(given, "quote", '"'),
            escape=_text(given, "escape", _text(given, "quote", '"')),
            force_quote=given.get("force_quote") or (),
            force_null=given.get("force_null") or (),
            force_not_null=given.get("force_not_null") or (),
            encoding=self._encoding(given.get("encoding")),
        )
        self._refuse(options)
        return options

    def _encoding(self, given: str | None) -> Encoding:
        if given is None:
            return UTF8
        for name, codec in _CODECS.items():
            if _letters(_ALIASES.get(_letters(given), given)) == _letters(name):
                return Encoding(name, codec)
        fault = 'argument to option "encoding" must be a valid encoding name'
        raise InvalidParameterValue(fault, position=self._positions.get("encoding"))

    def _header(self, value: Any) -> Any:
        word = "true" if value is None else str(value).lower()
        if word == "match":
            if not self._into:
                raise FeatureNotSupported('cannot use "match" with HEADER in COPY TO')
            return "match"
        if word not in _ON | _OFF:
            raise SyntaxFault('header requires a Boolean value or "match"')
        return "on" if word in _ON else "off"

    def _refuse(self, options: CopyOptions) -> None:
        if options.format == "binary":
            for name in ("delimiter", "null", "header"):
                if name in self._given:
                    fault = f"cannot specify {name.upper()} in BINARY mode"
                    raise FeatureNotSupported(fault) if name == "header" else SyntaxFault(fault)
        if options.format != "csv":
            for name in ("quote", "escape", "force_quote", "force_null", "force_not_null"):
                if name in self._given:
                    shown = name.replace("_", " ") if name.startswith("force") else name
                    raise FeatureNotSupported(f"COPY {shown} available only in CSV mode")
        for name, only in (("force_quote", False), ("force_null", True), ("force_not_null", True)):
            if name in self._given and self._into is not only:
                where = "COPY FROM" if only else "COPY TO"
                raise FeatureNotSupported(f"COPY {name.replace('_', ' ')} only available using {where}")
        for name in ("delimiter", "quote", "escape"):
            if len(getattr(options, name).encode()) != 1:
                raise FeatureNotSupported(f"COPY {name} must be a single one-byte character")
        self._refuse_characters(options)

    @staticmethod
    def _refuse_characters(options: CopyOptions) -> None:
        if options.delimiter in "\r\n":
            raise InvalidParameterValue("COPY delimiter cannot be newline or carriage return")
        if "\r" in options.null or "\n" in options.null:
            raise InvalidParameterValue("COPY null representation cannot use newline or carriage return")
        if options.format == "text" and options.delimiter in "\\.abcdefghijklmnopqrstuvwxyz0123456789":
            raise InvalidParameterValue(f'COPY delimiter cannot be "{options.delimiter}"')
        if options.format == "csv" and options.delimiter == options.quote:
            raise InvalidParameterValue("COPY delimiter and quote must be different")
        if options.format != "binary" and options.delimiter in options.null:
            raise FeatureNotSupported("COPY delimiter must not appear in the NULL specification")
        if options.format == "csv" and options.quote in options.null:
            raise FeatureNotSupported("CSV quote character must not appear in the NULL specification")


_NAMES = frozenset(
    {
        "format", "freeze", "delimiter", "null", "header", "quote", "escape", "force_quote", "force_null",
        "force_not_null", "encoding",
    }
)  # fmt: skip


_TAKING_TEXT = frozenset({"format", "delimiter", "null", "quote", "escape", "encoding"})

_CODECS = {
    "UTF8": "utf-8", "LATIN1": "iso8859-1", "LATIN2": "iso8859-2", "LATIN3": "iso8859-3", "LATIN4": "iso8859-4",
    "LATIN5": "iso8859-9", "LATIN6": "iso8859-10", "LATIN7": "iso8859-13", "LATIN8": "iso8859-14",
    "LATIN9": "iso8859-15", "LATIN10": "iso8859-16", "ISO_8859_5": "iso8859-5", "ISO_8859_6": "iso8859-6",
    "ISO_8859_7": "iso8859-7", "ISO_8859_8": "iso8859-8", "KOI8R": "koi8-r", "KOI8U": "koi8-u", "WIN866": "cp866",
    "WIN874": "cp874", "WIN1250": "cp1250", "WIN1251": "cp1251", "WIN1252": "cp1252", "WIN1253": "cp1253",
    "WIN1254": "cp1254", "WIN1255": "cp1255", "WIN1256": "cp1256", "WIN1257": "cp1257", "WIN1258": "cp1258",
    "EUC_JP": "euc_jp", "EUC_KR": "euc_kr", "EUC_CN": "gb2312", "GBK": "gbk", "GB18030": "gb18030", "BIG5": "big5",
    "SJIS": "cp932", "UHC": "cp949", "JOHAB": "johab",
}  # fmt: skip
_ALIASES = {
    "unicode": "UTF8", "sqlascii": "UTF8", "iso88591": "LATIN1", "iso88592": "LATIN2", "iso885915": "LATIN9",
    "koi8": "KOI8R", "win": "WIN1251", "alt": "WIN866", "shiftjis": "SJIS", "mskanji": "SJIS", "windows1252": "WIN1252",
}  # fmt: skip
"""As PostgreSQL compares names. SQL_ASCII takes the bytes as they are."""


def _letters(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def _format(name: str, position: int | None) -> CopyFormat:
    match name:
        case "text" | "csv" | "binary":
            return name
    raise InvalidParameterValue(f'COPY format "{name}" not recognized', position=position)


def _text(given: dict[str, Any], name: str, default: str) -> str:
    value = given.get(name)
    return default if value is None else str(value)
