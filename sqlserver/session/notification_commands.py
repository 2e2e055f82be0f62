"""LISTEN channel, UNLISTEN {channel | *}, NOTIFY channel [, 'payload']."""

from __future__ import annotations

from sqlserver.core.result import CommandTag, Result
from sqlserver.session.command_words import fault_at, name_at
from sqlserver.session.state import SessionState
from sqlserver.sql.tokens import tokenize

NOTIFICATION_VERBS = frozenset({"LISTEN", "UNLISTEN", "NOTIFY"})


async def run_notification_command(state: SessionState, sql: str) -> Result:
    """Done when the transaction commits. 42601."""
    tokens = [token for token in tokenize(sql) if not token.is_symbol(";")]
    verb = tokens[0].upper
    every = verb == "UNLISTEN" and len(tokens) > 1 and tokens[1].is_symbol("*")
    channel = "*" if every else name_at(tokens, 1, sql)
    end = 2
    payload = ""
    if verb == "NOTIFY" and len(tokens) > 2:
        if not tokens[2].is_symbol(",") or len(tokens) < 4 or not tokens[3].is_string:
            raise fault_at(tokens, 2 if not tokens[2].is_symbol(",") else 3, sql)
        payload, end = tokens[3].text, 4
    if len(tokens) > end:
        raise fault_at(tokens, end, sql)
    await state.transaction.begin_implicit()
    if verb == "NOTIFY":
        state.notifications.notify(channel, payload)
    elif verb == "LISTEN":
        state.notifications.listen(channel)
    else:
        state.notifications.unlisten(channel)
    return Result(CommandTag(verb))
