"""Settings from the environment and an optional `.env`; every one has a default that works.

`obrador config` prints the effective values. A bad value stops the start with one line that
names the setting.
"""

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

import platformdirs
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from obrador.kit.errors import Misconfigured


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Madrid")
    return name


def _postgresql_url(url: SecretStr | None) -> SecretStr | None:
    if url and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("must start with postgresql://")
    return url


def _default_home() -> Path:
    """Where data lives: per user, or `/var/lib/obrador` for root.

    PostgreSQL never runs as root, so root's own home, which is closed to others, cannot hold it.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/obrador")
    return platformdirs.user_data_path("obrador")


class Settings(BaseSettings):
    """What an operator can set. Names are those of the environment, in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    obrador_home: Path = Field(
        default_factory=_default_home,
        description="Folder of the embedded database and its secrets.",
    )
    database_url: Annotated[SecretStr | None, AfterValidator(_postgresql_url)] = Field(
        default=None,
        description="postgresql://… of your own server; unset: the embedded PostgreSQL.",
    )
    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(default=8018, ge=1, le=65535, description="Port the server listens on.")
    default_timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default="Europe/Madrid", description="Time zone of a bakery that names none."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs access tokens; unset: made once and kept in OBRADOR_HOME.",
    )
    upload_limit_mb: int = Field(
        default=200, ge=1, le=2000, description="Largest file that an upload may have, in MB."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: readable on a terminal, JSON elsewhere."
    )
    debug: bool = Field(default=False, description="More words in the log.")


@cache
def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        Misconfigured: a value is bad; the message names the setting.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise Misconfigured(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
