"""The same question asked twice at the same time, by any sessions, is one call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sqlserver.core.errors import OutOfTime
from sqlserver.semantic.answer import Answer


class SingleFlight:
    """Assumes one event loop. Who comes second waits for the first; if the first is cancelled or its time is up, which
    says nothing of the answer, the next one asks."""

    def __init__(self) -> None:
        self._flights: dict[str, asyncio.Future[Answer]] = {}

    async def ask(self, key: str, call: Callable[[], Awaitable[Answer]]) -> tuple[Answer, bool]:
        """The answer, and whether this caller made the call itself."""
        while (flight := self._flights.get(key)) is not None:
            # wait, not await: a cancelled leader must not look like a cancel of this caller
            await asyncio.wait([flight])
            if not flight.cancelled():
                return flight.result(), False
        flight = asyncio.get_running_loop().create_future()
        self._flights[key] = flight
        try:
            answer = await call()
        except asyncio.CancelledError:
            flight.cancel()
            raise
        except OutOfTime:
            flight.cancel()
            raise
        except BaseException as error:
            flight.set_exception(error)
            flight.exception()  # marks it seen: nobody may have waited
            raise
        else:
            if isinstance(answer.error, OutOfTime):
                flight.cancel()
            else:
                flight.set_result(answer)
            return answer, True
        finally:
            del self._flights[key]
