"""Commands are tested on a real store and a real DuckDB session."""

from tests.log_session import session, shared_session

__all__ = ["session", "shared_session"]
