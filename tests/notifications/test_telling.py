"""What happens while the day goes on is told once, in both languages, and goes out by mail."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.models import Membership
from obrador.authz.roles import Role
from obrador.inventory.models import Ingredient
from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent
from obrador.kit.i18n import speech
from obrador.kit.ids import new_id
from obrador.kit.mail import FolderMailer, Mail, Mailer
from obrador.notifications import mail, repository
from obrador.notifications.domain import DEFAULTS, KINDS
from obrador.notifications.models import NotificationMail, NotificationRow
from obrador.notifications.post import Postman, claim, remove_old
from obrador.notifications.schemas import MailPreference
from obrador.notifications.telling import consumer, tell_events
from obrador.notifications.wording import lines, title
from obrador.suppliers.models import Supplier
from tests.factories import make_member, make_tenant
from tests.fixtures.mail_servers import MailServer
from tests.fixtures.people import NOW
from tests.statements import counted

ES, EN = (speech(language, "es_ES", "EUR") for language in ("es", "en"))
FLOUR, MILL = UUID(int=7), UUID(int=8)
DELAYED = {
    "name": "Baguette", "what": "start", "at": "2026-03-03T05:00:00+01:00",
    "ready_by": "2026-03-03T07:00:00+01:00", "is_late": True, "is_ordered": False,
}  # fmt: skip
FACTS: dict[str, dict[str, Any]] = {
    "production.schedule.created": {"business_date": "2026-03-03", "revision": 1},
    "production.schedule.rejected": {
        "business_date": "2026-03-03", "revision": 0, "rejected_by": "Ana", "reason": "old",
        "regenerates": True,
    },
    "procurement.plan.created": {"business_date": "2026-03-03", "revision": 2},
    "procurement.plan.rejected": {"business_date": "2026-03-03", "revision": 1},
    "procurement.order.overdue": {
        "order_id": "7", "number": "2026-03-01-1", "supplier_id": str(MILL),
        "delivery_on": "2026-03-02",
    },
    "procurement.order.not_sent": {
        "order_id": "7", "number": "2026-03-01-1", "supplier_id": str(MILL),
        "delivery_on": "2026-03-02", "reason": "No such mailbox.",
    },
    "inventory.stock.critical": {
        "business_date": "2026-03-03", "runs_out": {str(FLOUR): "2026-03-05"}
    },
    "alerts.alert.critical": {"kind": "batch_delayed", "key": "batch_delayed:1", "facts": DELAYED},
    "webhooks.subscription.disabled": {"subscription_id": "1", "url": "https://shop.example"},
}  # fmt: skip


def event(tenant: TenantId, name: str, **other: Any) -> PublishedEvent:
    return PublishedEvent(new_id(), name, 1, tenant, FACTS[name] | other, NOW)


async def rows_of(session: AsyncSession) -> list[NotificationRow]:
    row = NotificationRow
    query = select(row).order_by(row.kind, row.role, row.subject)
    return list(await session.scalars(query))


def test_whoever_tells_hears_of_all_that_is_told() -> None:
    assert set(consumer().routing_keys) == set(FACTS)


@pytest.mark.parametrize("key", FACTS)
async def test_what_happens_is_told_once_in_both_languages(
    session: AsyncSession, tenant: TenantId, key: str
) -> None:
    session.add(Ingredient(tenant_id=tenant, id=FLOUR, name="Harina", name_key="harina", unit="g"))
    session.add(
        Supplier(
            tenant_id=tenant,
            id=MILL,
            name="Molino",
            name_key="molino",
            lead_time_days=1,
            delivery_weekdays=[0],
        )
    )
    await session.flush()
    events = [event(tenant, key), event(tenant, key)]

    assert await tell_events(session, events, lambda: NOW) == 1
    await tell_events(session, [event(tenant, key)], lambda: NOW)

    found = await rows_of(session)
    (kind,) = {row.kind for row in found}
    assert {Role(row.role) for row in found} == set(DEFAULTS[kind])  # type: ignore[index]
    for say in (ES, EN):
        assert title(say, kind, NOW.date(), found[0].facts)  # type: ignore[arg-type]
        (line,) = lines(say, kind, Role.OWNER, found[0].facts)  # type: ignore[arg-type]
        assert len(line) > 10
        assert "None" not in line
        assert "?" not in line


async def test_several_of_a_kind_are_told_and_what_is_ordinary_is_not(
    session: AsyncSession, tenant: TenantId
) -> None:
    told = [
        event(tenant, "alerts.alert.critical", key="batch_delayed:1"),
        event(tenant, "alerts.alert.critical", key="batch_delayed:2"),
        event(tenant, "production.schedule.created", revision=0),
    ]
    await tell_events(session, told, lambda: NOW)

    assert [row.subject for row in await rows_of(session)] == [
        "batch_delayed:1", "batch_delayed:2", "batch_delayed:1", "batch_delayed:2",
    ]  # fmt: skip
    assert await tell_events(session, told[2:], lambda: NOW) == 0


async def test_critical_stock_is_told_again_when_something_else_runs_out(
    session: AsyncSession, tenant: TenantId
) -> None:
    name = "inventory.stock.critical"
    for runs_out in ({str(FLOUR): "2026-03-05"}, {str(FLOUR): "2026-03-06"}, {str(MILL): "x"}):
        await tell_events(session, [event(tenant, name, runs_out=runs_out)], lambda: NOW)

    assert len(await rows_of(session)) == 2 * len(DEFAULTS["stock_critical"])


async def test_more_events_of_more_bakeries_need_no_more_statements(
    session: AsyncSession, database: Database
) -> None:
    tenants = [await make_tenant(session, f"Bakery {number}") for number in range(4)]
    with counted(database) as for_one:
        await tell_events(session, [event(tenants[0], key) for key in FACTS], lambda: NOW)
    with counted(database) as for_more:
        more = [event(tenant, key) for tenant in tenants[1:] for key in FACTS]
        await tell_events(session, more, lambda: NOW)

    assert len(for_more) == len(for_one) <= 9


async def test_people_choose_when_they_get_mail(
    session: AsyncSession, tenant: TenantId, owner: AsyncClient, admin: AsyncClient, url: str
) -> None:
    own = f"{url}/notification-preferences/mail"
    assert (await owner.get(own)).json() == {"mode": "usual", "language": None}
    await tell_events(session, [event(tenant, "alerts.alert.critical")], lambda: NOW)

    assert (await owner.put(own, json={"mode": "off", "language": "en"})).json()["mode"] == "off"

    assert (await owner.get(own)).json() == {"mode": "off", "language": "en"}
    assert (await owner.put(own, json={"mode": "never"})).status_code == 422
    assert (await admin.put(own, json={"mode": "each"})).status_code == 422
    await tell_events(session, [event(tenant, "procurement.order.overdue")], lambda: NOW)
    assert (await session.scalars(select(NotificationMail))).all() == []


def test_the_digest_goes_out_at_seven_wherever_the_bakery_is() -> None:
    def at(now: datetime, zone: str) -> str:
        return mail.next_digest(now, zone).isoformat()

    assert at(NOW, "Europe/Madrid") == "2026-03-03T06:00:00+00:00"
    assert at(NOW + timedelta(minutes=30), "Europe/Madrid") == "2026-03-04T06:00:00+00:00"
    assert at(NOW, "America/Lima") == "2026-03-03T12:00:00+00:00"
    # The night in which clocks are put forward.
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert at(spring, "Europe/Madrid") == "2026-03-29T05:00:00+00:00"


class Office:
    """A bakery with an owner, and its post."""

    def __init__(self, database: Database, mailer: Mailer) -> None:
        self.database = database
        self.now = NOW
        self.post = Postman(database, mailer, lambda: self.now)

    async def open(self, role: Role = Role.OWNER) -> None:
        async with self.database.transaction() as session:
            self.tenant = await make_tenant(session, "Panadería Sol")
            self.person = await make_member(session, self.tenant, role)

    async def tell(self, *events: tuple[str, dict[str, Any]]) -> None:
        async with self.database.transaction() as session:
            told = [event(self.tenant, name, **facts) for name, facts in events]
            await tell_events(session, told, lambda: self.now)

    async def wish(self, wish: MailPreference) -> None:
        async with self.database.transaction() as session:
            await repository.set_mail_wish(
                session, self.tenant, self.person, wish.mode, wish.language
            )

    async def deliver(self, later: timedelta = timedelta()) -> int:
        self.now += later
        return await self.post.round()

    async def mails(self) -> list[NotificationMail]:
        async with self.database.transaction() as session:
            return list(await session.scalars(select(NotificationMail)))


@pytest.fixture
async def office(module_database: Database, mail_server: MailServer) -> AsyncIterator[Office]:
    office = Office(module_database, mail_server.mailer())
    await office.open()
    yield office
    async with module_database.transaction() as session:
        await session.execute(text("delete from tenants"))


def late(number: int) -> tuple[str, dict[str, Any]]:
    return "alerts.alert.critical", {"key": f"batch_delayed:{number}"}


REJECTED = ("production.schedule.rejected", dict[str, Any]())


async def test_many_of_a_kind_within_minutes_are_one_mail(
    office: Office, mail_server: MailServer
) -> None:
    await office.tell(late(1), late(2))
    assert await office.deliver(timedelta(minutes=1)) == 0
    await office.tell(late(3))
    assert await office.deliver(timedelta(minutes=1)) == 1
    assert await office.deliver(timedelta(hours=1)) == 0

    (got,) = mail_server.got
    assert got["Subject"] == "El obrador le necesita, y 2 más"
    said = got.get_content()
    assert said.splitlines()[0] == "Panadería Sol"
    assert said.count("El obrador le necesita") == 1
    assert said.count("- Baguette") == 3


async def test_what_can_wait_is_in_the_digest_in_ones_own_language(
    office: Office, mail_server: MailServer
) -> None:
    await office.wish(MailPreference(mode="usual", language="en"))
    await office.tell(REJECTED, late(1))

    await office.deliver(timedelta(minutes=2))
    assert await office.deliver(timedelta(minutes=3)) == 0
    await office.deliver(timedelta(minutes=25))

    assert [each["Subject"] for each in mail_server.got] == [
        "The bakery needs you", "A bake was turned down",
    ]  # fmt: skip
    assert "turned down by Ana. “old” It is planned again now." in mail_server.got[1].get_content()


@pytest.mark.parametrize(("mode", "at_once"), [("each", 1), ("digest", 0), ("off", 0)])
async def test_everybody_as_they_wish(
    office: Office, mail_server: MailServer, mode: mail.Mode, at_once: int
) -> None:
    await office.wish(MailPreference(mode=mode))
    await office.tell(REJECTED, late(1))

    assert await office.deliver(timedelta(minutes=2)) == at_once
    await office.deliver(timedelta(hours=1))
    assert len(mail_server.got) == (mode != "off")


async def test_what_was_muted_or_is_for_others_is_not_written(
    office: Office, mail_server: MailServer
) -> None:
    async with office.database.transaction() as session:
        await repository.set_wish(
            session, office.tenant, str(office.person), "floor_alert", wanted=False
        )
    await office.tell(late(1))
    await office.open(Role.VIEWER)
    await office.tell(late(1))

    assert await office.deliver(timedelta(hours=2)) == 0


async def test_a_server_that_fails_twice_gets_it_once(
    office: Office, mail_server: MailServer
) -> None:
    mail_server.answers = ["451 later", "451 later"]
    await office.tell(late(1))
    await office.deliver(timedelta(minutes=2))
    await office.tell(late(2))  # another mail: what was tried once stays as it is
    await office.deliver(timedelta(seconds=50))
    await office.deliver(timedelta(minutes=2))
    await office.deliver(timedelta(minutes=6))

    assert sorted(each.get_content().count("- Baguette") for each in mail_server.got) == [1, 1]
    assert len({each["Message-ID"] for each in mail_server.got}) == 2
    ended = await office.mails()
    assert all(each.ended_at is not None and each.error is None for each in ended)


async def test_an_address_that_nobody_has_is_given_up(
    office: Office, mail_server: MailServer
) -> None:
    async with office.database.transaction() as session:
        address = await session.scalar(
            text("select email from users where id = :id"), {"id": office.person}
        )
    mail_server.unknown = {address}
    await office.tell(late(1))
    await office.deliver(timedelta(minutes=2))

    (own,) = await office.mails()
    assert own.ended_at is not None
    assert "no such mailbox" in (own.error or "")
    assert await office.deliver(timedelta(days=2)) == 0
    assert await remove_old(office.database, office.now) == 1


async def test_who_dies_after_sending_sends_the_same_mail_again(
    office: Office, tmp_path: Path
) -> None:
    """Between the server's yes and our note: under the same Message-ID, so in a folder once."""
    await office.tell(late(1))
    office.now += timedelta(minutes=2)
    async with office.database.transaction() as session:
        (first,) = await claim(session, office.now, 9)
        assert await claim(session, office.now, 9) == []
    mailer = FolderMailer(tmp_path, "obrador@bakery.example")
    office.post = Postman(office.database, mailer, lambda: office.now)
    await mailer.send(Mail(first.to, "x", "x", f"notification.{first.mail_id}@obrador", office.now))

    assert await office.deliver(timedelta(minutes=6)) == 1
    assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".eml"]  # noqa: ASYNC240


async def test_who_leaves_gets_no_more_mail(office: Office, mail_server: MailServer) -> None:
    await office.tell(late(1))
    async with office.database.transaction() as session:
        await session.delete(await session.get_one(Membership, (office.tenant, office.person)))

    assert await office.deliver(timedelta(hours=2)) == 0


def test_a_mail_is_given_up_in_the_end() -> None:
    attempts = len(mail.PAUSES)
    assert mail.next_attempt(1, NOW) == NOW + timedelta(minutes=1)
    assert mail.next_attempt(attempts, NOW) == NOW + timedelta(hours=12)
    assert mail.next_attempt(attempts + 1, NOW) is None


def test_every_kind_has_its_roles() -> None:
    assert set(DEFAULTS) == set(KINDS)
