"""The settings: environment variables ``QUOTH_…`` or a ``.env`` file. ``.env.example`` explains each."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, Secret, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index.errors import QuothError


class SettingsError(QuothError):
    """A setting has a value that is not allowed, or that does not work here."""


class Settings(BaseSettings):
    """Read once at the start, passed on, never changed."""

    model_config = SettingsConfigDict(
        env_prefix="QUOTH_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    telegram_token: SecretStr | None = None
    telegram_api_url: str = Field(default="https://api.telegram.org", pattern=r"^https?://[^\s]+$")
    data_dir: Path = Path("data")
    owner_ids: tuple[int, ...] = ()
    model: str = "multilingual"
    one_wrong_in: float = Field(default=9, ge=2, le=100)
    show_closest: bool = True
    allow_private_addresses: bool = False
    questions_a_minute: int = Field(default=20, ge=1, le=1000)
    webhook_url: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    # https://core.telegram.org/bots/api#setwebhook
    webhook_secret: Secret[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,256}$")]] | None = None
    webhook_listen: str = "127.0.0.1"
    webhook_port: int = Field(default=8443, ge=1, le=65535)
    reader_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    reader_listen: str = "127.0.0.1"
    reader_port: int = Field(default=8080, ge=1, le=65535)
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    metrics_listen: str = "127.0.0.1"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def read_settings() -> Settings:
    """The settings of this environment.

    Raises:
        SettingsError: a value is not allowed. The error does not show the value, which may be the token.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "QUOTH_" + "_".join(str(part) for part in first["loc"][:1]).upper()
        raise SettingsError(f"{name}: {first['msg']}. See .env.example for what it can be.") from None
    except ValueError as error:  # pydantic-settings raises it for a list that is not JSON
        raise SettingsError(f"{str(error).splitlines()[0]}. See .env.example for what it can be.") from None
