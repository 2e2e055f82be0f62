"""Log relations are tested on a real store and a real DuckDB session."""

from tests.log_session import embedded_path, session, shared_session

__all__ = ["embedded_path", "session", "shared_session"]
