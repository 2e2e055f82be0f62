"""The rows of the emulated catalog's tables, one group of tables a file; each gives dicts by column, the rest is NULL."""
