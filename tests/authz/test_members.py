"""Members and API keys."""

from httpx import AsyncClient

from obrador.authz import TenantId
from tests.factories.things import added

ANA = {"email": "ana@panaderia.example", "role": "production_manager"}


async def test_somebody_new_gets_an_account_and_then_signs_in(
    owner: AsyncClient, anonymous: AsyncClient, url: str
) -> None:
    member = await added(owner, f"{url}/members", ANA | {"password": "pan con tomate"})
    tokens = await anonymous.post(
        "/api/v1/auth/token", json={"email": ANA["email"], "password": "pan con tomate"}
    )
    headers = {"Authorization": f"Bearer {tokens.json()['access_token']}"}

    assert member["role"] == "production_manager"
    assert (await anonymous.get(f"{url}/recipes", headers=headers)).status_code == 200
    assert (await anonymous.get(f"{url}/members", headers=headers)).status_code == 403


async def test_somebody_without_an_account_needs_a_password(owner: AsyncClient, url: str) -> None:
    answer = await owner.post(f"{url}/members", json=ANA)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "password"


async def test_adding_somebody_again_changes_nothing(owner: AsyncClient, url: str) -> None:
    first = await added(owner, f"{url}/members", ANA | {"password": "pan con tomate"})
    again = await added(owner, f"{url}/members", ANA)
    other = await owner.post(f"{url}/members", json=ANA | {"role": "viewer"})

    assert again == first
    assert other.status_code == 409


async def test_a_bakery_keeps_an_owner(owner: AsyncClient, url: str) -> None:
    (me,) = (await owner.get(f"{url}/members")).json()["items"]
    mine = f"{url}/members/{me['user_id']}"

    assert (await owner.delete(mine)).status_code == 422
    assert (await owner.patch(mine, json={"role": "viewer"})).status_code == 422

    await added(owner, f"{url}/members", ANA | {"password": "pan con tomate", "role": "owner"})
    assert (await owner.patch(mine, json={"role": "viewer"})).json()["role"] == "viewer"
    assert (await owner.patch(mine, json={"role": "owner"})).status_code == 403


async def test_who_leaves_sees_nothing_any_more(
    owner: AsyncClient, baker: AsyncClient, url: str
) -> None:
    members = (await owner.get(f"{url}/members")).json()["items"]
    (leaving,) = [each for each in members if each["role"] == "production_manager"]

    assert (await owner.delete(f"{url}/members/{leaving['user_id']}")).status_code == 204

    assert (await baker.get(f"{url}/recipes")).status_code == 404


async def test_a_key_opens_its_bakery_until_it_is_revoked(
    owner: AsyncClient, anonymous: AsyncClient, url: str, other_tenant: TenantId
) -> None:
    key = await added(owner, f"{url}/api-keys", {"name": "till", "role": "viewer"})
    program = {"Authorization": f"Bearer {key.pop('key')}"}

    async def status(path: str) -> int:
        return (await anonymous.get(path, headers=program)).status_code

    assert await status(f"{url}/products") == 200
    assert await status(f"/api/v1/tenants/{other_tenant}/products") == 404
    assert await status(f"{url}/members") == 403
    (seen,) = (await anonymous.get("/api/v1/tenants", headers=program)).json()["items"]
    assert url.endswith(seen["id"])
    used = {"last_used_at": "2026-03-03T05:30:00Z"}
    assert (await owner.get(f"{url}/api-keys")).json()["items"] == [key | used]
    assert (await anonymous.get("/api/v1/auth/me", headers=program)).json()["kind"] == "program"

    revoked = await owner.delete(f"{url}/api-keys/{key['id']}")

    assert revoked.json()["revoked_at"] is not None
    assert await status(f"{url}/products") == 401


async def test_a_key_is_shown_once(owner: AsyncClient, url: str) -> None:
    headers = {"Idempotency-Key": "till"}

    first = await owner.post(f"{url}/api-keys", json={"name": "till"}, headers=headers)
    again = await owner.post(f"{url}/api-keys", json={"name": "till"}, headers=headers)

    assert again.json() == first.json() | {"key": None}
