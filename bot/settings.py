"""Settings, from the environment and `.env`. What is wrong with one is one line: its name, the fault, an example."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import MisuseError

PUBLIC_API: Final = "https://api.telegram.org"
S3: Final = "s3://"
WEBHOOK_PORTS: Final = (443, 80, 88, 8443)  # the only ones that the public Bot API calls

_TOKEN = re.compile(r"[0-9]{1,19}:[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/]*):(?P<port>[0-9]{1,5})")

EXAMPLES: Final[Mapping[str, str]] = {
    "ROUNDS_BOT_TOKENS": "123456789:AAExampleExampleExampleExampleExamp",
    "ROUNDS_BOT_TOKEN": "123456789:AAExampleExampleExampleExampleExamp",
    "ROUNDS_DATABASE_URL": "postgresql://rounds:password@localhost:5432/rounds",
    "DATABASE_URL": "postgresql://rounds:password@localhost:5432/rounds",
    "ROUNDS_DATA_DIR": "./data",
    "ROUNDS_FILES": "/srv/rounds/files",
    "ROUNDS_FILES_MOST_MB": "20",
    "ROUNDS_S3_ENDPOINT": "https://s3.example.com",
    "ROUNDS_S3_REGION": "us-east-1",
    "ROUNDS_S3_KEY": "rounds",
    "ROUNDS_S3_SECRET": "a-long-random-word",
    "ROUNDS_API_URL": PUBLIC_API,
    "ROUNDS_INTAKE": "polling",
    "ROUNDS_WEBHOOK_URL": "https://crm.example.com",
    "ROUNDS_WEBHOOK_SECRET": "a-long-random-word",
    "ROUNDS_WEBHOOK_LISTEN": "0.0.0.0:8443",
    "ROUNDS_PACE": "2",
    "ROUNDS_ZONE": "Asia/Shanghai",
    "ROUNDS_LANGUAGE": "zh",
    "ROUNDS_LOG_LEVEL": "info",
    "ROUNDS_LOG_FORMAT": "json",
    "ROUNDS_HEALTH_LISTEN": "127.0.0.1:8080",
    "ROUNDS_CALENDAR_LISTEN": "0.0.0.0:8081",
    "ROUNDS_CALENDAR_URL": "https://crm.example.com",
}
"""Every setting by its variable's name, with a value that reads well."""


_BARE: Final = {"ROUNDS_DATABASE_URL": "DATABASE_URL", "ROUNDS_BOT_TOKENS": "ROUNDS_BOT_TOKEN"}
"""Other names that are taken too: what hosting services set, and what one writes for a single bot."""


class SettingsError(MisuseError):
    """Settings that are missing or malformed; a line for each."""


class Listen(NamedTuple):
    """Where a server of ours listens."""

    host: str
    port: int


def line(name: str, fault: str) -> str:
    """`name` must be one of `EXAMPLES`; `fault` continues the sentence that the name begins."""
    return f"{name} {fault}. Example: {name}={EXAMPLES[name]}"


def _split_tokens(value: object) -> object:
    return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value


def _tokens(tokens: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    """Never quotes a token: not even a malformed one."""
    seen: set[int] = set()
    for place, token in enumerate(tokens, start=1):
        if not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError(
                f"has something at place {place} that is no bot token (digits, a colon, letters and digits)"
            )
        number = bot_id(token)
        if number in seen:
            raise ValueError(f"names bot {number} twice")
        seen.add(number)
    return tokens


def bot_id(token: SecretStr) -> int:
    """The bot's id: what stands before the colon of its token."""
    return int(token.get_secret_value().partition(":")[0])


def _address(url: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is no URL") from None
    if parts.scheme not in schemes or port == 0:
        raise ValueError(f"must begin with {schemes[0]}://")
    return parts


def _database_url(url: SecretStr) -> SecretStr:
    """The password may stand in it, so it is not quoted either."""
    parts = _address(url.get_secret_value(), ("postgresql", "postgres", "postgresql+asyncpg"))
    if not parts.path.strip("/"):
        raise ValueError("names no database after the host")
    return url


def _web_url(url: str) -> str:
    if not _address(url, ("https", "http")).hostname:
        raise ValueError("names no host")
    return url.rstrip("/")


def _files(where: str) -> str:
    if where.startswith(S3):
        if not _BUCKET.fullmatch(where.removeprefix(S3).strip("/")):
            raise ValueError("must be s3://bucket or s3://bucket/folder, in small letters, digits, - and .")
        return where.rstrip("/")
    if "://" in where:
        raise ValueError("must be a folder, or begin with s3://")
    return where


def _secret(secret: SecretStr) -> SecretStr:
    if not _SECRET.fullmatch(secret.get_secret_value()):
        raise ValueError("must be 1 to 256 letters, digits, _ or -")
    return secret


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # an unknown name; one that is no path; a folder of names
        raise ValueError(f"does not know the time zone {name!r}; give an IANA name") from None
    return name


def _listen(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _LISTEN.fullmatch(value.strip())
    if not found or not 0 < int(found["port"]) < 65536:
        raise ValueError(f"must be host:port, not {value!r}")
    return Listen(found["host"].strip("[]") or "0.0.0.0", int(found["port"]))  # noqa: S104 - `:8080` means everywhere


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


WebUrl = Annotated[str, AfterValidator(_web_url)]


class Settings(BaseSettings):
    """All that can be set. Frozen; secrets do not show when printed."""

    model_config = SettingsConfigDict(
        env_prefix="ROUNDS_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    bot_tokens: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split_tokens), AfterValidator(_tokens)] = (
        Field(default=(), validation_alias=AliasChoices("ROUNDS_BOT_TOKENS", "ROUNDS_BOT_TOKEN"))
    )
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] | None = Field(
        default=None, validation_alias=AliasChoices("ROUNDS_DATABASE_URL", "DATABASE_URL")
    )
    data_dir: Annotated[Path, AfterValidator(Path.expanduser)] = Path("data")
    files: Annotated[str, AfterValidator(_files)] = ""
    files_most_mb: Annotated[int, Field(ge=1, le=50)] = 20
    s3_endpoint: WebUrl | None = None
    s3_region: str = "us-east-1"
    s3_key: SecretStr | None = None
    s3_secret: SecretStr | None = None
    api_url: WebUrl = PUBLIC_API
    intake: Annotated[Literal["polling", "webhook"], BeforeValidator(_lower)] = "polling"
    webhook_url: WebUrl | None = None
    webhook_secret: Annotated[SecretStr, AfterValidator(_secret)] | None = None
    webhook_listen: Annotated[Listen, NoDecode, BeforeValidator(_listen)] = Listen("0.0.0.0", 8443)  # noqa: S104 - Telegram must reach it
    pace: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 2.0
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    language: Annotated[Literal["zh", "en"], BeforeValidator(_lower)] = "zh"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    log_format: Annotated[Literal["json", "console"] | None, BeforeValidator(_lower)] = None
    health_listen: Annotated[Listen | None, NoDecode, BeforeValidator(_listen)] = None
    calendar_listen: Annotated[Listen | None, NoDecode, BeforeValidator(_listen)] = None
    calendar_url: WebUrl | None = None

    @model_validator(mode="after")
    def _webhook_is_whole(self) -> "Settings":
        if self.intake != "webhook":
            return self
        if self.webhook_url is None:
            raise ValueError(line("ROUNDS_WEBHOOK_URL", "is missing: where Telegram reaches this machine"))
        if self.webhook_secret is None:
            raise ValueError(line("ROUNDS_WEBHOOK_SECRET", "is missing: the word that Telegram proves itself with"))
        if self.api_url == PUBLIC_API:
            self._webhook_is_public(urlsplit(self.webhook_url))
        return self

    def _webhook_is_public(self, parts: SplitResult) -> None:
        if parts.scheme != "https" or (parts.port or 443) not in WEBHOOK_PORTS:
            ports = ", ".join(str(port) for port in WEBHOOK_PORTS)
            raise ValueError(line("ROUNDS_WEBHOOK_URL", f"must begin with https:// and use one of the ports {ports}"))

    @model_validator(mode="after")
    def _bucket_is_whole(self) -> "Settings":
        if not self.files.startswith(S3):
            return self
        for name, value in (("ROUNDS_S3_KEY", self.s3_key), ("ROUNDS_S3_SECRET", self.s3_secret)):
            if value is None:
                raise ValueError(line(name, "is missing: ROUNDS_FILES names a bucket, which asks for it"))
        return self

    @property
    def files_dir(self) -> Path:
        """Where files are kept when no bucket is named."""
        return Path(self.files).expanduser() if self.files else self.data_dir / "files"

    @property
    def bots(self) -> dict[int, str]:
        """The raw tokens by bot id."""
        return {bot_id(token): token.get_secret_value() for token in self.bot_tokens}


def load(*, with_bots: bool = False) -> Settings:
    """The settings of this process; `with_bots` demands at least one token. Raises SettingsError."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(
            *(_explain(dict(one)) for one in error.errors(include_url=False, include_input=False))
        ) from None
    except (OSError, UnicodeError) as error:
        raise SettingsError(f".env cannot be read ({error}); it must be UTF-8 text of NAME=value lines") from None
    if with_bots and not settings.bot_tokens:
        raise SettingsError(line("ROUNDS_BOT_TOKENS", "is missing: the token that @BotFather gave for your bot"))
    return settings


def _explain(error: Mapping[str, Any]) -> str:
    fault = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:
        return fault
    name = _variable(str(error["loc"][0]))
    if error["type"] == "literal_error":
        fault = f"must be {error['ctx']['expected'].replace(chr(39), '')}"
    elif error["type"] != "value_error":
        fault = f"is malformed ({fault})"
    return line(name, fault) if name in EXAMPLES else f"{name} {fault}"


def _variable(where: str) -> str:
    """The variable that was set, from a field's name or the first of its aliases, which is all that an error tells."""
    name = where if where.startswith("ROUNDS_") else f"ROUNDS_{where.upper()}"
    return _BARE[name] if name in _BARE and name not in os.environ and _BARE[name] in os.environ else name
