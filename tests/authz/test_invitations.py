"""Invitations by link."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import service as authn
from obrador.authz import TenantId, invitations
from obrador.authz.access import role_of
from obrador.authz.requester import Person
from obrador.authz.roles import Role
from obrador.kit.errors import Conflict, Forbidden, NotFound
from tests.factories.things import added
from tests.fixtures.people import NOW

ANA = {"email": "Ana@Panaderia.example", "role": "production_manager"}
PASSWORD = "pan con tomate"


@pytest.fixture
async def token(owner: AsyncClient, url: str) -> str:
    """Of a link that ana has been sent."""
    link: str = (await added(owner, f"{url}/invitations", ANA))["link"]
    assert link.startswith("http://bakery.example/invitations/")
    return link.rsplit("/", 1)[1]


async def test_who_opens_the_link_becomes_a_member(
    session: AsyncSession, owner: AsyncClient, url: str, tenant: TenantId, token: str
) -> None:
    user, joined = await invitations.join_as_new(session, token, "Ana", PASSWORD, NOW)

    assert (user.email, joined) == ("ana@panaderia.example", tenant)
    assert await role_of(session, Person(user.id, False), tenant) == Role.PRODUCTION_MANAGER
    assert (await owner.get(f"{url}/invitations")).json()["items"] == []


def test_a_link_is_mailed(app: FastAPI, token: str) -> None:
    home: Path = app.state.settings.obrador_home
    (letter,) = (home / "outbox").glob("*.eml")
    mail = message_from_bytes(letter.read_bytes(), policy=policy.default)

    assert mail["To"] == "ana@panaderia.example"
    assert f"http://bakery.example/invitations/{token}" in mail.get_content()


async def test_a_link_is_good_once(session: AsyncSession, token: str) -> None:
    user, _ = await invitations.join_as_new(session, token, "Ana", PASSWORD, NOW)

    with pytest.raises(NotFound):
        await invitations.join(session, token, user, NOW)


async def test_a_link_is_for_one_address(session: AsyncSession, token: str) -> None:
    eve = await authn.add_user(session, "eve@panaderia.example", PASSWORD)

    with pytest.raises(Forbidden, match="for ana@"):
        await invitations.join(session, token, eve, NOW)


async def test_a_link_ages(session: AsyncSession, token: str) -> None:
    with pytest.raises(NotFound):
        await invitations.open_invitation(session, token, NOW + timedelta(days=7))


async def test_who_has_an_account_does_not_get_another(session: AsyncSession, token: str) -> None:
    ana = await authn.add_user(session, ANA["email"], "another password")

    assert (await invitations.open_invitation(session, token, NOW)).has_account
    with pytest.raises(Conflict):
        await invitations.join_as_new(session, token, "Ana", PASSWORD, NOW)
    await invitations.join(session, token, ana, NOW)


async def test_a_new_link_ends_the_one_before(
    session: AsyncSession, owner: AsyncClient, url: str, token: str
) -> None:
    again = await added(owner, f"{url}/invitations", ANA | {"role": "viewer"})

    with pytest.raises(NotFound):
        await invitations.open_invitation(session, token, NOW)
    (kept,) = (await owner.get(f"{url}/invitations")).json()["items"]
    assert kept == {name: again[name] for name in kept}


async def test_a_link_that_is_withdrawn_opens_nothing(
    session: AsyncSession, owner: AsyncClient, url: str, token: str
) -> None:
    (kept,) = (await owner.get(f"{url}/invitations")).json()["items"]

    assert (await owner.delete(f"{url}/invitations/{kept['id']}")).status_code == 204

    with pytest.raises(NotFound):
        await invitations.open_invitation(session, token, NOW)


async def test_repeating_a_request_shows_no_link_again(owner: AsyncClient, url: str) -> None:
    headers = {"Idempotency-Key": "ana"}

    first = await owner.post(f"{url}/invitations", json=ANA, headers=headers)
    again = await owner.post(f"{url}/invitations", json=ANA, headers=headers)

    assert again.json() == first.json() | {"link": None}


async def test_a_member_is_not_invited(owner: AsyncClient, url: str) -> None:
    (me,) = (await owner.get(f"{url}/members")).json()["items"]

    answer = await owner.post(f"{url}/invitations", json={"email": me["email"], "role": "viewer"})

    assert answer.status_code == 409


async def test_others_see_and_touch_no_invitation(
    owner: AsyncClient, baker: AsyncClient, outsider: AsyncClient, url: str, token: str
) -> None:
    (kept,) = (await owner.get(f"{url}/invitations")).json()["items"]

    for client, status in ((baker, 403), (outsider, 404)):
        assert (await client.get(f"{url}/invitations")).status_code == status
        assert (await client.delete(f"{url}/invitations/{kept['id']}")).status_code == status
