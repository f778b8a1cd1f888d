"""Signing in and staying signed in."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import jwt
import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import service
from obrador.authn.tokens import access_token, read_access_token, signing_key
from obrador.kit.errors import Conflict, Misconfigured, Unauthenticated
from obrador.kit.ids import new_id
from obrador.settings import Settings
from tests.fixtures.people import KEY, NOW

WHO = {"email": "Ana@Panaderia.example", "password": "pan con tomate"}


@pytest.fixture
async def ana(session: AsyncSession) -> UUID:
    return (await service.add_user(session, WHO["email"], WHO["password"], name="Ana")).id


async def test_who_knows_the_password_gets_tokens_that_work(
    anonymous: AsyncClient, ana: UUID
) -> None:
    tokens = (await anonymous.post("/api/v1/auth/token", json=WHO)).json()
    me = await anonymous.get(
        "/api/v1/auth/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )

    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 900
    assert me.json() == {
        "kind": "person",
        "user_id": str(ana),
        "email": "ana@panaderia.example",
        "name": "Ana",
        "is_platform_admin": False,
        "roles": [],
    }


@pytest.mark.parametrize(
    "wrong", [{"password": "pan sin tomate"}, {"email": "nadie@panaderia.example"}]
)
async def test_a_wrong_address_and_a_wrong_password_look_alike(
    anonymous: AsyncClient, ana: UUID, wrong: dict[str, str]
) -> None:
    answer = await anonymous.post("/api/v1/auth/token", json=WHO | wrong)

    assert answer.status_code == 401
    assert answer.json()["detail"] == "E-mail address or password is wrong."


async def test_a_refresh_token_is_good_once_and_its_theft_ends_the_session(
    anonymous: AsyncClient, ana: UUID
) -> None:
    first = (await anonymous.post("/api/v1/auth/token", json=WHO)).json()

    async def refresh(tokens: dict[str, str]) -> tuple[int, dict[str, str]]:
        answer = await anonymous.post(
            "/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}
        )
        return answer.status_code, answer.json()

    status, second = await refresh(first)
    assert status == 200
    assert (await refresh(first))[0] == 401, "used a second time"
    assert (await refresh(second))[0] == 401, "its successor died with it"
    assert (await anonymous.post("/api/v1/auth/token", json=WHO)).status_code == 200


async def test_a_refresh_token_ages(app: FastAPI, anonymous: AsyncClient, ana: UUID) -> None:
    tokens = (await anonymous.post("/api/v1/auth/token", json=WHO)).json()
    app.state.clock = lambda: NOW + timedelta(days=31)

    answer = await anonymous.post(
        "/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}
    )

    assert answer.status_code == 401


def test_an_access_token_is_good_for_a_quarter_of_an_hour() -> None:
    token = access_token(ana := new_id(), KEY, NOW)

    assert read_access_token(token, KEY, NOW + timedelta(minutes=14, seconds=59)) == ana
    with pytest.raises(Unauthenticated, match="too old"):
        read_access_token(token, KEY, NOW + timedelta(minutes=15))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x.y.z",
        access_token(new_id(), "another key of at least 32 letters", NOW),
        jwt.encode({"sub": str(new_id()), "exp": NOW + timedelta(1)}, None, "none"),
        jwt.encode({"sub": "nobody", "exp": NOW + timedelta(1)}, KEY, "HS256"),
        jwt.encode({"sub": str(new_id())}, KEY, "HS256"),
    ],
    ids=["none", "no token", "of another key", "unsigned", "of nobody", "without end"],
)
def test_a_forged_access_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated, match="not one of ours"):
        read_access_token(token, KEY, NOW)


async def test_an_account_that_is_gone_opens_nothing(app: FastAPI, anonymous: AsyncClient) -> None:
    token = access_token(new_id(), KEY, NOW)

    answer = await anonymous.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_address_has_one_account(session: AsyncSession, ana: UUID) -> None:
    with pytest.raises(Conflict):
        await service.add_user(session, " ana@PANADERIA.example", "another password")


def test_the_signing_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, obrador_home=tmp_path / "home", secret_key=None)

    key = signing_key(settings)

    assert len(key) > 40
    assert signing_key(settings) == key
    assert (tmp_path / "home" / "secret_key").stat().st_mode & 0o077 == 0


def test_a_given_signing_key_wins(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, obrador_home=tmp_path, secret_key=SecretStr(KEY))

    assert signing_key(settings) == KEY
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(_env_file=None, obrador_home=tmp_path / "file", secret_key=None)

    with pytest.raises(Misconfigured, match="secret_key"):
        signing_key(settings)
