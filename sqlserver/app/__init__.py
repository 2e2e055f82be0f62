"""Builds the concrete parts into a server. The only package that does."""
