from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from sqlserver.llm.embedded.provider import EmbeddedModel


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def embedded() -> AsyncIterator[EmbeddedModel]:
    """One loaded model for all tests of this folder: they run in one event loop, as the server does."""
    model = EmbeddedModel()
    yield model
    await model.close()
