"""The way to the Bot API: through a proxy, where there is one, and how long it may take to be there."""

from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

CONNECT_TIMEOUT_S: Final = 10.0


def proxy_for(url: str) -> str | None:
    """The HTTP proxy that the environment names for an address (aiohttp's own look-up costs a thread a request)."""
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    proxy = getproxies().get(parts.scheme)
    return proxy if proxy and proxy.startswith("http") else None
