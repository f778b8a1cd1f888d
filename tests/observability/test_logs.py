"""Logs that programs can read and people can follow."""

import json
import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
import structlog
from dbos._logger import init_logger
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from obrador.observability.logs import bound, configure_logs
from obrador.settings import Settings


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def configured(log_format: str) -> None:
    configure_logs(Settings.model_validate({"log_format": log_format}))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_off_a_terminal_every_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    configured("auto")

    structlog.get_logger().info("planned", bakery="Panadería", products=24)
    logging.getLogger("uvicorn").warning("slow %s", "start")

    ours, theirs = lines(capsys)
    assert ours["event"] == "planned"
    assert ours["bakery"] == "Panadería"
    assert ours["level"] == "info"
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["logger"]) == ("slow start", "uvicorn")


def test_secrets_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    configured("json")

    structlog.get_logger().info("sign_in", email="a@b.example", password="pan", access_token="x")

    (line,) = lines(capsys)
    assert (line["email"], line["password"], line["access_token"]) == ("a@b.example", "***", "***")


def test_an_error_is_logged_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    configured("json")

    structlog.get_logger().error("failed", exc_info=ValueError("burnt"))

    assert "burnt" in json.dumps(lines(capsys)[0]["exception"])


def test_people_read_it_without_braces(capsys: pytest.CaptureFixture[str]) -> None:
    configured("console")

    structlog.get_logger().info("planned", products=24)

    assert "{" not in capsys.readouterr().err


def test_lines_carry_the_ids_of_what_is_being_done(capsys: pytest.CaptureFixture[str]) -> None:
    configured("json")
    log = structlog.get_logger()

    with bound(execution="daily:2026-03-03", chunk=4):
        with bound(run="2026-03-03-0007", tenant=UUID(int=7)):
            log.info("inner")
            logging.getLogger("library").warning("theirs")
        log.info("outer")
    log.info("after")

    inner, theirs, outer, after = lines(capsys)
    assert inner["execution_id"] == theirs["execution_id"] == "daily:2026-03-03"
    assert (inner["run_id"], inner["chunk"]) == ("2026-03-03-0007", "4")
    assert inner["tenant_id"] == theirs["tenant_id"] == str(UUID(int=7))
    assert "tenant_id" not in outer
    assert outer["chunk"] == "4"
    assert "execution_id" not in after


@pytest.mark.parametrize("library", ["dbos", "aio_pika", "aiormq.connection"])
def test_libraries_do_not_narrate(capsys: pytest.CaptureFixture[str], library: str) -> None:
    configured("json")

    logging.getLogger(library).info("step 1 of 8")
    logging.getLogger(library).warning("connection lost")

    assert [line["event"] for line in lines(capsys)] == ["connection lost"]


def test_the_engine_logs_in_our_form(capsys: pytest.CaptureFixture[str]) -> None:
    configured("json")

    init_logger()
    logging.getLogger("dbos").warning("recovering")

    assert [line["event"] for line in lines(capsys)] == ["recovering"]


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-1", True), ("a b", False), ("x" * 65, False), (None, False)]
)
async def test_every_answer_carries_the_id_of_its_request(
    app: FastAPI, capsys: pytest.CaptureFixture[str], given: str | None, kept: bool
) -> None:
    configured("json")
    headers = {"X-Request-Id": given} if given else {}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/health/live", headers=headers)

    request_id = answer.headers["x-request-id"]
    (line,) = [each for each in lines(capsys) if each["event"] == "request"]
    assert (request_id == given) is kept
    assert line["request_id"] == request_id
    assert line["path"] == "/health/live"
    assert str(line["status"]) == "200"


async def test_links_that_open_something_are_not_told(
    app: FastAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    configured("json")
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        await client.get("/invitations/opens-the-door")
        await client.get("/forgotten/opens-the-door")

    paths = [each["path"] for each in lines(capsys) if each["event"] == "request"]
    assert paths == ["/invitations/***", "/forgotten/***"]


async def test_our_mistakes_are_told_without_a_trace(
    app: FastAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    configured("json")

    @app.get("/burnt")
    async def burnt() -> None:
        raise ZeroDivisionError("secret recipe")

    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/burnt", headers={"X-Request-Id": "r1"})

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "r1" in answer.json()["detail"]
    assert "secret recipe" not in answer.text
    assert "secret recipe" in capsys.readouterr().err
