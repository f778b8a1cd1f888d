"""Every route, of the API and of pages, asked by everybody: they get what it says of itself.

Who may not is refused. Who may is let through, which is asked only where nothing is done then:
about things that are not there, with bodies that are none, or to look.
"""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn.tokens import API_KEY_PREFIX, access_token, random_token, token_hash
from obrador.authz import TenantId
from obrador.authz.models import ApiKey
from obrador.authz.roles import Role
from obrador.kit.ids import new_id
from obrador.tenants.models import Tenant
from tests.authz.matrix import Way, every_way, table
from tests.factories import make_member, make_user
from tests.fixtures.people import KEY, NOW

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "access.md"
REFUSED = {401, 403}
SIGN_IN = (303, "/sign-in")


@pytest.fixture
def ways(app: FastAPI) -> list[Way]:
    """All of them. Live pages end at once, for nobody reads them."""
    app.state.stopping.set()
    return every_way(app)


@asynccontextmanager
async def _asking(app: FastAPI, token: str = "") -> AsyncIterator[AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with AsyncClient(
        transport=ASGITransport(app), base_url="http://bakery.example", headers=headers
    ) as client:
        yield client


async def _ask(client: AsyncClient, way: Way, tenant: UUID) -> tuple[int, str]:
    """The status, and where it leads, if somewhere else."""
    own = {"tenant_id": str(tenant), "version": "1"}
    path = re.sub(r"{(\w+)(:\w+)?}", lambda name: own.get(name[1], str(new_id())), way.path)
    accept = {"Accept": "text/html"} if way.is_page else {}
    json = {"content": b"[]", "headers": {**accept, "Content-Type": "application/json"}}
    body = {"headers": accept} if way.method == "GET" or way.is_page else json
    answer = await client.request(way.method, path, **body)
    return answer.status_code, answer.headers.get("location", "").split("?")[0]


def _does_nothing(way: Way) -> bool:
    """Whether somebody who may can ask without anything being done."""
    return way.method == "GET" or "{id}" in way.path or (way.takes_body and not way.is_page)


async def _wrong(
    client: AsyncClient, ways: Iterable[Way], tenant: UUID, wanted: int | None = None
) -> list[tuple[str, str, tuple[int, str]]]:
    """Ways that answer otherwise; not wanted is a refusal or a mistake of ours, if it is open."""
    found = []
    for way in ways:
        status = await _ask(client, way, tenant)
        is_let_in = status[0] not in REFUSED and status[0] < 500 and status != SIGN_IN
        if not is_let_in if wanted is None else status[0] != wanted:
            found.append((way.method, way.path, status))
    return found


async def test_who_has_not_signed_in_is_asked_to(
    app: FastAPI, ways: list[Way], anonymous: AsyncClient, tenant: TenantId
) -> None:
    asked = [way for way in ways if not way.is_open]
    answers = [(way, await _ask(anonymous, way, tenant)) for way in asked]

    assert len(answers) > 350
    # Forms are looked at first: what has no token is not ours.
    assert [
        (way.method, way.path, answer)
        for way, answer in answers
        if answer not in ([SIGN_IN, (403, "")] if way.is_page else [(401, "")])
        or (way.is_page and way.method == "GET" and answer != SIGN_IN and way.path != "/account")
    ] == []


async def test_another_bakerys_people_find_nothing(
    app: FastAPI, ways: list[Way], session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    asked = [way for way in ways if way.is_a_bakerys]
    for user in (await make_member(session, other_tenant, Role.OWNER), await make_user(session)):
        async with _asking(app, access_token(user, KEY, NOW)) as client:
            assert await _wrong(client, asked, tenant, 404) == []


@pytest.mark.parametrize(
    ("role", "by_key"),
    [*((role, False) for role in Role), (Role.VIEWER, True), (Role.OWNER, True)],
)
async def test_each_role_may_do_what_the_route_says(
    app: FastAPI,
    ways: list[Way],
    session: AsyncSession,
    tenant: TenantId,
    other_tenant: TenantId,
    role: Role,
    by_key: bool,
) -> None:
    asked = [way for way in ways if way.is_a_bakerys or way.is_platforms]
    refused = {way for way in asked if way.is_platforms or not way.allows(role)}
    allowed = [way for way in asked if way not in refused and _does_nothing(way)]
    token = access_token(await make_member(session, tenant, role), KEY, NOW)
    if by_key:
        token = await _key(session, tenant, role)
    async with _asking(app, token) as client:
        wrong = await _wrong(client, refused, tenant, 403)
        wrong += await _wrong(client, allowed, tenant)
        elsewhere = [way for way in asked if way.is_a_bakerys]
        wrong += await _wrong(client, elsewhere, other_tenant, 404)

    assert len(allowed) > 80
    assert wrong == []


async def test_who_runs_the_platform_may_look_everywhere(
    app: FastAPI, ways: list[Way], session: AsyncSession, tenant: TenantId
) -> None:
    asked = [way for way in ways if (way.is_a_bakerys or way.is_platforms) and _does_nothing(way)]
    token = access_token(await make_user(session, is_platform_admin=True), KEY, NOW)
    async with _asking(app, token) as client:
        assert await _wrong(client, asked, tenant) == []
        missing = [way for way in asked if way.is_a_bakerys and not way.takes_service]
        assert await _wrong(client, missing, new_id(), 404) == []


@pytest.mark.parametrize("status", ["suspended", "cancelled"])
async def test_a_bakery_that_is_not_served_is_no_more_open_than_others(
    app: FastAPI,
    ways: list[Way],
    session: AsyncSession,
    tenant: TenantId,
    other_tenant: TenantId,
    status: str,
) -> None:
    await session.execute(update(Tenant).where(Tenant.id == tenant).values(status=status))
    viewer = access_token(await make_member(session, tenant, Role.VIEWER), KEY, NOW)
    outsider = access_token(await make_member(session, other_tenant, Role.OWNER), KEY, NOW)
    asked = [way for way in ways if way.is_a_bakerys]
    refused = [way for way in asked if not way.allows(Role.VIEWER)]
    async with _asking(app, viewer) as client:
        assert await _wrong(client, refused, tenant, 403) == []
    async with _asking(app, outsider) as client:
        assert await _wrong(client, asked, tenant, 404) == []


def test_the_reference_says_who_may_what(ways: list[Way]) -> None:
    assert PAGE.read_text() == table(ways), (
        "python -m tests.authz.matrix > docs/reference/access.md"
    )


async def _key(session: AsyncSession, tenant: TenantId, role: Role) -> str:
    token = random_token(API_KEY_PREFIX)
    key = ApiKey(
        tenant_id=tenant,
        id=new_id(),
        name="till",
        role=role,
        key_hash=token_hash(token),
        created_at=NOW,
    )
    session.add(key)
    await session.flush()
    return token
