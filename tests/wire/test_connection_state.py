"""Only the drawn steps are legal."""

from __future__ import annotations

import pytest

from sqlserver.wire.connection_state import ConnectionState, IllegalTransition, advance

S = ConnectionState


@pytest.mark.parametrize("start", [one for one in S if one is not S.CLOSED])
def test_every_open_state_can_close(start: ConnectionState) -> None:
    assert advance(start, S.CLOSED) is S.CLOSED


@pytest.mark.parametrize(
    ("start", "target"),
    [(S.STARTING, S.READY), (S.READY, S.SKIPPING), (S.SKIPPING, S.READY), (S.READY, S.READY), (S.CLOSED, S.READY)],
)
def test_a_step_out_of_order_raises(start: ConnectionState, target: ConnectionState) -> None:
    with pytest.raises(IllegalTransition):
        advance(start, target)
