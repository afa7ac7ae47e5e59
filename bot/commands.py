"""What the commands that work on the database do. Imported only when one of them runs."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import typer
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

from bot import flows, lean, logs, settings
from bot.database import UNREACHABLE, opened, reason
from bot.errors import MisuseError, OperatorError
from bot.settings import Settings
from bot.terminal import printable
from crm_core import migrations
from crm_core.inbox import deadletters
from crm_core.kit.clock import SystemClock
from crm_core.kit.errors import DomainError
from crm_core.org import models
from crm_core.org import service as org
from crm_core.org.errors import COMPANY_EXISTS
from crm_core.org.invites import VALID_FOR, issue_invite
from crm_core.playbook import service as playbook
from crm_core.usage import service as used
from crm_core.usage.service import Usage

T = TypeVar("T")


def migrate() -> None:
    async def stands_at(session: AsyncSession) -> str:
        return (await session.execute(sql("SELECT version_num FROM alembic_version"))).scalar_one()

    at, head = unit(quiet(), stands_at, migrating=True), migrations.head()
    typer.echo(f"The database stands at {at}" + (f", and serves this program ({head}) too." if at != head else "."))


def init(company: str, admin: str, zone: str | None, language: str | None) -> None:
    """Found the company. Run again before the admin has come in, it makes a new link."""
    chosen = quiet()
    names = {"--company": company.strip(), "--admin": admin.strip()}
    for option, name in names.items():
        if not name:
            raise MisuseError(f"{option} is empty. Example: {option} 华宁医疗")

    async def found(session: AsyncSession) -> str:
        return await _invite_first(
            session,
            company=names["--company"],
            admin=names["--admin"],
            zone=zone or chosen.zone,
            language=language or chosen.language,
        )

    token = unit(chosen, found, migrating=True)
    for text in asyncio.run(_welcome(chosen, names["--admin"], token)):
        typer.echo(text)


async def _invite_first(session: AsyncSession, *, company: str, admin: str, zone: str, language: str) -> str:
    try:
        return await org.found_company(session, company=company, admin=admin, zone=zone, language=language)
    except DomainError as error:
        waiting = select(models.Employee).where(
            models.Employee.name == admin,
            models.Employee.roles.contains([models.Role.ADMIN.value]),
            models.Employee.telegram_id.is_(None),
            models.Employee.left_at.is_(None),
        )
        if error.code != COMPANY_EXISTS or (first := await session.scalar(waiting)) is None:
            raise
        return await issue_invite(session, None, first)


def lost(name: str) -> None:
    """Shut out the account of who has this name, and make a new link: also for the only admin."""
    chosen = quiet()

    async def shut_out(session: AsyncSession) -> str:
        mine = (models.Employee.name == name.strip(), models.Employee.left_at.is_(None))
        found = (await session.scalars(select(models.Employee).where(*mine))).all()
        if len(found) != 1:
            raise OperatorError(f"{len(found) or 'Nobody'} here of the name {name.strip()!r}: give one person's name.")
        if found[0].telegram_id is not None:
            await org.cut_off(session, None, found[0].id)
        return await issue_invite(session, None, found[0])

    for text in asyncio.run(_welcome(chosen, name.strip(), unit(chosen, shut_out, migrating=False))):
        typer.echo(text)


def usage(month: str | None) -> None:
    """What a host reckons by, a fact a line: `seats 12`. Sizes are bytes."""
    chosen: date | None = None
    if month is not None:
        try:
            chosen = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC).date()
        except ValueError as error:
            raise MisuseError(f"{month!r} is no month. Example: --month 2026-03") from error

    async def reckoned(session: AsyncSession) -> Usage:
        await _needs_company(session)
        return await used.usage(session, None, chosen)

    found = unit(quiet(), reckoned)
    typer.echo(f"month {found.month:%Y-%m}")
    for name in ("seats", "left", "waiting", "database", "files", "file_bytes"):
        typer.echo(f"{name} {getattr(found, name)}")


async def _welcome(chosen: Settings, admin: str, token: str) -> list[str]:
    links = await _links(chosen, token)
    text = [
        f"{admin} comes in, once and within {VALID_FOR.days} days, by opening this on the phone and pressing Start:",
        "",
    ]
    text += [f"    {link}" for link in links] or [f"    /start {token}"]
    text += ["", "Next: `rounds run`, then open the link."]
    if not links:
        text[-1] = "Next: set ROUNDS_BOT_TOKENS, `rounds run`, and send the line above to the bot."
    return text


async def _links(chosen: Settings, token: str) -> list[str]:
    """An invite link for each bot that says its name."""
    lean.aiogram()
    from aiogram.exceptions import AiogramError  # noqa: PLC0415

    from bot.client import make_bot  # noqa: PLC0415

    links: list[str] = []
    for raw in chosen.bots.values():
        bot = make_bot(raw, chosen.api_url)
        try:
            links.append(f"https://t.me/{(await bot.get_me(request_timeout=15)).username}?start={token}")
        except AiogramError as error:
            typer.echo(f"Bot {bot.id} cannot be asked for its name ({error}).", err=True)
        finally:
            await bot.session.close()
    return links


def check_playbook(file: Path) -> None:
    _parsed(file)
    typer.echo(f"{file} is right.")


def apply_playbook(file: Path) -> None:
    text, book = _parsed(file)

    async def apply(session: AsyncSession) -> int:
        await _needs_company(session)
        for line in await flows.warnings(session, book):
            typer.echo(line, err=True)
        return await playbook.apply(session, None, text)

    typer.echo(f"Version {unit(quiet(), apply)} is in force.")


def try_playbook(file: Path, flow: str, who: str, said: dict[str, Any]) -> None:
    """Who would sign such a request, if the file were in force."""
    _, book = _parsed(file)

    async def tried(session: AsyncSession) -> list[str]:
        await _needs_company(session)
        return await flows.tried(session, book, flow, who, said)

    for line in unit(quiet(), tried):
        typer.echo(line)


def preview_reminders(who: str, on: str) -> None:
    """What would come to somebody on a day."""
    from bot import reminding  # noqa: PLC0415 - the rules take a second to load

    async def previewed(session: AsyncSession) -> list[str]:
        await _needs_company(session)
        return await reminding.previewed(session, who, on)

    for line in unit(quiet(), previewed):
        typer.echo(line)


async def _needs_company(session: AsyncSession) -> None:
    if await session.get(models.Company, 1) is None:
        raise OperatorError("There is no company yet: run `rounds init --company NAME --admin NAME`.")


def show_playbook() -> None:
    version, text = unit(quiet(), playbook.current)
    typer.echo(f"# version {version}\n{text}", nl=False)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise OperatorError(f"{file} cannot be read ({error.strerror}).") from error
    except UnicodeError as error:
        raise OperatorError(f"{file} is no UTF-8 text: save it as UTF-8.") from error


def _parsed(file: Path) -> tuple[str, playbook.Playbook]:
    """A playbook that is right, and its text; what is wrong is told by file and line."""
    text = _text_of(file)
    try:
        return text, playbook.parse(text)
    except playbook.PlaybookError as error:
        raise OperatorError(*(one.told(str(file)) for one in error.problems)) from error


def quiet() -> Settings:
    """The settings for a command that answers by itself: only trouble is logged."""
    chosen = settings.load()
    logs.configure("warning", "console")
    return chosen


def unit(chosen: Settings, work: Callable[[AsyncSession], Awaitable[T]], *, migrating: bool = False) -> T:
    """One unit of work on the database, its failures in words."""

    async def work_once() -> T:
        async with opened(chosen, SystemClock(), migrating=migrating) as db, db.unit() as session:
            return await work(session)

    try:
        return asyncio.run(work_once())
    except DomainError as error:
        from screens.catalogue import say  # noqa: PLC0415
        from screens.wording import words_of  # noqa: PLC0415

        raise OperatorError(say(words_of(error), "en")) from error
    except UNREACHABLE as error:
        raise OperatorError(f"The database failed ({reason(error)}).") from error


def list_deadletters() -> None:
    letters = unit(quiet(), deadletters.list_dead)
    if not letters:
        typer.echo("No dead letters.")
    for one in letters:
        at = one.died_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        error = printable(" ".join(one.error.split()))
        typer.echo(
            f"{one.id}  {at}  bot {one.bot_id}  chat {one.chat_id}  {one.what}  {one.attempts} attempts  {error}"
        )


def retry_deadletters(ids: Collection[str] | None, *, every: bool) -> None:
    typer.echo(f"{_change(deadletters.retry, ids, every=every)} will be tried again.")


def drop_deadletters(ids: Collection[str] | None, *, every: bool) -> None:
    typer.echo(f"{_change(deadletters.drop, ids, every=every)} given up.")


def _change(
    change: Callable[[AsyncSession, Collection[str] | None], Awaitable[int]],
    ids: Collection[str] | None,
    *,
    every: bool,
) -> int:
    if bool(ids) == every:
        raise MisuseError("Name the dead letters by the ids that `rounds deadletters list` shows, or say --all.")
    try:
        return unit(quiet(), lambda session: change(session, None if every else ids))
    except deadletters.UnknownLetterError as error:
        raise OperatorError(f"Nothing is changed: {error}.") from error
