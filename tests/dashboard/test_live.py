"""Parts of pages that are sent anew, on the application as it is served."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Response
from pydantic import SecretStr
from sqlalchemy import delete, text, update

from obrador.authn.tokens import access_token
from obrador.authz import TenantId
from obrador.authz.models import Membership
from obrador.authz.roles import Role
from obrador.dashboard import live as streaming
from obrador.dashboard.live import live
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit import outbox_news
from obrador.kit.clock import system_clock
from obrador.kit.outbox import publish
from obrador.production.events import ScheduleCreated
from obrador.settings import Settings
from obrador.tenants.models import Tenant
from tests.factories import make_member, make_tenant
from tests.fixtures.people import KEY
from tests.fixtures.served import Served, served
from tests.statements import counted

SETTINGS = Settings(_env_file=None, secret_key=SecretStr(KEY))
SOON = 0.05
router = APIRouter(prefix="/bakeries/{tenant_id}/name", include_in_schema=False)


async def _name(visit: Visit) -> str:
    return f"<b>\n{visit.bakery.name}</b>"


@router.get("")
async def follow(visit: Visiting) -> Response:
    """The bakery's name, on two lines."""
    return await live(visit, _name)


@router.get("/often")
async def follow_often(visit: Visiting) -> Response:
    """The same, made again and again."""
    return await live(visit, _name, every=SOON)


@pytest.fixture
def site(own_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(streaming, "_LEAST_SECONDS", SOON)
    monkeypatch.setattr(streaming, "_HEARTBEAT_SECONDS", 4 * SOON)
    monkeypatch.setattr(outbox_news, "_PAUSE_SECONDS", SOON)
    with served(own_database_url, SETTINGS, router) as running:
        yield running


@pytest.fixture
def bakery(site: Served) -> TenantId:
    async def make() -> TenantId:
        async with site.database.transaction() as session:
            return await make_tenant(session)

    return site.run(make())


@pytest.fixture
def viewer(site: Served, bakery: TenantId) -> UUID:
    async def make() -> UUID:
        async with site.database.transaction() as session:
            return await make_member(session, bakery, Role.VIEWER)

    return site.run(make())


async def _rename(site: Served, bakery: TenantId, name: str) -> None:
    """In silence."""
    async with site.database.transaction() as session:
        await session.execute(update(Tenant).where(Tenant.id == bakery).values(name=name))


async def _tell(site: Served, bakery: TenantId) -> None:
    async with site.database.transaction() as session:
        publish(session, ScheduleCreated(bakery, "1", "2026-03-03", 0))


async def _expel(site: Served, user: UUID) -> None:
    async with site.database.transaction() as session:
        await session.execute(delete(Membership).where(Membership.user_id == user))


def _headers(user: UUID) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token(user, KEY, system_clock())}"}


@contextmanager
def _following(
    site: Served, bakery: TenantId, viewer: UUID, where: str = "", last: str = ""
) -> Iterator[Iterator[str]]:
    """The lines of a stream, without empty ones."""
    url = f"{site.url}/bakeries/{bakery}/name{where}"
    headers = {**_headers(viewer), "Last-Event-ID": last}
    with httpx.stream("GET", url, headers=headers, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield filter(None, answer.iter_lines())


def _message(lines: Iterator[str]) -> tuple[str, str]:
    """The next part and its id; heartbeats are passed over."""
    found = [line for line in (next(lines), next(lines), next(lines)) if line[0] != ":"]
    while len(found) < 3:
        line = next(lines)
        found += [line] if line[0] != ":" else []
    first, second, own = found
    assert (first[:6], second[:6], own[:4]) == ("data: ", "data: ", "id: ")
    return f"{first[6:]}\n{second[6:]}", own[4:]


def test_a_part_comes_at_once_and_again_when_something_has_happened(
    site: Served, bakery: TenantId, viewer: UUID
) -> None:
    with _following(site, bakery, viewer) as lines:
        before, _ = _message(lines)
        site.run(_rename(site, bakery, "Horno Nuevo"))
        site.run(_tell(site, bakery))
        after, _ = _message(lines)

    assert before == "<b>\nPanadería Lavapiés</b>"
    assert after == "<b>\nHorno Nuevo</b>"


def test_what_happens_elsewhere_or_changes_nothing_is_not_sent(
    site: Served, bakery: TenantId, viewer: UUID
) -> None:
    async def make() -> TenantId:
        async with site.database.transaction() as session:
            return await make_tenant(session, "La Competencia")

    other = site.run(make())
    with _following(site, bakery, viewer) as lines:
        _message(lines)
        with counted(site.database) as statements:
            site.run(_tell(site, other))
            assert [next(lines) for _ in range(3)] == [": ping"] * 3
        assert len(statements) == 1, "only that of the event itself"
        site.run(_tell(site, bakery))
        assert [next(lines) for _ in range(3)] == [": ping"] * 3


def test_what_was_seen_on_a_connection_before_is_not_sent_again(
    site: Served, bakery: TenantId, viewer: UUID
) -> None:
    with _following(site, bakery, viewer) as lines:
        _, seen = _message(lines)

    with _following(site, bakery, viewer, last=seen) as lines:
        assert next(lines) == ": ping"


def test_what_moves_by_itself_is_made_again_and_again(
    site: Served, bakery: TenantId, viewer: UUID
) -> None:
    with _following(site, bakery, viewer, "/often") as lines:
        _message(lines)
        site.run(_rename(site, bakery, "Horno Nuevo"))
        part, _ = _message(lines)

    assert part == "<b>\nHorno Nuevo</b>"


def test_who_waits_holds_no_connection(site: Served, bakery: TenantId, viewer: UUID) -> None:
    async def busy() -> int:
        own = site.database.engine.pool.checkedout()  # type: ignore[attr-defined]
        async with site.database.transaction() as session:
            query = (
                "select count(*) from pg_stat_activity"
                " where state like 'idle in transaction%' and datname = current_database()"
            )
            return int(own) + int(await session.scalar(text(query)) or 0)

    with _following(site, bakery, viewer) as lines, _following(site, bakery, viewer) as others:
        _message(lines)
        _message(others)
        assert site.run(busy()) == 0


def test_it_ends_for_who_may_not_see_it_any_more(
    site: Served, bakery: TenantId, viewer: UUID
) -> None:
    with _following(site, bakery, viewer) as lines:
        _message(lines)
        site.run(_expel(site, viewer))
        site.run(_rename(site, bakery, "Horno Secreto"))
        site.run(_tell(site, bakery))
        rest = [line for line in lines if line[0] != ":"]

    assert rest == []
    url = f"{site.url}/bakeries/{bakery}/name"
    assert httpx.get(url, headers=_headers(viewer)).status_code == 404


def test_it_ends_when_the_process_stops(site: Served, bakery: TenantId, viewer: UUID) -> None:
    with _following(site, bakery, viewer) as lines:
        _message(lines)
        site.loop.call_soon_threadsafe(site.app.state.stopping.set)

        assert [line for line in lines if line[0] != ":"] == []


def test_of_too_many_tabs_some_do_not_move(
    site: Served, bakery: TenantId, viewer: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "_MOST_EACH", 1)
    url = f"{site.url}/bakeries/{bakery}/name"
    with _following(site, bakery, viewer) as lines:
        _message(lines)
        refused = httpx.get(url, headers=_headers(viewer))
    assert (refused.status_code, refused.headers["HX-Reswap"]) == (429, "none")

    threading.Event().wait(4 * SOON)
    with _following(site, bakery, viewer) as lines:
        _message(lines)


def test_it_hears_again_after_its_connection_was_lost(
    site: Served, bakery: TenantId, viewer: UUID
) -> None:
    async def cut() -> None:
        async with site.database.transaction() as session:
            await session.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'obrador news' and datname = current_database()"
                )
            )

    with _following(site, bakery, viewer) as lines:
        _message(lines)
        site.run(_rename(site, bakery, "Horno Nuevo"))
        site.run(cut())
        part, _ = _message(lines)

    assert part == "<b>\nHorno Nuevo</b>"
