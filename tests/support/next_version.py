"""The next Rounds, as far as a test needs it: this one, with a migration, a command, a form, a button, a rule more.

`python -m tests.support.next_version run …` runs it. Beside it this program is the old one: what holds between the two
holds for whoever upgrades from this version.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cli
from bot.delivery import calls
from conversations import driver
from conversations.form import Field, Form
from conversations.kinds.plain import Text
from crm_core import migrations
from crm_core.kit.db import async_url
from crm_core.org.actor import Actor
from crm_core.visits.permissions import LOG
from handlers.routing import button, command
from handlers.turn import Turn
from reminders.rules import Rule
from screens.screen import Button, Place, Screen
from screens.system import notice

REVISION: Final = "next1"
RULE: Final = "parcel.lost"
PARCEL: Final = "包裹已登记"
SIGNED: Final = "包裹已签收"

_MIGRATION: Final = """
import sqlalchemy as sa
from alembic import op
from crm_core.migrations import carefully

revision = {revision!r}
down_revision = {before!r}
branch_labels = None
depends_on = None


def upgrade():
    key = sa.Column('id', sa.BigInteger(), sa.Identity(), nullable=False)
    op.create_table('parcel', key, sa.Column('what', sa.Text()))
    op.add_column('visit', sa.Column('mood', sa.Text(), nullable=False, server_default='calm'))
    carefully.create_index('ix_customer_short_name', 'customer', ['short_name'])


def downgrade():
    pass
"""


def known_to_the_next(folder: Path) -> None:
    """From here on the process has one migration more."""
    before = migrations.head()
    (folder / f"{REVISION}.py").write_text(_MIGRATION.format(revision=REVISION, before=before), encoding="utf-8")
    folders = [*migrations.folders(), folder]
    places = [str(one) for one in folders]

    def config(url: str) -> Config:
        made = Config()
        made.set_main_option("script_location", str(migrations.ROOT))
        made.set_main_option("version_path_separator", "os")
        made.set_main_option("version_locations", os.pathsep.join(places))
        made.attributes["url"] = async_url(url)
        return made

    migrations.config = config
    migrations.scripts = lambda: ScriptDirectory(str(migrations.ROOT), version_locations=places)
    migrations.folders = lambda: folders
    migrations.known.cache_clear()


# --- what is new in it


@dataclass(frozen=True, slots=True)
class Parcel:
    what: str


async def _save(session: AsyncSession, _actor: Actor, made: dict[str, Any]) -> str:
    await session.execute(text("INSERT INTO parcel (what) VALUES (:what)"), {"what": made["what"]})
    return made["what"]


async def _saved(_session: AsyncSession, _actor: Actor, what: str) -> Screen:
    return notice(f"{PARCEL}：{what}", ((Button("签收", "parcel.sign", 1),),))


async def _lost(session: AsyncSession) -> int:
    """For each parcel that is lost everybody hears of it, once."""
    done = await session.execute(
        text(
            "INSERT INTO occurrence (rule, subject_type, subject_id, recipient_id, occurrence_key, due_at, created_at)"
            " SELECT :rule, 'parcel', p.id, e.id, '1', now(), now() FROM parcel p, employee e WHERE p.what LIKE '丢失%'"
            " ON CONFLICT DO NOTHING RETURNING 1"
        ),
        {"rule": RULE},
    )
    return len(done.all())


async def _no_lines(*_: Any) -> list[Any]:
    return []


def declare() -> None:
    """Only here, so that who merely imports this module does not have it."""
    form = Form(
        key="parcel.send",
        title="登记包裹",
        fields=(Field("what", Text(200), "内容", "寄了什么？"),),
        command=Parcel,
        submit=_save,
        done=_saved,
        permission=LOG,
        at_once=True,
    )
    Rule(key=RULE, title="包裹丢失", notice=_lost, lines=_no_lines)

    @command("parcel", "登记包裹", permission=LOG)
    async def parcel(turn: Turn) -> None:
        await driver.begin(turn.scene, form)

    @button("parcel.sign")
    async def sign(turn: Turn) -> None:
        await turn.show(notice(SIGNED, place=Place.NEW))


def main() -> None:
    declare()
    read = calls.with_files

    async def with_holograms(arguments: dict[str, Any], storage: Any = None) -> dict[str, Any]:
        """What the next version can send, and this one cannot."""
        drawn = arguments.pop("hologram", None)
        return await read({**arguments, "text": drawn} if drawn else arguments, storage)

    from bot.delivery import sender

    sender.with_files = with_holograms
    sender.has_files = lambda arguments: "hologram" in arguments or calls.has_files(arguments)
    with tempfile.TemporaryDirectory(prefix="rounds-next-") as folder:
        known_to_the_next(Path(folder))
        cli.main()


if __name__ == "__main__":
    main()
