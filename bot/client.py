"""The Bot API's client for calls that are no deliveries: who am I, where do updates go."""

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer


def make_bot(token: str, api_url: str) -> Bot:
    """A bot with a session of its own; whoever makes it closes it."""
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(api_url)))
