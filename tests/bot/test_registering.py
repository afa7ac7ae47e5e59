"""What the core knows of our bots: what Telegram last said of each (BY30)."""

from bot.client import make_bot
from bot.registering import Registrar
from crm_core.bots import service
from crm_core.bots.models import Bot
from crm_core.kit.db import Database
from sandbox.server import run_sandbox

WELL, REVOKED = "700021:AA-rounds-token-that-is-well", "700022:AA-rounds-token-that-was-revoked"


async def test_a_bot_is_known_by_its_name_and_a_refused_token_by_its_refusal(db: Database) -> None:
    async with run_sandbox(tokens=[WELL]) as sandbox:
        sandbox.add_bot(WELL, username="huaning_shenzhen_bot", first_name="华宁随访")
        well, revoked = make_bot(WELL, sandbox.url), make_bot(REVOKED, sandbox.url)
        try:
            async with db.unit() as session:
                await service.note_seen(session, revoked.id, "huaning_old_bot")
            registrar = Registrar(db, [well, revoked])
            for bot in (well, revoked, revoked):
                await registrar.look(bot)
        finally:
            await well.session.close()
            await revoked.session.close()
    async with db.unit() as session:
        known, refused = await session.get_one(Bot, well.id), await session.get_one(Bot, revoked.id)
        assert (known.username, known.refused_at) == ("huaning_shenzhen_bot", None)
        assert (refused.username, refused.refused_at) == ("huaning_old_bot", db.clock.now())
        await service.note_seen(session, revoked.id, "huaning_old_bot")
        await session.refresh(refused)
        assert refused.refused_at is None, "a good token is in the settings again"
