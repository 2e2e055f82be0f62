"""Plans to rows: engine queries, semantic stages, the final query."""
