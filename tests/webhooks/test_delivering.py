"""Deliveries to a real receiver: signed, tried again, given up, and never in each other's way."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy import select, text
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from obrador.authz import TenantId
from obrador.integrations.webhooks.sender import Sender
from obrador.kit.clock import system_clock
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from obrador.kit.in_process import InProcess
from obrador.kit.outbox import Event, OutboxEvent, publish_all
from obrador.kit.relay import Relay
from obrador.webhooks import queue, service
from obrador.webhooks.domain import ATTEMPTS, FAILING, PAUSES, outcome
from obrador.webhooks.models import Attempt, Delivery, Subscription
from obrador.webhooks.schemas import SubscriptionInput
from tests.factories import make_tenant
from tests.fixtures.served import listening

KEY = "a key that only the tests know and use"
NOW = datetime(2026, 3, 3, 5, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Baked(Event):
    """Something was baked."""

    routing_key: ClassVar[str] = "production.baked"

    what: str


@dataclass
class Receiver:
    """Keeps what it gets; answers as it is told, then with 200."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    hanging: int = 0
    most_hanging: int = 0
    url: str = ""

    async def hook(self, request: Request) -> Response:
        self.got.append((dict(request.headers), await request.body()))
        return Response("ok", self.answers.pop(0) if self.answers else 200)

    async def hang(self) -> Response:
        self.hanging += 1
        self.most_hanging = max(self.hanging, self.most_hanging)
        try:
            await asyncio.sleep(0.4)
        finally:
            self.hanging -= 1
        return Response("late")


@pytest.fixture(scope="module")
def served() -> Iterator[Receiver]:
    receiver, app = Receiver(), FastAPI()
    app.post("/hook")(receiver.hook)
    app.post("/hang")(receiver.hang)
    with listening(app) as url:
        receiver.url = url
        yield receiver


@pytest.fixture
def receiver(served: Receiver) -> Receiver:
    served.got, served.answers, served.most_hanging = [], [], 0
    return served


@pytest.fixture
async def own(module_database: Database) -> AsyncIterator[Database]:
    """A database for tests that commit, empty of deliveries and events."""
    yield module_database
    async with module_database.transaction() as session:
        await session.execute(text("delete from webhook_subscriptions"))
        await session.execute(text("delete from outbox_events"))


@dataclass
class Bench:
    """Somebody who delivers, by a clock that is set by hand."""

    database: Database
    now: datetime = NOW
    seconds: float = 5
    key: str = KEY

    def __post_init__(self) -> None:
        self.sender = Sender(self.seconds, allow_private=True)
        self.deliverer = service.Deliverer(
            self.database, self.sender, self.key, lambda: self.now, self.seconds
        )

    async def round(self, later: timedelta = timedelta()) -> int:
        """Deliver all that is due by then."""
        self.now += later
        count = 0
        while taken := await self.deliverer.take():
            count += taken
            await self.deliverer.finish()
        return count

    async def bakery(self) -> TenantId:
        async with self.database.transaction() as session:
            return await make_tenant(session)

    async def subscribe(self, tenant: TenantId, url: str, *types: str) -> tuple[UUID, str]:
        """A subscription's id and secret."""
        given = SubscriptionInput(url=url, event_types=list(types or ("production.*",)))
        known = {"production.baked", "sales.imported"}
        async with self.database.transaction() as session:
            made = await service.create(
                session, tenant, new_id(), given, KEY, known, self.now, allow_private=True
            )
        return made.id, made.secret

    async def tell(self, tenant: TenantId, *names: str) -> None:
        """Events through the outbox and the relay, as everywhere."""
        async with self.database.transaction() as session:
            await publish_all(session, [Baked(tenant, name) for name in names])
        await self.relay()

    async def relay(self) -> int:
        hearing = service.consumer({"production", "webhooks"}, lambda: self.now)
        return await Relay(self.database, InProcess(self.database, [hearing])).publish_batch()

    async def deliveries(self) -> list[Delivery]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(Delivery).order_by(Delivery.id)))

    async def attempts(self) -> list[Attempt]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(Attempt).order_by(Attempt.claim)))

    async def subscription(self, own_id: UUID) -> Subscription:
        async with self.database.transaction() as session:
            query = select(Subscription).where(Subscription.id == own_id)
            return (await session.scalars(query)).one()


@pytest.fixture
async def bench(own: Database) -> AsyncIterator[Bench]:
    bench = Bench(own)
    yield bench
    await bench.sender.close()


async def test_who_subscribed_gets_a_signed_cloud_event(bench: Bench, receiver: Receiver) -> None:
    bench.now = system_clock()  # the library refuses what was signed long ago
    tenant, other = await bench.bakery(), await bench.bakery()
    _, secret = await bench.subscribe(tenant, f"{receiver.url}/hook")
    await bench.subscribe(other, f"{receiver.url}/hook", "sales.imported")
    await bench.tell(tenant, "bread")
    await bench.tell(other, "rolls")

    assert await bench.round() == 1
    ((headers, body),) = receiver.got
    told = Webhook(secret).verify(body, headers)
    assert told["specversion"] == "1.0"
    assert (told["type"], told["tenantid"]) == ("production.baked", str(tenant))
    assert told["data"] == {"what": "bread"}
    assert headers["webhook-id"] == told["id"]
    assert headers["content-type"] == "application/cloudevents+json"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)
    assert [each.status for each in await bench.deliveries()] == ["delivered"]


async def test_a_receiver_that_fails_twice_is_asked_again(bench: Bench, receiver: Receiver) -> None:
    receiver.answers = [500, 302]
    own_id, _ = await bench.subscribe(tenant := await bench.bakery(), f"{receiver.url}/hook")
    await bench.tell(tenant, "bread")

    await bench.round()
    assert (await bench.subscription(own_id)).failing_since == NOW
    assert await bench.round(timedelta(seconds=4)) == 0
    await bench.round(timedelta(seconds=2))
    await bench.round(timedelta(minutes=6))

    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.got}) == 3
    assert [each.status for each in await bench.attempts()] == [500, 302, 200]
    assert (await bench.attempts())[2].answer == "ok"
    (delivery,) = await bench.deliveries()
    assert (delivery.status, delivery.attempts) == ("delivered", 3)
    assert (await bench.subscription(own_id)).failing_since is None


async def test_after_days_of_failure_it_is_given_up_told_and_can_be_replayed(
    bench: Bench, receiver: Receiver
) -> None:
    receiver.answers = [503] * ATTEMPTS
    own_id, _ = await bench.subscribe(tenant := await bench.bakery(), f"{receiver.url}/hook", "*")
    await bench.tell(tenant, "bread")
    await bench.round()
    for pause in PAUSES[:-1]:
        assert await bench.round(pause * 1.1) == 1
    await bench.tell(tenant, "rolls")
    bench.now += PAUSES[-1] * 1.1
    await bench.round()

    gone = await bench.subscription(own_id)
    assert (gone.status, gone.disabled_because) == (
        "disabled",
        "Nothing could be delivered for 3 days.",
    )
    assert [each.status for each in await bench.deliveries()] == ["failed", "failed"]
    async with bench.database.transaction() as session:
        told = [
            row.payload
            for row in await session.scalars(select(OutboxEvent))
            if row.routing_key == "webhooks.subscription.disabled"
        ]
    assert [each["subscription_id"] for each in told] == [str(own_id)]
    await bench.relay()
    await bench.tell(tenant, "cake")
    assert len(await bench.deliveries()) == 2

    receiver.answers.clear()
    async with bench.database.transaction() as session:
        again = (await session.scalars(select(Subscription))).one()
        again.status, again.failing_since = "active", None
        replayed = await service.replay_failed(session, tenant, own_id, NOW, bench.now)
    assert replayed.deliveries == 2
    assert await bench.round() == 2
    assert [each.status for each in await bench.deliveries()] == ["delivered"] * 2


async def test_a_receiver_that_is_gone_is_left_alone(bench: Bench, receiver: Receiver) -> None:
    receiver.answers = [410]
    own_id, _ = await bench.subscribe(tenant := await bench.bakery(), f"{receiver.url}/hook")
    await bench.tell(tenant, "bread")
    await bench.round()

    assert (await bench.subscription(own_id)).status == "disabled"


async def test_who_hangs_holds_up_nobody_else(own: Database, receiver: Receiver) -> None:
    bench = Bench(own, seconds=0.3)
    slow, quick = await bench.bakery(), await bench.bakery()
    await bench.subscribe(slow, f"{receiver.url}/hang")
    await bench.subscribe(quick, f"{receiver.url}/hook")
    await bench.tell(slow, *"abcdefghijklmnop")
    await bench.tell(quick, "bread")

    assert await bench.deliverer.take() == queue.FOR_A_RECEIVER + 1
    async with asyncio.timeout(5):
        while not receiver.got:  # noqa: ASYNC110  what is waited for is in another thread
            await asyncio.sleep(0.01)
    assert receiver.most_hanging > 0
    assert await bench.deliverer.take() == 0  # enough of this one is in hand
    await bench.deliverer.finish()
    assert receiver.most_hanging <= queue.FOR_A_RECEIVER
    assert await bench.deliverer.take() == 1  # one at a time while it fails
    await bench.deliverer.finish()
    await bench.sender.close()

    answers = {each.answer for each in await bench.attempts()}
    assert answers == {"No answer within 0.3 seconds.", "ok"}


async def test_one_bakery_has_so_much_in_hand_and_no_more(bench: Bench, receiver: Receiver) -> None:
    tenant = await bench.bakery()
    for _ in range(4):
        await bench.subscribe(tenant, f"{receiver.url}/hook")
    await bench.tell(tenant, *"abcd")

    async with bench.database.transaction() as session:
        first, place = await queue.claim(session, 64, queue.START, NOW, timedelta(minutes=1))
        again, _ = await queue.claim(session, 64, place, NOW, timedelta(minutes=1))
        assert (len(first), again) == (queue.FOR_A_TENANT, [])
        more, _ = await queue.claim(session, 64, queue.START, NOW, timedelta(minutes=1))
        assert more == []


async def test_what_a_dead_worker_had_in_hand_is_delivered_by_another(
    bench: Bench, receiver: Receiver
) -> None:
    await bench.subscribe(tenant := await bench.bakery(), f"{receiver.url}/hook")
    await bench.tell(tenant, "bread")
    async with bench.database.transaction() as session:
        ((dead,), _) = await queue.claim(session, 9, queue.START, NOW, timedelta(seconds=60))

    assert await bench.round(timedelta(seconds=59)) == 0
    assert await bench.round(timedelta(seconds=2)) == 1

    (delivery,) = await bench.deliveries()
    assert (delivery.status, delivery.attempts, dead.attempt) == ("delivered", 2, 1)


async def test_what_was_revoked_meanwhile_is_not_delivered(
    bench: Bench, receiver: Receiver
) -> None:
    own_id, _ = await bench.subscribe(tenant := await bench.bakery(), f"{receiver.url}/hook")
    await bench.tell(tenant, "bread")
    async with bench.database.transaction() as session:
        await service.revoke(session, tenant, own_id, bench.now)
    await bench.tell(tenant, "rolls")

    assert await bench.round() == 0
    assert receiver.got == []
    assert [each.status for each in await bench.deliveries()] == ["cancelled"]


async def test_for_a_day_both_secrets_sign(bench: Bench, receiver: Receiver) -> None:
    bench.now = system_clock()
    own_id, old = await bench.subscribe(tenant := await bench.bakery(), f"{receiver.url}/hook")
    async with bench.database.transaction() as session:
        rotated = await service.rotate_secret(
            session, tenant, own_id, new_id().bytes, KEY, bench.now - timedelta(hours=23)
        )
    await bench.tell(tenant, "bread")
    await bench.round()
    ((headers, body),) = receiver.got
    for secret in (old, rotated.secret):
        assert Webhook(secret).verify(body, headers)

    bench.now += timedelta(hours=2)
    await bench.tell(tenant, "rolls")
    await bench.round()
    assert " " not in receiver.got[1][0]["webhook-signature"]


async def test_with_another_secret_key_nothing_is_signed_wrongly(
    own: Database, receiver: Receiver
) -> None:
    bench = Bench(own, key="another key of thirty-two letters.")
    await bench.subscribe(tenant := await bench.bakery(), f"{receiver.url}/hook")
    await bench.tell(tenant, "bread")
    await bench.round()
    await bench.sender.close()

    assert receiver.got == []
    assert (await bench.attempts())[0].answer.startswith("SECRET_KEY is another one now")


async def test_an_event_that_is_relayed_twice_is_delivered_once(
    bench: Bench, receiver: Receiver
) -> None:
    await bench.subscribe(tenant := await bench.bakery(), f"{receiver.url}/hook")
    await bench.tell(tenant, "bread")
    async with bench.database.transaction() as session:
        await session.execute(text("update outbox_events set published_at = null"))
        await session.execute(text("delete from consumed_events"))
    assert await bench.relay() == 1

    assert await bench.round() == 1


async def test_old_deliveries_are_removed(bench: Bench, receiver: Receiver) -> None:
    await bench.subscribe(tenant := await bench.bakery(), f"{receiver.url}/hook")
    await bench.tell(tenant, "old")
    await bench.round()
    bench.now += timedelta(days=100)
    await bench.tell(tenant, "new")

    assert await service.remove_old(bench.database, NOW) == 0
    assert await service.remove_old(bench.database, NOW + timedelta(days=1)) == 1
    assert [each.status for each in await bench.deliveries()] == ["pending"]
    assert await bench.attempts() == []


def test_pauses_grow_and_what_a_receiver_asks_for_counts() -> None:
    def pause(**facts: Any) -> timedelta:
        given = {"attempt": 1, "status": 500, "failing_since": None, "chance": 0.0} | facts
        found = outcome(now=NOW, **given).next_at
        assert found is not None
        return found - NOW

    assert [pause(attempt=n) for n in range(1, ATTEMPTS)] == list(PAUSES)
    assert pause(chance=1.0) == timedelta(seconds=5.5)
    assert pause(retry_after=60) == timedelta(seconds=60)
    assert pause(attempt=4, retry_after=60) == PAUSES[3]
    assert pause(retry_after=10**8) == timedelta(hours=24)
    assert outcome(ATTEMPTS, None, NOW, NOW, 0.0).status == "failed"
    assert sum(PAUSES, timedelta()) > FAILING
