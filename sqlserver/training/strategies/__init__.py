"""Which of the marked examples go with a call. A new strategy is one file and one line here."""

from __future__ import annotations

from sqlserver.training.strategies import high_confidence, random, recent
from sqlserver.training.strategies.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy for strategy in (recent.STRATEGY, high_confidence.STRATEGY, random.STRATEGY)
}

DEFAULT = recent.STRATEGY

__all__ = ["DEFAULT", "STRATEGIES", "Strategy"]
