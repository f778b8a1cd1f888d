"""Orders on their way to suppliers: numbers, papers, mail that arrives once."""

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from io import StringIO
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.models import StockLot
from obrador.kit.db import Database
from obrador.kit.mail import FolderMailer, Mail, Mailer
from obrador.kit.outbox import OutboxEvent
from obrador.migrations.apply import migrate
from obrador.plan_changes import Who
from obrador.procurement import receiving, sending
from obrador.procurement.courier import MOST_ATTEMPTS, Courier
from obrador.procurement.models import PurchaseOrder, PurchaseOrderLine
from obrador.procurement.order_models import OrderMail
from obrador.procurement.paper import load_papers
from obrador.procurement.paper_words import PaperWords
from obrador.procurement.receipt_schemas import LineReceipt, LotReceipt, ReceiptInput
from obrador.suppliers.models import Supplier
from tests.factories import make_tenant
from tests.fixtures.mail_servers import MailServer
from tests.fixtures.people import NOW
from tests.procurement.orders import TUESDAY, WEDNESDAY, Stocked, ordered, stocked
from tests.procurement.reacting import react


class _SameSession:
    """A database whose transactions are savepoints of the test's own."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One at a time."""
        async with self.session.begin_nested():
            yield self.session
        self.session.expunge_all()


def courier(session: AsyncSession, mailer: Mailer, now: datetime = NOW) -> Courier:
    return Courier(cast(Database, _SameSession(session)), mailer, lambda: now)


@pytest.fixture
async def things(session: AsyncSession, tenant: TenantId) -> Stocked:
    return await stocked(session, tenant)


@pytest.fixture
async def path(session: AsyncSession, url: str, things: Stocked) -> str:
    """Where an approved order is."""
    return f"{url}/procurement/orders/{await ordered(session, things)}"


async def _shown(client: AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.get(f"{path}/sending")
    assert answer.status_code == 200, answer.text
    return cast(dict[str, Any], answer.json())


async def test_an_order_goes_out_once_however_often_it_is_asked_for(
    buyer: AsyncClient, session: AsyncSession, path: str, mail_server: MailServer
) -> None:
    for _ in range(2):
        answer = await buyer.post(f"{path}/send", json={"note": "Por la puerta de atrás."})
        assert answer.status_code == 202
        assert answer.json()["mail"]["status"] == "queued"

    assert await courier(session, mail_server.mailer()).deliver_due() == 1
    assert await courier(session, mail_server.mailer()).deliver_due() == 0
    again = (await buyer.post(f"{path}/send", json={})).json()

    (got,) = mail_server.got
    assert again["status"] == "sent"
    assert again["sent_via"] == "mail"
    assert got["Message-ID"] == f"<{again['mail']['message_id']}>"
    assert got["To"] == "pedidos@molino.example"
    assert "@" in got["Reply-To"]
    assert got["Subject"].startswith(f"Pedido {again['number']} de ")
    assert got["Subject"].endswith("miércoles, 4 de marzo 2026")
    text, pdf = got.iter_parts()
    body = cast(EmailMessage, text).get_content()
    assert "- 4 × 25 kg Harina: 76,00\xa0€" in body
    assert "Por la puerta de atrás." in body
    assert cast(EmailMessage, pdf).get_content().startswith(b"%PDF")
    assert pdf.get_filename() == f"{again['number']}.pdf"


async def test_a_server_that_fails_twice_is_tried_again_with_growing_pauses(
    buyer: AsyncClient, session: AsyncSession, path: str, mail_server: MailServer
) -> None:
    mail_server.answers = ["451 out of order", "421 still"]
    await buyer.post(f"{path}/send", json={})
    mailer, now, tried = mail_server.mailer(), NOW, []

    for minutes in (0, 1, 1, 1):
        now += timedelta(minutes=minutes)
        tried.append(await courier(session, mailer, now).deliver_due())
        if len(tried) == 1:
            seen = await _shown(buyer, path)
            assert (seen["status"], seen["mail"]["attempts"]) == ("approved", 1)
            assert "451 out of order" in seen["mail"]["last_error"]

    assert tried == [1, 1, 0, 1]
    assert len(mail_server.got) == 1
    seen = await _shown(buyer, path)
    assert (seen["status"], seen["mail"]["attempts"], seen["mail"]["last_error"]) == ("sent", 3, "")


async def test_what_ends_without_success_is_told_and_can_be_asked_for_again(
    buyer: AsyncClient, session: AsyncSession, path: str, url: str, mail_server: MailServer
) -> None:
    mail_server.unknown = {"pedidos@molino.example"}
    await buyer.post(f"{path}/send", json={})
    await courier(session, mail_server.mailer()).deliver_due()

    seen = await _shown(buyer, path)
    assert (seen["status"], seen["mail"]["status"]) == ("approved", "failed")
    await react(session, "procurement.order.not_sent")
    (alert,) = (await buyer.get(f"{url}/alerts?lang=es")).json()["items"]
    assert alert["severity"] == "critical"
    assert "no such mailbox" in alert["message"]
    assert "No se ha podido enviar el pedido 20260303-01 a Molino Ñandú" in alert["message"]

    await session.execute(update(Supplier).values(email="ventas@molino.example"))
    await buyer.post(f"{path}/send", json={})
    await courier(session, mail_server.mailer()).deliver_due()

    assert [mail["To"] for mail in mail_server.got] == ["ventas@molino.example"]
    await react(session, "procurement.order.status_changed")
    assert (await buyer.get(f"{url}/alerts")).json()["items"] == []


async def test_a_server_that_stays_away_is_given_up_after_some_hours(
    buyer: AsyncClient, session: AsyncSession, path: str, mail_server: MailServer
) -> None:
    mail_server.answers = ["451 out of order"] * MOST_ATTEMPTS
    await buyer.post(f"{path}/send", json={})
    now, attempts = NOW, 0

    for _ in range(20):
        attempts += await courier(session, mail_server.mailer(), now).deliver_due()
        now += timedelta(hours=1, minutes=5)

    assert attempts == MOST_ATTEMPTS
    assert (await _shown(buyer, path))["mail"]["status"] == "failed"


async def test_an_order_that_changes_before_it_goes_does_not_go(
    buyer: AsyncClient, session: AsyncSession, path: str, mail_server: MailServer
) -> None:
    await buyer.post(f"{path}/send", json={})
    await session.execute(update(PurchaseOrder).values(version=2))

    await courier(session, mail_server.mailer()).deliver_due()
    assert mail_server.got == []
    assert (await _shown(buyer, path))["mail"]["status"] == "withdrawn"

    await buyer.post(f"{path}/send", json={})
    await courier(session, mail_server.mailer()).deliver_due()
    assert len(mail_server.got) == 1


async def test_dead_between_handing_over_and_noting_it_comes_again_as_the_same_message(
    buyer: AsyncClient, session: AsyncSession, path: str, mail_server: MailServer
) -> None:
    class Death(BaseException):
        pass

    class Dies:
        via = "mail"

        async def send(self, mail: Mail) -> None:
            await mail_server.mailer().send(mail)
            raise Death

    await buyer.post(f"{path}/send", json={})
    with pytest.raises(Death):
        await courier(session, cast(Mailer, Dies())).deliver_due()
    assert (await _shown(buyer, path))["status"] == "approved"

    soon, later = NOW + timedelta(minutes=1), NOW + timedelta(minutes=6)
    assert await courier(session, mail_server.mailer(), soon).deliver_due() == 0
    assert await courier(session, mail_server.mailer(), later).deliver_due() == 1

    first, second = mail_server.got
    assert first["Message-ID"] == second["Message-ID"]
    assert (await _shown(buyer, path))["status"] == "sent"
    sent = (
        select(func.count())
        .select_from(OutboxEvent)
        .where(OutboxEvent.routing_key == "procurement.order.status_changed")
    )
    assert await session.scalar(sent) == 1


async def test_without_a_mail_server_it_lies_in_the_outbox_and_says_so(
    buyer: AsyncClient, session: AsyncSession, path: str, tmp_path: Path
) -> None:
    await buyer.post(f"{path}/send", json={})

    await courier(session, FolderMailer(tmp_path / "outbox", "me@bakery.example")).deliver_due()

    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1
    assert (await _shown(buyer, path))["sent_via"] == "file"


async def test_a_supplier_without_address_is_told_by_telephone(
    buyer: AsyncClient, session: AsyncSession, path: str
) -> None:
    await session.execute(update(Supplier).values(email=None))
    answer = await buyer.post(f"{path}/send", json={})
    assert answer.status_code == 409
    assert "Molino Ñandú has no mail address" in answer.json()["detail"]

    given = {"via": "phone", "note": "Ana took it"}
    told = [(await buyer.post(f"{path}/send", json=given)).json() for _ in range(2)]

    assert told[0] == told[1]
    assert (told[0]["status"], told[0]["sent_via"], told[0]["sent_note"]) == (
        "sent",
        "phone",
        "Ana took it",
    )


async def test_a_draft_is_not_sent(
    buyer: AsyncClient, viewer: AsyncClient, session: AsyncSession, url: str, things: Stocked
) -> None:
    path = f"{url}/procurement/orders/{await ordered(session, things, 'draft')}"

    answer = await buyer.post(f"{path}/send", json={})

    assert answer.status_code == 409
    assert "it can become approved or cancelled" in answer.json()["detail"]
    assert (await viewer.post(f"{path}/send", json={})).status_code == 403
    assert (await _shown(viewer, path))["number"] is None


async def test_papers_say_the_same_and_hold_no_formula(
    viewer: AsyncClient, session: AsyncSession, url: str, things: Stocked
) -> None:
    orders = [await ordered(session, things) for _ in range(2)]
    numbers = []
    for own_id in orders:
        path = f"{url}/procurement/orders/{own_id}"
        pdf, again = [await viewer.get(f"{path}/order.pdf") for _ in range(2)]
        assert pdf.headers["Content-Type"] == "application/pdf"
        assert pdf.content == again.content
        sheet = await viewer.get(f"{path}/order.csv")
        flour, eggs = csv.DictReader(StringIO(sheet.text))
        assert (flour["packs"], flour["pack_size"], flour["amount"]) == ("4", "25000", "76.00")
        assert eggs["article"] == "'=Huevos"
        numbers.append(flour["order"])

    assert numbers == ["20260303-01", "20260303-02"]


async def test_what_is_asked_for_twice_at_once_happens_once(
    empty_database_url: str, mail_server: MailServer
) -> None:
    database = Database(empty_database_url)
    await migrate(database)
    async with database.transaction() as session:
        things = await stocked(session, await make_tenant(session))
        own_id = await ordered(session, things)

    async def ask() -> None:
        async with database.transaction() as session:
            await sending.send(session, things.tenant, own_id, Who(None, "Ana", NOW), "")

    await asyncio.gather(ask(), ask())
    couriers = [Courier(database, mail_server.mailer(), lambda: NOW) for _ in range(2)]
    await asyncio.gather(*(each.deliver_due() for each in couriers))

    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(OrderMail)) == 1
        assert await session.scalar(select(PurchaseOrder.status)) == "sent"
    assert len(mail_server.got) == 1

    async def receive(key: int, bags: int) -> None:
        lots = [LotReceipt(quantity=Decimal(25 * bags), unit="kg")]
        given = ReceiptInput(lines=[LineReceipt(position=0, lots=lots)])
        who = Who(None, "Ana", NOW)
        async with database.transaction() as session:
            await receiving.receive(session, things.tenant, own_id, UUID(int=key), given, who)

    await asyncio.gather(receive(1, 1), receive(2, 2), receive(1, 1))

    async with database.transaction() as session:
        line = select(PurchaseOrderLine.received).where(PurchaseOrderLine.position == 0)
        assert await session.scalar(line) == 75_000
        assert await session.scalar(select(func.sum(StockLot.remaining))) == 75_000
    await database.close()


@pytest.mark.parametrize(("due", "counts"), [(WEDNESDAY, 0), (TUESDAY - timedelta(days=1), 1)])
async def test_an_order_called_off_in_time_says_nothing_of_its_supplier(
    buyer: AsyncClient, session: AsyncSession, url: str, things: Stocked, due: date, counts: int
) -> None:
    path = f"{url}/procurement/orders/{await ordered(session, things, delivery_on=due)}"
    await buyer.post(f"{path}/send", json={"via": "phone"})

    answer = await buyer.post(
        f"{path}/cancel", json={"reason": "closed that day"}, headers={"If-Match": '"2"'}
    )

    assert answer.status_code == 200, answer.text
    told = (await buyer.get(f"{url}/suppliers/{things.mill}/performance")).json()
    assert told["deliveries"] == counts


async def test_mail_of_a_cancelled_order_does_not_go(
    buyer: AsyncClient, session: AsyncSession, path: str, mail_server: MailServer
) -> None:
    await buyer.post(f"{path}/send", json={})
    answer = await buyer.post(
        f"{path}/cancel", json={"reason": "no longer needed"}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 200, answer.text

    await courier(session, mail_server.mailer()).deliver_due()

    assert mail_server.got == []
    assert (await _shown(buyer, path))["mail"]["status"] == "withdrawn"
    assert (await buyer.post(f"{path}/send", json={})).status_code == 409


async def test_a_courier_delivers_until_it_is_told_to_stop(
    buyer: AsyncClient, session: AsyncSession, path: str, mail_server: MailServer
) -> None:
    stop = asyncio.Event()

    class StopsMeanwhile:
        via = "mail"

        async def send(self, mail: Mail) -> None:
            stop.set()
            await mail_server.mailer().send(mail)

    await buyer.post(f"{path}/send", json={})

    await courier(session, cast(Mailer, StopsMeanwhile())).run(stop)

    assert len(mail_server.got) == 1
    assert (await _shown(buyer, path))["status"] == "sent"


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ["2.5 kg", "€10.00", "Wednesday, 4 March 2026", "please deliver to"]),
        ("es", ["2,5 kg", "10,00\xa0€", "miércoles, 4 de marzo 2026", "con entrega el"]),
        (None, ["2,5 kg", "10,00\xa0€", "miércoles, 4 de marzo 2026", "con entrega el"]),
    ],
)
async def test_a_supplier_reads_its_own_language_and_numbers(
    session: AsyncSession, tenant: TenantId, language: str | None, says: list[str]
) -> None:
    things = await stocked(session, tenant, language=language)
    own_id = await ordered(session, things, packs=1)
    line = (PurchaseOrderLine.order_id == own_id) & (PurchaseOrderLine.position == 0)
    await session.execute(
        update(PurchaseOrderLine).where(line).values(pack_size=2_500, pack_price_minor=1_000)
    )

    words = PaperWords((await load_papers(session, [(tenant, own_id)]))[own_id])

    assert [each for each in says if each not in words.text] == []
