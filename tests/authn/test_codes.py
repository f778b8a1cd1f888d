"""Codes of a second step."""

from datetime import datetime, timedelta
from uuid import UUID

import pyotp
import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import codes, service
from obrador.authn.attempts import HERE
from obrador.authn.models import User
from obrador.authn.tokens import read_access_token, ticket
from obrador.kit.errors import Unauthenticated
from tests.fixtures.people import KEY, NOW

WHO = {"email": "ana@panaderia.example", "password": "pan con tomate"}
STEP = timedelta(seconds=30)


@pytest.fixture
async def ana(session: AsyncSession) -> User:
    """Somebody whose account asks for codes."""
    user = await service.add_user(session, WHO["email"], WHO["password"])
    user.code_seed = codes.new_seed()
    await session.flush()
    return user


def code_of(user: User, at: datetime) -> str:
    """What the telephone shows then."""
    return pyotp.TOTP(codes.secret_of(KEY, user.id, user.code_seed or "")).at(at)


@pytest.fixture
async def asked(anonymous: AsyncClient, ana: User) -> AsyncClient:
    """A program that is asked for a code."""
    return anonymous


async def _sign_in(client: AsyncClient, **more: str) -> Response:
    return await client.post("/api/v1/auth/token", json=WHO | more)


async def test_the_password_alone_is_told_what_is_missing(asked: AsyncClient) -> None:
    answer = await _sign_in(asked)

    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:obrador:problem:code-needed"


async def test_nobody_learns_of_codes_without_the_password(asked: AsyncClient, ana: User) -> None:
    answer = await _sign_in(asked, password="pan sin tomate", code=code_of(ana, NOW))

    assert answer.json()["type"] == "urn:obrador:problem:unauthenticated"


@pytest.mark.parametrize("clock", [-STEP, timedelta(), STEP])
async def test_clocks_may_differ_by_half_a_minute(
    asked: AsyncClient, ana: User, clock: timedelta
) -> None:
    assert (await _sign_in(asked, code=code_of(ana, NOW + clock))).status_code == 200


@pytest.mark.parametrize("clock", [-2 * STEP, 2 * STEP])
async def test_other_codes_are_wrong(asked: AsyncClient, ana: User, clock: timedelta) -> None:
    answer = await _sign_in(asked, code=code_of(ana, NOW + clock))

    assert answer.json()["type"] == "urn:obrador:problem:code-needed"


async def test_a_code_is_taken_once(app: FastAPI, asked: AsyncClient, ana: User) -> None:
    seen = code_of(ana, NOW)
    assert (await _sign_in(asked, code=seen)).status_code == 200

    assert (await _sign_in(asked, code=seen)).status_code == 401
    assert (await _sign_in(asked, code=code_of(ana, NOW - STEP))).status_code == 401
    app.state.clock = lambda: NOW + STEP
    assert (await _sign_in(asked, code=code_of(ana, NOW + STEP))).status_code == 200


async def test_a_code_on_paper_opens_once_and_is_kept_as_a_hash(
    session: AsyncSession, asked: AsyncClient, ana: User
) -> None:
    first, second, *_ = await codes.renew_recovery_codes(session, ana.id)

    assert (await _sign_in(asked, code=f" {first.upper()} ")).status_code == 200
    assert (await _sign_in(asked, code=first)).status_code == 401
    assert (await _sign_in(asked, code=second.replace("-", ""))).status_code == 200
    await codes.renew_recovery_codes(session, ana.id)
    assert await codes.recovery_codes_left(session, ana.id) == 10


async def test_codes_are_not_guessed(app: FastAPI, asked: AsyncClient, ana: User) -> None:
    """Who has the password may try twenty codes a day, from wherever."""
    tried = []
    for number in range(22):
        await app.state.attempts.forget(HERE, ana.email, "127.0.0.1")
        tried.append((await _sign_in(asked, code=f"{number:06}")).status_code)

    assert tried == [401] * 20 + [429] * 2


async def test_a_copy_of_the_database_makes_no_codes(ana: User) -> None:
    own = codes.secret_of(KEY, ana.id, ana.code_seed or "")

    assert codes.secret_of("another signing key", ana.id, ana.code_seed or "") != own
    assert codes.secret_of(KEY, UUID(int=1), ana.code_seed or "") != own
    assert len(own) == 32


def test_a_ticket_is_no_access_token() -> None:
    with pytest.raises(Unauthenticated):
        read_access_token(ticket(UUID(int=1), KEY, NOW), KEY, NOW)
