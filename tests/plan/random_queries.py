"""Random queries over the tables of ``staged``: joins, subqueries, logic, groups, windows, with calls anywhere."""

from __future__ import annotations

from random import Random

_COLUMNS = {"p": ("d", "value", "arg_1"), "q": ("note", "cat")}


class QueryMaker:
    """``make`` gives one query; the same seed gives the same queries."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._columns: dict[str, tuple[str, ...]] = {}
        self._names = 0

    def make(self) -> str:
        self._columns.clear()
        aliases, from_ = self._from()
        where = self._where(aliases)
        if len(aliases) > 1:
            where = [*where, f"t0.id = {aliases[-1]}.id"]
        tail = f" FROM {from_}" + (f" WHERE {' AND '.join(where)}" if where else "")
        if self._chance(0.3):
            return self._grouped(aliases, tail)
        return self._wrapped(self._rows(aliases, tail))

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _pick(self, *options: str) -> str:
        return self._random.choice(options)

    def _texts(self, aliases: list[str]) -> list[str]:
        return [f"{alias}.{column}" for alias in aliases for column in self._columns[alias]]

    def _text(self, aliases: list[str]) -> str:
        column, other = self._pick(*self._texts(aliases)), self._pick(*self._texts(aliases))
        return self._pick(
            column,
            column,
            f"{column} || 'z'",
            f"upper({column})",
            "'const'",
            f"coalesce({column}, 'none')",
            f"({column} ASK 'q')",
            f"CASE WHEN {column} > 'item 4' THEN {other} END",
        )

    def _call(self, aliases: list[str]) -> str:
        right = self._pick("'x'", "'y'", self._text(aliases))
        return f"{self._text(aliases)} {self._pick('MEANS', 'NOT MEANS')} {right}"

    def _cheap(self, aliases: list[str]) -> str:
        alias = self._pick(*aliases)
        return self._pick(
            f"{alias}.cat = 'a'",
            f"{alias}.cat IN ('a', 'b')",
            f"{alias}.id > {self._random.randrange(20)}",
            f"{alias}.cat IS NULL",
            "NULL",
            f"{alias}.id % 3 = 1",
        )

    def _predicate(self, aliases: list[str], depth: int, *, subqueries: bool = True) -> str:
        if depth == 0 or self._chance(0.2):
            return self._cheap(aliases)

        def inner() -> str:
            return self._predicate(aliases, depth - 1, subqueries=subqueries)

        kinds = [
            lambda: self._call(aliases),
            lambda: self._call(aliases),
            lambda: f"{self._text(aliases)} ABOUT 'x' > 0.{self._random.randrange(10)}",
            lambda: f"({inner()} OR {inner()})",
            lambda: f"({inner()} AND {inner()})",
            lambda: f"NOT {inner()}",
            lambda: f"CASE WHEN {inner()} THEN {inner()} ELSE {inner()} END",
            lambda: f"coalesce({inner()}, {inner()})",
            lambda: f"({inner()}) IS {self._pick('NULL', 'NOT NULL', 'TRUE', 'NOT FALSE')}",
        ]
        if subqueries:
            kinds += [lambda: self._subquery(aliases, depth)] * 2
        return self._random.choice(kinds)()

    def _subquery(self, aliases: list[str], depth: int) -> str:
        self._names += 1
        name, table, outer = f"s{self._names}", self._pick("p", "q"), self._pick(*aliases)
        self._columns[name] = _COLUMNS[table]
        seen = [name, outer] if self._chance(0.6) else [name]
        link = f"{name}.cat = {outer}.cat AND " if self._chance(0.5) else ""
        rest = f"FROM {table} {name} WHERE {link}{self._predicate(seen, depth - 1, subqueries=False)}"
        return self._pick(
            f"{self._pick('', 'NOT ')}EXISTS (SELECT 1 {rest})",
            f"{outer}.id {self._pick('IN', 'NOT IN')} (SELECT {name}.id {rest})",
            f"(SELECT count(*) {rest}) > 2",
        )

    def _from(self) -> tuple[list[str], str]:
        aliases: list[str] = []
        text = ""
        for number in range(self._random.choice((1, 1, 2, 2, 3))):
            table, alias = self._pick("p", "q"), f"t{number}"
            self._columns[alias] = self._columns["z"] = _COLUMNS[table]
            relation = f"{table} {alias}"
            if self._chance(0.2):
                relation = f"(SELECT * FROM {table} z WHERE {self._predicate(['z'], 1)}) {alias}"
            if aliases:
                same = f"t{number - 1}.id = {alias}.id"
                condition = self._predicate([*aliases, alias], 1, subqueries=False)
                text += self._pick(
                    f" JOIN {relation} ON {same} AND {condition}",
                    f" LEFT JOIN {relation} ON {same}",
                    f" {self._pick('LEFT', 'RIGHT', 'FULL')} JOIN {relation} ON {same}",
                    f", {relation}",
                )
            else:
                text = relation
            aliases.append(alias)
        return aliases, text

    def _where(self, aliases: list[str]) -> list[str]:
        return [self._predicate(aliases, 2) for _ in range(self._random.randrange(4))]

    def _grouped(self, aliases: list[str], tail: str) -> str:
        key = self._pick("t0.cat", self._call(aliases), f"upper({self._pick(*self._texts(aliases))})")
        column = self._pick(*self._texts(aliases))
        value = self._pick(
            f"count(*) FILTER (WHERE {self._predicate(aliases, 1, subqueries=False)})",
            f"max({self._text(aliases)})",
            f"sum(CASE WHEN {self._predicate(aliases, 1, subqueries=False)} THEN 1 ELSE 0 END)",
            f"max({column}) MEANS 'x'",
        )
        having = f" HAVING {self._pick('count(*) > 1', f'max({column}) MEANS 1')}" if self._chance(0.4) else ""
        by = self._pick(key, "1", "ALL", "g")
        return f"SELECT {key} AS g, {value} AS v{tail} GROUP BY {by}{having}"

    def _rows(self, aliases: list[str], tail: str) -> str:
        items = ["t0.id"]
        for number in range(self._random.randrange(3)):
            item = self._pick(self._predicate(aliases, 1), self._text(aliases), self._call(aliases))
            items.append(f"{item} AS c{number}")
        order = ", ".join(f"{alias}.id" for alias in aliases)
        if self._chance(0.2):
            items.append(f"row_number() OVER (PARTITION BY {self._call(aliases)} ORDER BY {order}) AS n")
            if self._chance(0.5):
                tail += f" QUALIFY n = 1 AND {self._predicate(aliases, 1, subqueries=False)}"
        elif self._chance(0.2):
            tail += f" ORDER BY {self._call(aliases)}"
        return f"SELECT {self._pick('', '', 'DISTINCT ')}{', '.join(items)}{tail}"

    def _wrapped(self, query: str) -> str:
        if self._chance(0.1):
            return f"WITH w AS ({query}) SELECT count(*), min(id) FROM w WHERE id::VARCHAR MEANS 'even'"
        return f"SELECT * FROM ({query}) o WHERE o.id::VARCHAR MEANS 'x'" if self._chance(0.1) else query
