"""Distinct inputs to answers: cache, single flight, budget, concurrency, failures."""
