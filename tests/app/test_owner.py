"""One process owns a data directory, and the others can tell which."""

import json
import os
import stat
from pathlib import Path

import pytest

from sqlserver.app.owner import claim, current_owner
from sqlserver.core.errors import ServerError


def test_the_owner_is_told_while_it_lives_and_gone_afterwards(tmp_path: Path) -> None:
    with claim(tmp_path) as ownership:
        assert current_owner(tmp_path) is None
        ownership.announce("127.0.0.1", 4242)
        owner = current_owner(tmp_path)
        assert owner is not None
        assert (owner.pid, owner.port, owner.token) == (os.getpid(), 4242, ownership.token)
    assert current_owner(tmp_path) is None


def test_only_the_user_may_read_the_token(tmp_path: Path) -> None:
    with claim(tmp_path) as ownership:
        ownership.announce("127.0.0.1", 4242)
        assert stat.S_IMODE((tmp_path / "server.json").stat().st_mode) == 0o600


def test_a_second_owner_is_refused_and_hears_who_has_it(tmp_path: Path) -> None:
    with claim(tmp_path) as ownership:
        ownership.announce("127.0.0.1", 4242)
        with (
            pytest.raises(ServerError, match=r"in use by process \d+, which listens on 127.0.0.1:4242") as raised,
            claim(tmp_path),
        ):
            pass
        assert raised.value.sqlstate == "55006"


def test_a_file_left_by_a_killed_server_counts_as_nobody(tmp_path: Path) -> None:
    left = {"pid": 1, "host": "127.0.0.1", "port": 1, "token": "x"}
    (tmp_path / "server.json").write_text(json.dumps(left))
    assert current_owner(tmp_path) is None
    with claim(tmp_path):
        pass
