"""One HTTP exchange with an endpoint, turned into plain values: no exception of the HTTP library leaves this file.

TLS certificates are checked, proxies of the environment are not used, cookies are not kept and redirects are not
followed (the key would go with them). A reply is read up to 4 MiB.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import aiohttp

CONNECT_TIMEOUT = 2.5
"""Seconds: three refused connections, and so the breaker, take less than 10."""
MAX_REPLY_BYTES = 4 << 20

Kind = Literal["reply", "refused", "broken", "timeout", "oversized"]
"""``reply``: some HTTP status came. ``refused``: no connection. ``broken``: the connection ended before the reply."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """``status`` is 0 where none came; ``error`` is empty for status 200 and never holds a URL or key."""

    kind: Kind
    error: str = ""
    status: int = 0
    raw: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def open_http(concurrency: int) -> aiohttp.ClientSession:
    """A session for one endpoint: connections are kept alive; the limiter, not the pool, bounds their number."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency, keepalive_timeout=30),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )


async def exchange(http: aiohttp.ClientSession, url: str, body: bytes, key: str, seconds: float) -> Exchange:
    """POSTs JSON and reads the reply within ``seconds``. Cancellation closes the connection."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    try:
        async with (
            asyncio.timeout(seconds),
            http.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            raw = await _read(response, key)
            if raw is None:
                return Exchange("oversized", f"the reply is larger than {MAX_REPLY_BYTES >> 20} MiB", response.status)
            error = "" if response.status == 200 else f"HTTP status {response.status}"
            return Exchange("reply", error, response.status, raw, _lower(response.headers))
    except aiohttp.ConnectionTimeoutError:
        return Exchange("refused", f"no connection within {CONNECT_TIMEOUT:g} s")
    except TimeoutError:
        return Exchange("timeout", f"no answer within {seconds:.3g} s")
    except aiohttp.ClientConnectorError as error:
        return Exchange("refused", _refusal(error))
    except (aiohttp.ClientError, OSError) as error:
        return Exchange("broken", f"the connection ended before the reply ({type(error).__name__})")


async def _read(response: aiohttp.ClientResponse, key: str) -> str | None:
    """The body as text, with the key blacked out where an endpoint repeats it; None where it is too large."""
    parts, size = [], 0
    async for part in response.content.iter_chunked(1 << 16):
        size += len(part)
        if size > MAX_REPLY_BYTES:
            response.close()
            return None
        parts.append(part)
    text = b"".join(parts).decode("utf-8", "replace")
    return text.replace(key, "[key]") if key else text


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _refusal(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its host name does not resolve"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "its TLS certificate is not accepted"
    return "connection refused" if error.errno == errno.ECONNREFUSED else (error.strerror or "cannot be connected")
