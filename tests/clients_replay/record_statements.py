"""Writes ``statements.json.gz``: what clients sent to PostgreSQL 15 and what it answered.

``python -m tests.clients_replay.record_statements FOLDER POSTGRES_URL``: FOLDER holds one ``<client>.sql`` a client
with blocks between ``-- ;;`` lines, and ``expected/<client>.json`` with PostgreSQL's answers; the URL leads to an
*empty* database of a PostgreSQL 15. Rows that this empty database gives as well do not depend on user objects: those
are kept.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

from psycopg import pq

from tests.clients_replay.recorded import STATEMENTS

_PARAMETER = re.compile(r"\$\d+ = (?:(NULL|None)|'(.*?)')(?=, \$\d+ = |$)", re.DOTALL)


def main(folder: Path, url: str) -> None:
    clients: dict[str, list[dict[str, Any]]] = {}
    for file in sorted((folder / "expected").glob("*.json")):
        blocks = [b for b in (folder / f"{file.stem}.sql").read_text().split("\n-- ;;\n") if b.strip()]
        empty = pq.PGconn.connect(url.encode())
        answers = json.loads(file.read_text())
        clients[file.stem] = [_recorded(block, answer, empty) for block, answer in zip(blocks, answers, strict=True)]
        empty.finish()
    schema = (folder / "schema.duckdb.sql").read_text()
    raw = json.dumps({"schema": schema, "clients": clients}, separators=(",", ":"), ensure_ascii=False)
    STATEMENTS.write_bytes(gzip.compress(raw.encode(), 9, mtime=0))


def _recorded(block: str, answer: dict[str, Any], empty: pq.PGconn) -> dict[str, Any]:
    kind, _, rest = block.removeprefix("-- kind: ").partition("\n")
    parameters: list[str | None] = []
    if rest.startswith("-- params: "):
        line, _, rest = rest.removeprefix("-- params: ").partition("\n")
        parameters = [None if null else text for null, text in _PARAMETER.findall(json.loads(line))]
    found: dict[str, Any] = {"kind": kind, "sql": rest, "params": parameters, "cat": answer["cat"], "ok": answer["ok"]}
    rows = rows_of(empty, kind, rest, parameters)
    if answer["ok"]:
        found |= {"names": answer["names"], "oids": answer["oids"]}
        if rows is not None and sorted(map(str, rows)) == sorted(map(str, answer["rows"])):
            found["rows"] = rows
    return found


def rows_of(connection: pq.PGconn, kind: str, sql: str, parameters: list[str | None]) -> list[list[str | None]] | None:
    """The rows as text; None where the statement returns none."""
    if re.match(r"\s*copy\b", sql, re.IGNORECASE):
        return None
    if kind == "simple":
        result = connection.exec_(sql.encode())
    else:
        result = connection.exec_params(sql.encode(), [None if p is None else p.encode() for p in parameters])
    if result.status != pq.ExecStatus.TUPLES_OK:
        return None
    values = [[result.get_value(row, column) for column in range(result.nfields)] for row in range(result.ntuples)]
    return [[None if value is None else value.decode() for value in row] for row in values]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
