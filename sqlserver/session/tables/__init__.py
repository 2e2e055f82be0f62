"""Tables as PostgreSQL has them, where DuckDB's are other: constraints with names, foreign keys with actions, ALTER."""
