"""Settings: each fault is one line that names the variable and shows a right value, and no secret shows."""

from pathlib import Path

import pytest

from bot import settings
from bot.settings import EXAMPLES, Listen, Settings, SettingsError

TOKEN = "123456789:AAsecret-part_of-the-token-0123456789"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of this machine, no `.env`."""
    for name in EXAMPLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def set_all(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_without_any_setting_there_are_sensible_ones() -> None:
    chosen = settings.load()
    assert (chosen.zone, chosen.language, chosen.intake) == ("Asia/Shanghai", "zh", "polling")
    assert (chosen.api_url, chosen.data_dir, chosen.database_url) == ("https://api.telegram.org", Path("data"), None)
    assert chosen.health_listen is None
    assert chosen.bots == {}


def test_to_run_takes_a_token() -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(with_bots=True)
    (line,) = caught.value.lines
    assert line.startswith("ROUNDS_BOT_TOKENS is missing")
    assert line.endswith(f"Example: ROUNDS_BOT_TOKENS={EXAMPLES['ROUNDS_BOT_TOKENS']}")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["ROUNDS_BOT_TOKENS", "ROUNDS_BOT_TOKEN"])
def test_one_token_or_several(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    set_all(monkeypatch, **{name: f" {TOKEN} , 2:b,"})
    assert settings.load(with_bots=True).bots == {123456789: TOKEN, 2: "2:b"}


@pytest.mark.parametrize("name", ["ROUNDS_DATABASE_URL", "DATABASE_URL"])
@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/d", "postgresql://h:6432/d?sslmode=require", "postgresql+asyncpg:///d?host=/run/pg"]
)
def test_a_database_by_either_name(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    set_all(monkeypatch, **{name: url})
    chosen = settings.load()
    assert chosen.database_url is not None
    assert chosen.database_url.get_secret_value() == url


def test_our_own_name_goes_before_the_common_one(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, DATABASE_URL="postgresql://h/common", ROUNDS_DATABASE_URL="postgresql://h/ours")
    chosen = settings.load()
    assert chosen.database_url is not None
    assert chosen.database_url.get_secret_value().endswith("/ours")


@pytest.mark.parametrize(
    ("said", "meant"),
    [(":8080", ("0.0.0.0", 8080)), ("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:8443", ("::1", 8443))],
)
def test_where_to_listen(monkeypatch: pytest.MonkeyPatch, said: str, meant: tuple[str, int]) -> None:
    set_all(monkeypatch, ROUNDS_HEALTH_LISTEN=said, ROUNDS_WEBHOOK_LISTEN=said)
    chosen = settings.load()
    assert chosen.health_listen == chosen.webhook_listen == Listen(*meant)


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, **dict.fromkeys(EXAMPLES, ""))
    assert settings.load() == settings.load()
    assert settings.load().health_listen is None


def test_settings_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f'# ours\nROUNDS_BOT_TOKENS="{TOKEN}"\nROUNDS_ZONE=Asia/Urumqi\nPATH_OF_OTHERS=1\n')
    set_all(monkeypatch, ROUNDS_ZONE="Asia/Tokyo")
    chosen = settings.load(with_bots=True)
    assert chosen.bots == {123456789: TOKEN}
    assert chosen.zone == "Asia/Tokyo", "the environment goes before the file"


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("ROUNDS_ZONE=亚洲".encode("gb18030"))
    with pytest.raises(SettingsError, match=r"^\.env cannot be read"):
        settings.load()


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("ROUNDS_BOT_TOKENS", "not a token", "place 1"),
        ("ROUNDS_BOT_TOKENS", f"{TOKEN},123456789:AAother", "names bot 123456789 twice"),
        ("ROUNDS_BOT_TOKEN", f"{TOKEN} {TOKEN}", "place 1"),
        ("DATABASE_URL", "mysql://h/d", "must begin with postgresql://"),
        ("ROUNDS_DATABASE_URL", "postgresql://h", "names no database"),
        ("ROUNDS_DATABASE_URL", "postgresql://h:99999/d", "is no URL"),
        ("ROUNDS_API_URL", "api.telegram.org", "must begin with https://"),
        ("ROUNDS_API_URL", "https://", "names no host"),
        ("ROUNDS_INTAKE", "carrier pigeon", "must be polling or webhook"),
        ("ROUNDS_WEBHOOK_SECRET", "with spaces", "letters, digits"),
        ("ROUNDS_WEBHOOK_SECRET", "x" * 257, "letters, digits"),
        ("ROUNDS_ZONE", "China", "IANA"),
        ("ROUNDS_ZONE", "../../etc/passwd", "IANA"),
        ("ROUNDS_ZONE", "Asia", "IANA"),
        ("ROUNDS_LANGUAGE", "fr", "must be zh or en"),
        ("ROUNDS_LOG_LEVEL", "loud", "must be debug, info, warning or error"),
        ("ROUNDS_LOG_FORMAT", "xml", "must be json or console"),
        ("ROUNDS_PACE", "fast", "is malformed"),
        ("ROUNDS_PACE", "-1", "is malformed"),
        ("ROUNDS_HEALTH_LISTEN", "8080", "host:port"),
        ("ROUNDS_HEALTH_LISTEN", "localhost:70000", "host:port"),
        ("ROUNDS_WEBHOOK_LISTEN", "http://localhost:80", "host:port"),
    ],
)
def test_a_malformed_setting_is_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str) -> None:
    set_all(monkeypatch, **{name: value})
    with pytest.raises(SettingsError) as caught:
        settings.load()
    (line,) = caught.value.lines
    assert line.startswith(f"{name} ")
    assert fault in line
    assert line.endswith(f"Example: {name}={EXAMPLES[name]}")
    assert "\n" not in line


def test_each_malformed_setting_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, ROUNDS_ZONE="nowhere", ROUNDS_LANGUAGE="xx")
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert [line.split()[0] for line in caught.value.lines] == ["ROUNDS_ZONE", "ROUNDS_LANGUAGE"]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "ROUNDS_WEBHOOK_URL is missing"),
        ({"ROUNDS_WEBHOOK_URL": "https://crm.example.com"}, "ROUNDS_WEBHOOK_SECRET is missing"),
        ({"ROUNDS_WEBHOOK_URL": "http://crm.example.com", "ROUNDS_WEBHOOK_SECRET": "x"}, "https://"),
        ({"ROUNDS_WEBHOOK_URL": "https://crm.example.com:9000", "ROUNDS_WEBHOOK_SECRET": "x"}, "ports 443"),
    ],
)
def test_a_webhook_needs_what_telegram_needs(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    set_all(monkeypatch, ROUNDS_INTAKE="webhook", **variables)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    (line,) = caught.value.lines
    assert named in line
    assert "Example: ROUNDS_WEBHOOK_" in line


def test_another_bot_api_server_may_call_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(
        monkeypatch,
        ROUNDS_INTAKE="Webhook",
        ROUNDS_API_URL="http://localhost:8081/",
        ROUNDS_WEBHOOK_URL="http://localhost:9000/",
        ROUNDS_WEBHOOK_SECRET="x",
    )
    chosen = settings.load()
    assert (chosen.api_url, chosen.webhook_url) == ("http://localhost:8081", "http://localhost:9000")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROUNDS_BOT_TOKENS", "987654321:AAsecret part"),
        ("ROUNDS_BOT_TOKENS", f"{TOKEN},{TOKEN}"),
        ("DATABASE_URL", "mysql://u:secret@h/d"),
        ("DATABASE_URL", "postgresql://u:secret@h"),
        ("ROUNDS_WEBHOOK_SECRET", "secret with spaces"),
    ],
)
def test_a_fault_never_quotes_a_secret(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    set_all(monkeypatch, **{name: value})
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert "secret" not in str(caught.value)


def test_settings_do_not_show_their_secrets_when_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(
        monkeypatch, ROUNDS_BOT_TOKENS="1:hush", DATABASE_URL="postgresql://u:hush@h/d", ROUNDS_WEBHOOK_SECRET="hush"
    )
    chosen = settings.load(with_bots=True)
    assert "hush" not in repr(chosen) + str(chosen) + chosen.model_dump_json()


def test_every_setting_has_an_example_that_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, example in EXAMPLES.items():
        set_all(monkeypatch, **{name: example})
        settings.load()
    names = {f"ROUNDS_{field.upper()}" for field in Settings.model_fields}
    assert names == set(EXAMPLES) - {"DATABASE_URL", "ROUNDS_BOT_TOKEN"}


def test_the_example_file_names_every_setting() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")
    for name in set(EXAMPLES) - {"ROUNDS_DATABASE_URL", "ROUNDS_BOT_TOKEN"}:
        assert f"{name}=" in example, name
