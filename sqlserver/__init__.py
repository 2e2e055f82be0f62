"""A PostgreSQL wire-protocol server with LLM operators and few-shot training inside SQL."""

__version__ = "0.1.0"
