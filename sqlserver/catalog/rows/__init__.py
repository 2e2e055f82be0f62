"""The rows of the emulated catalog, one group of tables a file: dicts by column, what is left out is NULL."""
