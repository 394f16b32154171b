"""What an owner may set, and what becomes of what cannot be understood."""

import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings, SettingsError, read_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
NAMES = [f"QUOTH_{name.upper()}" for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting in the environment, and an empty folder to look for ``.env`` in."""
    for name in [name for name in os.environ if name.startswith("QUOTH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def example() -> dict[str, str]:
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE))


class TestExample:
    def test_it_holds_every_setting_and_no_other(self) -> None:
        assert sorted(example()) == sorted(NAMES)

    def test_it_says_of_each_what_it_is_for(self) -> None:
        for block in EXAMPLE.read_text("utf-8").split("\n\n"):
            assert block.startswith("# ")

    def test_it_gives_the_defaults(self) -> None:
        assert Settings(_env_file=EXAMPLE) == Settings()

    def test_where_it_gives_a_value_the_setting_has_that_default(self) -> None:
        """An empty value is ignored, so that one with a default would go unnoticed in the comparison of the whole."""
        for name, value in example().items():
            default = Settings.model_fields[name.removeprefix("QUOTH_").lower()].default
            assert (value == "") == (default is None), name

    def test_it_can_be_copied(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(EXAMPLE.read_text("utf-8"), "utf-8")
        assert read_settings() == Settings(_env_file=None)


class TestReading:
    def test_the_environment_wins_over_the_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".env").write_text("QUOTH_MODEL=english\nQUOTH_OWNER_IDS=[7, 8]\n", "utf-8")
        monkeypatch.setenv("QUOTH_MODEL", "a/b")
        settings = read_settings()
        assert (settings.model, settings.owner_ids) == ("a/b", (7, 8))

    @pytest.mark.parametrize("name", NAMES)
    def test_an_empty_value_is_as_good_as_none(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(name, "")
        assert read_settings() == Settings(_env_file=None)

    def test_what_others_have_set_is_none_of_our_business(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("POSTGRES_PASSWORD=x\nQUOTH_MODEL=english\n", "utf-8")
        assert read_settings().model == "english"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("TELEGRAM_API_URL", "ftp://hidden"),
            ("TELEGRAM_API_URL", "hidden"),
            ("OWNER_IDS", "hidden"),
            ("OWNER_IDS", '["hidden"]'),
            ("OWNER_IDS", "12345"),
            ("ONE_WRONG_IN", "hidden"),
            ("ONE_WRONG_IN", "1.9"),
            ("ONE_WRONG_IN", "101"),
            ("ONE_WRONG_IN", "nan"),
            ("ALLOW_PRIVATE_ADDRESSES", "hidden"),
            ("WEBHOOK_URL", "hidden"),
            ("WEBHOOK_PORT", "hidden"),
            ("WEBHOOK_PORT", "0"),
            ("WEBHOOK_PORT", "65536"),
            ("WEBHOOK_SECRET", "hidden and spaced"),
            ("WEBHOOK_SECRET", "hidden" * 50),
            ("READER_URL", "hidden"),
            ("READER_URL", "https://x.org/hidden?a=b"),
            ("READER_PORT", "0"),
            ("METRICS_PORT", "hidden"),
            ("LOG_LEVEL", "hidden"),
        ],
    )
    def test_a_bad_value_is_named_but_not_shown(self, name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(f"QUOTH_{name}", value)
        with pytest.raises(SettingsError) as caught:
            read_settings()
        said = str(caught.value)
        assert name in said.upper()
        assert "\n" not in said
        assert "hidden" not in said
        assert "12345" not in said

    def test_nothing_changes_afterwards(self) -> None:
        with pytest.raises(ValidationError):
            read_settings().model = "other"  # type: ignore[misc]

    @pytest.mark.parametrize("name", ["TELEGRAM_TOKEN", "WEBHOOK_SECRET"])
    def test_a_secret_does_not_show_itself(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(f"QUOTH_{name}", "123-hidden")
        settings = read_settings()
        assert "hidden" not in f"{settings!r} {settings} {settings.model_dump_json()}"
