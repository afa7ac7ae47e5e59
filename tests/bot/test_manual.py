"""The pages that are made from the code are as the code is."""

from tests.support import manual


def test_the_reference_is_as_the_program_is() -> None:
    assert manual.PAGE.read_text(encoding="utf-8") == manual.page(), "run `make docs`"


def test_the_readmes_and_the_reference_name_every_setting() -> None:
    for name in ("README.md", "README.zh.md"):
        text = (manual.PAGE.parents[1] / name).read_text(encoding="utf-8")
        for field in manual.Settings.model_fields:
            variable = "DATABASE_URL" if field == "database_url" else f"ROUNDS_{field.upper()}"
            assert f"`{variable}`" in text, f"{name} lacks {variable}"
