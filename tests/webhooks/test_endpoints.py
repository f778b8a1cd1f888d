"""Webhooks over HTTP: subscribe, change, rotate, test, replay, revoke."""

from typing import Any
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.ids import new_id
from obrador.webhooks.models import Delivery, Subscription
from tests.factories.things import added
from tests.fixtures.people import KEY, NOW

HOOK = {"url": "https://shop.example/hooks", "event_types": ["production.*", "sales.imported"]}


async def test_an_owner_subscribes_and_sees_the_secret_once(owner: AsyncClient, url: str) -> None:
    made = await added(owner, f"{url}/webhooks", HOOK)

    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert made["status"] == "active"
    assert (await owner.get(f"{url}/webhooks")).json()["items"] == [made]
    assert (await owner.get(f"{url}/webhooks/{made['id']}")).json() == made


async def test_asking_twice_makes_one(owner: AsyncClient, url: str) -> None:
    headers = {"Idempotency-Key": "shop"}
    first = await owner.post(f"{url}/webhooks", json=HOOK, headers=headers)
    again = await owner.post(f"{url}/webhooks", json=HOOK, headers=headers)

    assert (first.status_code, again.json()) == (201, first.json())


async def test_what_is_kept_signs_nothing(
    owner: AsyncClient, url: str, session: AsyncSession
) -> None:
    made = await added(owner, f"{url}/webhooks", HOOK)
    row = (await session.scalars(select(Subscription))).one()
    kept = " ".join(str(getattr(row, column.key)) for column in Subscription.__table__.columns)

    assert made["secret"].removeprefix("whsec_") not in kept
    assert KEY not in kept


async def test_what_cannot_be_meant_is_refused_by_name(owner: AsyncClient, url: str) -> None:
    async def faults(**wrong: Any) -> dict[str, str]:
        answer = await owner.post(f"{url}/webhooks", json=HOOK | wrong)
        assert answer.status_code == 422
        return {each["where"]: each["message"] for each in answer.json()["errors"]}

    assert "https://" in (await faults(url="http://shop.example"))["url"]
    inside = await faults(url="https://127.0.0.1/hooks")
    assert inside["url"] == "127.0.0.1 is an address of this machine itself (loopback)"
    unknown = await faults(event_types=["production.*", "sales.dreamt", "orchestrator.*"])
    assert unknown["event_types"].startswith("no event is called sales.dreamt, orchestrator.*;")


async def test_a_bakery_has_so_many_and_no_more(owner: AsyncClient, url: str) -> None:
    for _ in range(10):
        made = await added(owner, f"{url}/webhooks", HOOK)
    more = await owner.post(f"{url}/webhooks", json=HOOK)
    await owner.delete(f"{url}/webhooks/{made['id']}")

    assert more.status_code == 409
    await added(owner, f"{url}/webhooks", HOOK)


async def test_a_webhook_changes_and_pauses(owner: AsyncClient, url: str) -> None:
    made = await added(owner, f"{url}/webhooks", HOOK)
    own = f"{url}/webhooks/{made['id']}"

    changed = (await owner.patch(own, json={"event_types": ["*"], "status": "disabled"})).json()
    ping = await owner.post(f"{own}/test")
    wrong = await owner.patch(own, json={"url": "https://10.0.0.1/"})

    assert (changed["event_types"], changed["url"]) == (["*"], HOOK["url"])
    assert ping.status_code == 409
    assert wrong.status_code == 422
    assert (await owner.patch(own, json={"status": "active"})).json()["status"] == "active"
    assert (await owner.post(f"{own}/test")).status_code == 202


async def test_a_secret_rotates_once_for_each_wish(
    owner: AsyncClient, url: str, session: AsyncSession
) -> None:
    made = await added(owner, f"{url}/webhooks", HOOK)
    own = f"{url}/webhooks/{made['id']}/rotate-secret"

    first = (await owner.post(own, headers={"Idempotency-Key": "march"})).json()
    again = (await owner.post(own, headers={"Idempotency-Key": "march"})).json()

    assert first == again
    assert first["secret"] != made["secret"]
    row = (await session.scalars(select(Subscription))).one()
    assert row.previous_salt == UUID(made["id"]).bytes


async def test_what_was_revoked_stays_on_record_and_is_sent_nothing(
    owner: AsyncClient, url: str, session: AsyncSession
) -> None:
    made = await added(owner, f"{url}/webhooks", HOOK)
    own = f"{url}/webhooks/{made['id']}"
    ping = (await owner.post(f"{own}/test")).json()

    revoked = (await owner.delete(own)).json()

    assert revoked["status"] == "revoked"
    assert (await owner.delete(own)).json() == revoked
    assert (await owner.get(own)).json() == revoked
    kept = (await owner.get(f"{own}/deliveries/{ping['id']}")).json()
    assert kept["status"] == "cancelled"
    for path in ("test", "rotate-secret", f"deliveries/{ping['id']}/replay"):
        assert (await owner.post(f"{own}/{path}")).status_code == 409
    assert (await owner.patch(own, json={"status": "active"})).status_code == 409


async def test_a_test_is_a_delivery_like_others(owner: AsyncClient, url: str) -> None:
    made = await added(owner, f"{url}/webhooks", HOOK)
    own = f"{url}/webhooks/{made['id']}"

    headers = {"Idempotency-Key": "hello"}
    ping = (await owner.post(f"{own}/test", headers=headers)).json()
    assert (await owner.post(f"{own}/test", headers=headers)).json() == ping

    assert (await owner.get(f"{own}/deliveries?status=pending")).json()["items"] == [ping]
    assert (await owner.get(f"{own}/deliveries?status=failed")).json()["items"] == []
    detail = (await owner.get(f"{own}/deliveries/{ping['id']}")).json()
    assert detail["body"]["type"] == "webhook.ping"
    assert detail["body"]["id"] == ping["event_id"]
    assert detail["log"] == []


async def test_what_failed_is_delivered_again(
    owner: AsyncClient, url: str, session: AsyncSession
) -> None:
    made = await added(owner, f"{url}/webhooks", HOOK)
    other = await added(owner, f"{url}/webhooks", HOOK)
    own = f"{url}/webhooks/{made['id']}"
    pings = [(await owner.post(f"{own}/test")).json() for _ in range(3)]
    await owner.post(f"{url}/webhooks/{other['id']}/test")
    await session.execute(
        update(Delivery)
        .where(Delivery.id != UUID(pings[0]["id"]))
        .values(status="failed", attempts=10, next_at=None, ended_at=NOW)
    )
    since = {"since": "2026-03-03T05:00:00Z"}

    again = (await owner.post(f"{own}/deliveries/{pings[1]['id']}/replay")).json()
    late = await owner.post(f"{own}/replay", json={"since": "2026-03-03T06:00:00Z"})
    rest = await owner.post(f"{own}/replay", json=since)

    assert (again["status"], again["attempts"]) == ("pending", 0)
    assert again["event_id"] == pings[1]["event_id"]
    assert (late.json(), rest.json()) == ({"deliveries": 0}, {"deliveries": 1})
    foreign = f"{url}/webhooks/{other['id']}/deliveries/{pings[0]['id']}"
    assert (await owner.get(foreign)).status_code == 404
    assert (await owner.get(f"{url}/webhooks/{new_id()}/deliveries")).status_code == 404
