"""Every ``.slt`` file over the simple and over the extended protocol, each run on a server with an empty folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from tests.processes import EndpointProcess, SqlServerProcess
from tests.slt.runner import Protocol, RecordFailed, SltRun
from tests.slt.slt_file import Record, read_slt

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.slt"))


@pytest.mark.parametrize("protocol", get_args(Protocol))
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_record_holds(
    start_server: Callable[..., SqlServerProcess], endpoint: EndpointProcess, file: Path, protocol: Protocol
) -> None:
    endpoint.reset()
    server = start_server(settings=endpoint.settings())
    with server.connect() as connection:
        try:
            held = SltRun(connection, protocol, endpoint.count).run(read_slt(file))
        except RecordFailed as failed:
            said = "".join(server.err[-40:])
            pytest.fail(f"{file.name} ({protocol}), {failed}\nthe server said:\n{said}", pytrace=False)
    assert held > 0


def test_records_are_read_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "some.slt"
    file.write_text(
        "# a comment\nstatement ok MARK 1\nMARK x\n\nquery IT rowsort\nSELECT 1,\n 'a'\n----\n1 a\n\ncalls 3\n"
    )
    assert list(read_slt(file)) == [
        Record("statement", 2, "MARK x", expected="MARK 1"),
        Record("query", 5, "SELECT 1,\n 'a'", "IT", True, ("1 a",)),
        Record("calls", 11, expected=3),
    ]


def test_what_is_not_a_record_is_named_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.slt"
    file.write_text("\n\nstatment ok\nSELECT 1\n")
    with pytest.raises(ValueError, match=r"wrong\.slt:3: not a record: statment ok"):
        list(read_slt(file))
