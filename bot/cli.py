"""The command line. Each command imports what it needs when it runs: `rounds --help` answers at once.

What goes wrong in a way that the operator can mend is one line on stderr: exit code 2 for settings and arguments, 1
for the rest.
"""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from bot.errors import OperatorError
from bot.roles import Role

app: Final = typer.Typer(
    name="rounds",
    help="Rounds (随访): a CRM that a field team talks to, in Telegram.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
deadletters: Final = typer.Typer(help="What could not be handled or sent.", no_args_is_help=True)
playbook: Final = typer.Typer(help="The company's own words and rules (YAML).", no_args_is_help=True)
reminding: Final = typer.Typer(help="What is due, and to whom it would be told.", no_args_is_help=True)
erasing: Final = typer.Typer(help="Erase what is known of a person, on request.", no_args_is_help=True)
app.add_typer(deadletters, name="deadletters")
app.add_typer(erasing, name="erase")
app.add_typer(reminding, name="reminders")
app.add_typer(playbook, name="playbook")


def main() -> None:
    """The console script."""
    try:
        app()
    except OperatorError as error:
        for line in error.lines:
            typer.echo(line, err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


@app.command()
def run(
    role: Annotated[list[Role] | None, typer.Option(help="Run only this part; may be given several times.")] = None,
) -> None:
    """Run Rounds: all parts, unless --role names some."""
    from bot import lean  # noqa: PLC0415

    lean.structlog()
    from bot import logs, settings  # noqa: PLC0415

    roles = role or list(Role)
    chosen = settings.load(with_bots=any(one is not Role.CLOCK for one in roles))
    logs.configure(chosen.log_level, chosen.log_format)
    import asyncio  # noqa: PLC0415

    from bot import app as program  # noqa: PLC0415 - takes seconds: settings are complained about first

    asyncio.run(program.run(chosen, roles))


@app.command()
def init(
    company: Annotated[str, typer.Option(help="The company's name.")],
    admin: Annotated[str, typer.Option(help="The first administrator's name.")],
    zone: Annotated[str | None, typer.Option(help="IANA time zone; ROUNDS_ZONE unless given.")] = None,
    language: Annotated[Language | None, typer.Option(help="ROUNDS_LANGUAGE unless given.")] = None,
) -> None:
    """Make the company and its first invite link."""
    from bot import commands  # noqa: PLC0415

    commands.init(company, admin, zone, language)


@app.command()
def migrate() -> None:
    """Bring the database up to date; `run` does it too."""
    from bot import commands  # noqa: PLC0415

    commands.migrate()


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="Where backups are kept; a folder of this company's own.")],
    verify: Annotated[bool, typer.Option("--verify", help="Make none: check every byte of the newest.")] = False,
    keep: Annotated[int | None, typer.Option(min=1, help="Then let all but so many of the newest go.")] = None,
) -> None:
    """Back up the database and the files; Rounds may run meanwhile."""
    from bot.backup import commands  # noqa: PLC0415

    commands.backup(folder, verify=verify, keep=keep)


@app.command()
def restore(
    backup: Annotated[Path, typer.Argument(help="A backup, or a folder of backups: its newest.")],
) -> None:
    """Put a backup back, into an empty database."""
    from bot.backup import commands  # noqa: PLC0415

    commands.restore(backup)


@app.command()
def lost(name: Annotated[str, typer.Argument(help="Whose phone it is.")]) -> None:
    """Shut a lost phone's account out; make a new invite link."""
    from bot import commands  # noqa: PLC0415

    commands.lost(name)


@app.command()
def usage(
    month: Annotated[str | None, typer.Option(help="Such as 2026-03; the present one unless given.")] = None,
) -> None:
    """Say how many seats a month had, and what is stored."""
    from bot import commands  # noqa: PLC0415

    commands.usage(month)


@app.command()
def doctor() -> None:
    """Check the whole set-up and say what to do."""
    from bot import doctor as checks  # noqa: PLC0415

    sys.exit(checks.main())


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Where to listen; 0 takes a free port.")] = 8081,
    token: Annotated[list[str] | None, typer.Option(help="Register this bot token; may be repeated.")] = None,
) -> None:
    """Run a Telegram on your desk, phones included."""
    from sandbox.__main__ import main as run_sandbox  # noqa: PLC0415

    sys.exit(run_sandbox(["--port", str(port), *(part for one in token or () for part in ("--token", one))]))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the page is.")] = 8090,
    data: Annotated[Path | None, typer.Option(help="Keep the demo's data here.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin with a new company.")] = False,
) -> None:
    """Try Rounds without a Telegram account."""
    from bot.demo import main as run_demo  # noqa: PLC0415

    run_demo(port, data, fresh)


@app.command()
def version() -> None:
    """Say which version this is."""
    from importlib.metadata import version as installed  # noqa: PLC0415

    typer.echo(f"rounds {installed('rounds-crm')}")


@deadletters.command("list")
def list_deadletters() -> None:
    """Show what could not be handled, newest first."""
    from bot import commands  # noqa: PLC0415

    commands.list_deadletters()


Numbers = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As `list` shows them.")]
All = Annotated[bool, typer.Option("--all", help="All of them.")]


@deadletters.command("retry")
def retry_deadletters(ids: Numbers = None, every: All = False) -> None:
    """Try them again."""
    from bot import commands  # noqa: PLC0415

    commands.retry_deadletters(ids, every=every)


@deadletters.command("drop")
def drop_deadletters(ids: Numbers = None, every: All = False) -> None:
    """Give them up for good."""
    from bot import commands  # noqa: PLC0415

    commands.drop_deadletters(ids, every=every)


File = Annotated[Path, typer.Argument(help="A playbook, YAML in UTF-8.")]


@playbook.command("check")
def check_playbook(file: File) -> None:
    """Say whether a playbook is right; needs no database."""
    from bot import commands  # noqa: PLC0415

    commands.check_playbook(file)


@playbook.command("apply")
def apply_playbook(file: File) -> None:
    """Put a playbook into force. What has started keeps the version it started with."""
    from bot import commands  # noqa: PLC0415

    commands.apply_playbook(file)


@playbook.command("try")
def try_playbook(
    file: File,
    flow: Annotated[str, typer.Option(help="The flow's key, such as travel.")],
    who: Annotated[str, typer.Option("--as", metavar="EMPLOYEE", help="Whose request it is: a name, or an id.")],
    amount: Annotated[str | None, typer.Option(help="The sum it is about.")] = None,
    days: Annotated[str | None, typer.Option(help="The days it is about.")] = None,
    values: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A field of its form.")] = None,
) -> None:
    """Say who would sign a request by this playbook; nothing is published."""
    from bot import commands  # noqa: PLC0415

    commands.try_playbook(file, flow, who, {"amount": amount, "days": days, "values": values or []})


@playbook.command("show")
def show_playbook() -> None:
    """Print the playbook in force."""
    from bot import commands  # noqa: PLC0415

    commands.show_playbook()


Who = Annotated[str, typer.Option("--as", metavar="EMPLOYEE", help="In whose name: a name, or an id.")]


@reminding.command("preview")
def preview_reminders(
    who: Annotated[str, typer.Option("--as", metavar="EMPLOYEE", help="To whom: a name, or an id.")],
    on: Annotated[str, typer.Option(metavar="DAY", help="The day, such as 2026-12-01.")],
) -> None:
    """Say what would come to somebody on a day, as things stand; nothing is sent."""
    from bot import commands  # noqa: PLC0415

    commands.preview_reminders(who, on)


Number = Annotated[int, typer.Argument(metavar="ID", help="The record's number.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first.")]


@erasing.command("contact")
def erase_contact(number: Number, yes: Yes = False) -> None:
    """Erase somebody at a customer, on all the person's cards; it can't be undone."""
    from bot import erasing as console  # noqa: PLC0415
    from crm_core.erasure.models import Who  # noqa: PLC0415

    console.erase(Who.CONTACT, number, yes=yes)


@erasing.command("employee")
def erase_employee(number: Number, yes: Yes = False) -> None:
    """Erase who has left: a number stays in the place of the name."""
    from bot import erasing as console  # noqa: PLC0415
    from crm_core.erasure.models import Who  # noqa: PLC0415

    console.erase(Who.EMPLOYEE, number, yes=yes)


@erasing.command("list")
def list_erased() -> None:
    """Whose data went, by number: keep this beside the backups."""
    from bot import erasing as console  # noqa: PLC0415

    console.show()


@erasing.command("again")
def erase_again(
    file: Annotated[Path | None, typer.Argument(help="What `rounds erase list` last said.")] = None,
) -> None:
    """After a restore: erase again whoever the copy has back."""
    from bot import erasing as console  # noqa: PLC0415

    console.again(file)


@app.command("import")
def import_customers(
    file: Annotated[Path, typer.Argument(help="A sheet of customers: .xlsx, .xls or .csv.")],
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before they come in.")] = False,
) -> None:
    """Bring in customers from a sheet.

    What stays out is written beside the file, with the reasons.
    """
    from bot.exchange import console  # noqa: PLC0415

    console.import_file(file, who, yes=yes)


@app.command("export")
def export_customers(
    file: Annotated[Path, typer.Argument(help="The .xlsx to write.")],
    who: Who,
) -> None:
    """Write a person's customers to a sheet.

    All that this person may see and export; it is put on record.
    """
    from bot.exchange import console  # noqa: PLC0415

    console.export_file(file, who)


if __name__ == "__main__":
    main()
