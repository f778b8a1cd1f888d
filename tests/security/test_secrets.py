"""Secrets stay where they are: not in logs, not in traces, not in answers, not on the terminal."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from httpx import ASGITransport, AsyncClient
from sqlalchemy import make_url

from obrador.app import create_app
from obrador.integrations.redis.cache import redis_store
from obrador.integrations.redis.counts import RedisCounts
from obrador.kit.db import Database
from obrador.observability.logs import configure_logs
from obrador.settings import Settings
from tests.fixtures.commands import command

MARK = "Hidden7Mark"
"""Part of every secret here."""
SECRETS = {
    "SECRET_KEY": f"{MARK}-key-0123456789abcdefghijklmn",
    "SERVICE_TOKEN": f"{MARK}-token-0123456789",
    "WEATHER_API_KEY": f"{MARK}-weather",
    "DATABASE_URL": f"postgresql://bakery:{MARK}%2Fdb@127.0.0.1:1/none?connect_timeout=1",
    "REDIS_URL": f"redis://:{MARK}%40redis@127.0.0.1:1/0",
    "RABBITMQ_URL": f"amqp://bakery:{MARK}rabbit@127.0.0.1:1/",
    "SMTP_URL": f"smtp://bakery:{MARK}smtp@127.0.0.1:1",
    "MAIL_FROM": "a@bakery.example",
}


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture(params=["json", "console"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """Secrets everywhere."""
    values = {name.lower(): value for name, value in SECRETS.items()}
    return Settings.model_validate(values | {"log_format": request.param})


async def test_logs_and_traces_hide_them(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(settings)
    log = structlog.get_logger()
    for name, value in SECRETS.items():
        log.info("told", what=f"{name} is {value}", listed=[value], nested={"a": value})
        logging.getLogger("library").warning("%s: %s", name, value)
        log.error("failed", exc_info=ValueError(f"cannot use {value}"))
        logging.getLogger("library").error("failed", exc_info=ValueError(value))
    log.info("sent", headers={"authorization": "Bearer obrador_abcdefghijklmnopqrstuvwxyz"})
    log.info("url", tried="postgresql://other:Elsewhere9pass@host/db")
    log.info("libpq", tried="host=h password=Elsewhere9pass dbname=d")

    told = capsys.readouterr().err
    assert told.count("told") >= len(SECRETS)
    assert MARK not in told
    assert "Elsewhere9pass" not in told
    assert "abcdefghijklmnop" not in told
    assert "a@bakery.example" in told


async def test_what_is_away_is_told_without_its_password(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(settings)
    assert settings.redis_url is not None
    assert settings.database_url is not None
    app = create_app(Database(settings.database_url.get_secret_value()), settings)

    @app.get("/burnt")
    async def burnt() -> None:
        raise RuntimeError(f"{settings.database_url!r} {SECRETS['REDIS_URL']}")

    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        answers = [
            await client.get(path, headers={"Authorization": f"Bearer {SECRETS['SERVICE_TOKEN']}"})
            for path in ("/health/ready", "/burnt", "/api/v1/tenants", "/metrics", "/")
        ]
    counts = RedisCounts(settings.redis_url.get_secret_value())
    await counts.add("key", 1)
    await counts.close()
    with pytest.raises(Exception) as failed:  # noqa: PT011  whatever the library raises
        await redis_store(settings.redis_url.get_secret_value()).get("key")

    told = capsys.readouterr().err
    assert [answer.status_code for answer in answers[:2]] == [503, 500]
    assert "database_unavailable" in told
    assert "counts_away" in told
    for words in (told, str(failed.value), repr(settings), *(answer.text for answer in answers)):
        assert MARK not in words


@pytest.mark.parametrize("arguments", [["config"], ["doctor"], ["bakery", "list"]])
def test_the_command_line_hides_them(tmp_path: Path, arguments: list[str]) -> None:
    environment = {**os.environ, **SECRETS, "OBRADOR_HOME": str(tmp_path), "COLUMNS": "200"}
    done = command(*arguments, environment=environment, cwd=tmp_path)

    assert MARK not in done.stdout + done.stderr
    assert done.stdout + done.stderr != ""


def test_an_address_without_a_password_is_told_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = make_url("postgresql://bakery@db.internal:5432/bakery")
    configure_logs(Settings.model_validate({"log_format": "json"}))

    structlog.get_logger().info("connecting", to=url.render_as_string())

    assert "postgresql://bakery@db.internal:5432/bakery" in capsys.readouterr().err
