"""The Bot API's client for calls that are no deliveries: who am I, where do updates go."""

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import ClientSession, TCPConnector

from bot.proxy import proxy_for


class _Session(AiohttpSession):
    """Goes through the proxy that the environment names, as delivery does. aiogram's own way to a proxy does not look
    there, and needs one more package."""

    async def create_session(self) -> ClientSession:
        if self._session is None or self._session.closed:
            proxy = proxy_for(self.api.base)
            self._session = ClientSession(connector=TCPConnector(**self._connector_init), proxy=proxy)
        return self._session

    async def close(self) -> None:
        """Without the quarter of a second that aiogram's own waits for the goodbyes of TLS: nobody needs them."""
        if self._session is not None and not self._session.closed:
            await self._session.close()


def make_bot(token: str, api_url: str) -> Bot:
    """A bot with a session of its own; whoever makes it closes it."""
    return Bot(token, session=_Session(api=TelegramAPIServer.from_base(api_url)))
