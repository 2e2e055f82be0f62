"""The newest answers, in memory, in front of the store's own cache."""

from __future__ import annotations

from collections import OrderedDict

from sqlserver.semantic.answer import Answer


class AnswerMemory:
    """Least recently used of at most ``entries`` answers by cache key. Failures are never put in."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    def get(self, key: str) -> Answer | None:
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: str, answer: Answer) -> None:
        if answer.error is not None:
            raise ValueError("a failed answer is never cached")
        self._answers[key] = answer
        self._answers.move_to_end(key)
        if len(self._answers) > self._entries:
            self._answers.popitem(last=False)

    def __len__(self) -> int:
        return len(self._answers)
