"""Webhooks: updates posted to the bot's address, again and again until it takes them."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import time
from collections import deque
from typing import Any

import aiohttp

from sandbox.errors import Json, bad_request
from sandbox.links import BadLinkError, Url, parse_url
from sandbox.state import Bot
from sandbox.updates import Update

PORTS = frozenset({80, 88, 443, 8443})
SECRET = re.compile(r"[A-Za-z0-9_-]*")
DEFAULT_CONNECTIONS = 40
MAX_CONNECTIONS = 100
MAX_DELAY_S = 60.0
REQUEST_TIMEOUT_S = 60.0


class Webhook:
    """Delivers the queue of one bot. Updates of one lane go one after another, lanes side by side.

    A refused update is tried again after a second, then after twice as long each time, up to a minute, and holds
    back its lane only.
    """

    def __init__(self, bot: Bot, url: str, *, max_connections: int, secret: str, ip_address: str) -> None:
        self.bot = bot
        self.url = url
        self.max_connections = max_connections
        self.secret = secret
        self.ip_address = ip_address
        self.last_error: tuple[int, str] | None = None
        self._lanes: dict[int, deque[Update]] = {}
        self._loaded_until = 0
        self._added = asyncio.Event()
        self._slots = asyncio.Semaphore(max_connections)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=self.max_connections)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
        )
        self.bot.updates.on_added = self._added
        self._added.set()
        self._spawn(self._load())

    async def stop(self) -> None:
        self.bot.updates.on_added = None
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load(self) -> None:
        """Sort new updates into lanes; a lane that was empty gets a task that works it off."""
        while True:
            await self._added.wait()
            self._added.clear()
            fresh: list[Update] = []
            for update in reversed(self.bot.updates.pending.values()):
                if update.id < self._loaded_until:
                    break
                fresh.append(update)
            for update in reversed(fresh):
                lane = self._lanes.get(update.lane)
                if lane is None:
                    self._lanes[update.lane] = deque([update])
                    self._spawn(self._work_off(update.lane))
                else:
                    lane.append(update)
            if fresh:
                self._loaded_until = fresh[0].id + 1

    async def _work_off(self, key: int) -> None:
        lane = self._lanes[key]
        while lane:
            await self._deliver(lane[0])
            lane.popleft()
        del self._lanes[key]

    async def _deliver(self, update: Update) -> None:
        pending = self.bot.updates.pending
        delay_s = self.bot.world.options.webhook_retry_s
        failures = 0
        while update.id in pending and time.monotonic() < update.expires_at:
            async with self._slots:
                retry_after_s = await self._post(update)
            if retry_after_s is None:
                break
            if failures and not retry_after_s:
                delay_s = min(delay_s * 2, MAX_DELAY_S)
            failures += 1
            await asyncio.sleep(retry_after_s or delay_s)
        pending.pop(update.id, None)

    async def _post(self, update: Update) -> float | None:
        """Post once. None means that it was taken, a number how long the other side asked to wait (0: not said)."""
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        assert self._session is not None
        try:
            async with self._session.post(
                self.url, data=update.json.encode(), headers=headers, allow_redirects=False
            ) as response:
                if 200 <= response.status <= 299:
                    await self.bot.world.follow_answer(self.bot, response)
                    return None
                self._failed(f"Wrong response from the webhook: {response.status} {response.reason}")
                return _seconds(response.headers.get("Retry-After"))
        except TimeoutError:
            self._failed("Read timeout expired")
        except aiohttp.ClientConnectorError as error:
            refused = isinstance(error.os_error, ConnectionRefusedError)
            self._failed("Connection refused" if refused else f"Can't connect: {error.os_error}")
        except aiohttp.ClientError as error:
            self._failed(f"Webhook connection closed: {error}" if str(error) else "Webhook connection closed")
        return 0.0

    def _failed(self, why: str) -> None:
        self.last_error = (self.bot.world.clock.seconds(), why)


def _seconds(header: str | None) -> float:
    try:
        return min(3600.0, max(0.0, float(header or 0)))
    except ValueError:
        return 0.0


async def set_webhook(bot: Bot, params: Json) -> bool:
    """setWebhook and deleteWebhook; an address of "" means none. Raises ApiError."""
    if params.get("drop_pending_updates"):
        bot.updates.drop_all()
    url = str(params.get("url") or "").strip()
    bot.updates.set_allowed(params.get("allowed_updates"))
    if not url:
        await remove(bot)
        return True
    parsed = _checked_url(url, loopback_allowed=bot.world.options.loopback_webhooks)
    secret = str(params.get("secret_token") or "")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    wanted = params.get("max_connections")
    connections = min(MAX_CONNECTIONS, max(1, wanted)) if isinstance(wanted, int) else DEFAULT_CONNECTIONS
    current = bot.webhook
    if current is not None and (current.url, current.secret, current.max_connections) == (url, secret, connections):
        return True
    await remove(bot)
    bot.updates.abort_poll()
    ip_address = str(params.get("ip_address") or _literal_ip(parsed.host) or "")
    webhook = Webhook(bot, url, max_connections=connections, secret=secret, ip_address=ip_address)
    webhook.start()
    bot.webhook = webhook
    return True


async def remove(bot: Bot) -> None:
    if bot.webhook is not None:
        webhook, bot.webhook = bot.webhook, None
        await webhook.stop()


def info(bot: Bot) -> Json:
    """getWebhookInfo."""
    body: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(bot.updates.pending)}
    webhook = bot.webhook
    if webhook is not None:
        body["url"] = webhook.url
        if webhook.last_error is not None:
            body["last_error_date"], body["last_error_message"] = webhook.last_error
        body["max_connections"] = webhook.max_connections
        if webhook.ip_address:
            body["ip_address"] = webhook.ip_address
    if bot.updates.allowed is not None:
        body["allowed_updates"] = sorted(bot.updates.allowed)
    return body


def _checked_url(url: str, *, loopback_allowed: bool) -> Url:
    try:
        parsed = parse_url(url, "https")
    except BadLinkError:
        raise bad_request("invalid webhook URL specified") from None
    loopback = _is_loopback(parsed.host)
    if loopback and loopback_allowed:
        return parsed
    if parsed.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parsed.port not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if loopback:
        address = _literal_ip(parsed.host) or "127.0.0.1"
        raise bad_request(f"bad webhook: IP address {address} is reserved")
    return parsed


def _literal_ip(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _literal_ip(host)
    return address is not None and ipaddress.ip_address(address).is_loopback
