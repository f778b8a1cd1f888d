"""The stream of an execution's progress, on the application as it is served."""

import json
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update

from obrador.authn.models import User
from obrador.authn.tokens import access_token
from obrador.kit.clock import system_clock
from obrador.kit.ids import new_id
from obrador.kit.workflow import Engine
from obrador.orchestration import due, endpoints
from obrador.orchestration.definitions import MORNING, default_workflows
from obrador.orchestration.models import Execution
from obrador.orchestration.triggering import trigger
from obrador.settings import Settings
from tests.factories import make_tenant
from tests.fixtures.people import KEY
from tests.fixtures.served import Served, served
from tests.statements import counted

ADMIN = UUID("01a20100-0000-7000-8000-000000000003")
SETTINGS = Settings(_env_file=None, secret_key=SecretStr(KEY))


@pytest.fixture
def api(own_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(endpoints, "_POLL_SECONDS", 0.05)
    with served(own_database_url, SETTINGS) as running:
        yield running


def _headers() -> dict[str, str]:
    """Made when they are sent: the suite takes longer than a token lasts."""
    return {"Authorization": f"Bearer {access_token(ADMIN, KEY, system_clock())}"}


async def _executed(api: Served) -> UUID:
    engine = Engine(api.database.url)
    async with api.database.transaction() as session:
        session.add(User(id=ADMIN, email="a@b.example", password_hash="-", is_platform_admin=True))
        await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))
        tenant = await make_tenant(session)
        triggered = await trigger(
            session, engine, SETTINGS, MORNING, system_clock(), tenants=[tenant]
        )
    engine.close()
    return triggered.execution_id


async def _end(api: Served, execution: UUID) -> None:
    async with api.database.transaction() as session:
        await session.execute(
            update(Execution)
            .where(Execution.id == execution)
            .values(status="completed", completed_at=system_clock())
        )


def _events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = ""
    for line in lines:
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


def test_it_tells_how_far_it_is_until_the_end(api: Served) -> None:
    execution = api.run(_executed(api))
    url = f"{api.url}/api/v1/orchestrator/executions/{execution}/events"
    seen = []
    with httpx.stream("GET", url, headers=_headers(), timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for kind, far in _events(answer.iter_lines()):
            seen.append(kind)
            assert far["tenants_total"] == 1
            if seen == ["progress"] * 3:
                api.run(_end(api, execution))

    assert seen[:3] == ["progress"] * 3
    assert seen[-1] == "end"
    assert seen.count("end") == 1


def test_it_asks_no_more_once_the_client_has_left(api: Served) -> None:
    execution = api.run(_executed(api))
    url = f"{api.url}/api/v1/orchestrator/executions/{execution}/events"
    with httpx.stream("GET", url, headers=_headers(), timeout=20) as answer:
        next(_events(answer.iter_lines()))
    waiting = threading.Event()
    waiting.wait(0.5)

    with counted(api.database) as statements:
        waiting.wait(0.5)

    assert statements == []


def test_what_is_not_there_is_said_before_the_stream_begins(api: Served) -> None:
    api.run(_executed(api))
    url = f"{api.url}/api/v1/orchestrator/executions/{new_id()}/events"

    assert httpx.get(url, headers=_headers(), timeout=20).status_code == 404
    assert httpx.get(url, timeout=20).status_code == 401
