"""A bakery's calendar over HTTP."""

from datetime import date, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import add_named_products
from obrador.kit.calendar import public_holidays
from obrador.kit.db import Database
from obrador.kit.ids import derived_id, new_id
from obrador.sales.domain import SalesHistory
from obrador.sales.service import add_history
from obrador.tenants import service as tenants
from obrador.tenants.domain import Event, shop_days
from obrador.tenants.models import Tenant
from tests.calendar.bakeries import history
from tests.factories.things import added
from tests.statements import counted

FAIR = {
    "kind": "event",
    "name": "Feria",
    "first_day": "2026-05-02",
    "last_day": "2026-05-04",
    "is_yearly": False,
}
FILE = (
    "Nombre;Desde;Hasta;Clase\nSemana Santa;27/03/2026;06/04/2026;vacaciones\nFeria;02/05/2026;;\n"
)
BREAD, ROLL = derived_id("bread"), derived_id("roll")


async def upload(client: AsyncClient, url: str, content: str, **form: Any) -> Any:
    files = {"file": ("calendario.csv", content.encode("cp1252"))}
    return await client.post(f"{url}/calendar/import", files=files, data=form)


@pytest.fixture
async def sold(session: AsyncSession, tenant: TenantId) -> SalesHistory:
    """Three years of sales up to yesterday, none on Sundays, holidays and 20 days of August."""

    def is_open(day: date) -> bool:
        return not (
            day.weekday() == 6
            or day in public_holidays("ES", "MD", day.year)
            or date(2025, 8, 4) <= day <= date(2025, 8, 23)
        )

    special = (date(2024, 9, 20), date(2025, 9, 20))
    await add_named_products(session, tenant, {BREAD: "Pan", ROLL: "Bollo"})
    made = history(is_open, special)
    until = (date(2026, 3, 3) - made.first).days
    known = SalesHistory(
        (BREAD, ROLL), made.first, made.sold[:, :until], made.sold_out_minute[:, :until]
    )
    await add_history(session, {tenant: known})
    return known


async def proposed(client: AsyncClient, url: str, lang: str = "en") -> dict[str, Any]:
    answer = await client.get(f"{url}/calendar/proposals", params={"lang": lang})
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    return {item["kind"]: item for item in items}


async def test_an_event_is_kept_shown_changed_and_removed(
    baker: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    event = await added(baker, f"{url}/calendar/events", FAIR)
    own = f"{url}/calendar/events/{event['id']}"

    assert event == FAIR | {"id": event["id"]}
    assert (await viewer.get(f"{url}/calendar/events")).json()["items"] == [event]
    changed = await baker.patch(own, json={"name": "Romería", "is_yearly": True})
    assert changed.json() == event | {"name": "Romería", "is_yearly": True}
    assert (await baker.delete(own)).status_code == 204
    assert (await viewer.get(own)).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"last_day": "2026-05-01"}, ""),
        ({"last_day": "2028-05-02"}, ""),
        ({"last_day": "2027-05-02", "is_yearly": True}, ""),
        ({"kind": "party"}, "kind"),
        ({"name": " "}, "name"),
        ({"first_day": "2026-02-29"}, "first_day"),
        ({"first_day": "1066-10-14"}, "first_day"),
    ],
)
async def test_an_event_that_cannot_be_is_refused_and_named(
    baker: AsyncClient, url: str, wrong: dict[str, Any], where: str
) -> None:
    answer = await baker.post(f"{url}/calendar/events", json=FAIR | wrong)

    assert answer.status_code == 422
    assert where in answer.json()["errors"][0]["where"]
    assert (await baker.get(f"{url}/calendar/events")).json()["items"] == []


async def test_a_change_of_one_end_alone_is_checked_against_the_other(
    baker: AsyncClient, url: str
) -> None:
    event = await added(baker, f"{url}/calendar/events", FAIR)

    answer = await baker.patch(
        f"{url}/calendar/events/{event['id']}", json={"first_day": "2026-05-05"}
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "last_day"


async def test_the_same_event_twice_is_a_conflict(baker: AsyncClient, url: str) -> None:
    await added(baker, f"{url}/calendar/events", FAIR)

    answer = await baker.post(f"{url}/calendar/events", json=FAIR | {"name": "FERIA"})

    assert answer.status_code == 409
    assert answer.json()["errors"] == [{"where": "name", "message": "is taken"}]


async def test_a_file_is_imported_once_however_often(
    baker: AsyncClient, session: AsyncSession, tenant: TenantId, url: str
) -> None:
    tried = (await upload(baker, url, FILE, dry_run=True)).json()
    nothing = (await baker.get(f"{url}/calendar/events")).json()["items"]
    first = (await upload(baker, url, FILE)).json()
    again = (await upload(baker, url, FILE)).json()
    longer = (await upload(baker, url, FILE.replace("2026;;", "2026;03/05/2026;"))).json()

    assert nothing == []
    assert tried == first | {"dry_run": True}
    assert (first["new"], first["changed"], first["unchanged"], first["rejected"]) == (2, 0, 0, 0)
    assert (first["first_day"], first["last_day"]) == ("2026-03-27", "2026-05-02")
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
    assert (longer["new"], longer["changed"], longer["unchanged"]) == (0, 1, 1)
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    assert bakery.events == (
        Event("school_holiday", "Semana Santa", date(2026, 3, 27), date(2026, 4, 6)),
        Event("event", "Feria", date(2026, 5, 2), date(2026, 5, 3)),
    )
    days = shop_days(bakery, date(2026, 5, 1), 3)
    assert days.special == (None, "Feria", "Mother's Day")


async def test_a_calendar_is_not_filled_without_end(baker: AsyncClient, url: str) -> None:
    first = date(2024, 1, 1)
    rows = "".join(f"Day {n};{first + timedelta(days=n)};\n" for n in range(1001))

    answer = await upload(baker, url, "name;first_day;last_day\n" + rows)

    assert answer.status_code == 422
    assert "1,000" in answer.json()["detail"]
    assert (await baker.get(f"{url}/calendar/events")).json()["items"] == []


async def test_what_is_no_calendar_is_refused(baker: AsyncClient, url: str) -> None:
    assert (await upload(baker, url, "a;b\n1;2\n")).json()["type"].endswith("unreadable-file")
    assert (await upload(baker, url, FILE, kind="party")).status_code == 422


async def test_sales_propose_a_calendar_with_their_evidence(
    sold: SalesHistory, viewer: AsyncClient, url: str
) -> None:
    found = await proposed(viewer, url)
    spanish = await proposed(viewer, url, "es")

    assert set(found) == {"opening_hours", "closure", "special_day"}
    assert found["opening_hours"]["opening_hours"][6] is None  # stated as open
    assert found["opening_hours"]["opening_hours"][0] == {"opens": "07:00", "closes": "20:00"}
    assert "Sunday 0 of 13" in found["opening_hours"]["evidence"]
    assert found["closure"]["message"] == "Closed from 4 August 2025 to 23 August 2025."
    assert found["closure"]["first_day"] == "2025-08-04"
    assert "17" in found["closure"]["evidence"]
    assert "Special day on 20 September" in found["special_day"]["message"]
    assert "2 of 2 years" in found["special_day"]["evidence"]
    assert found["special_day"]["effect"] > 0.5
    assert "domingo cerrado" in spanish["opening_hours"]["message"]
    assert spanish["closure"]["id"] == found["closure"]["id"]


async def test_what_is_confirmed_changes_the_calendar_once(
    sold: SalesHistory,
    owner: AsyncClient,
    session: AsyncSession,
    tenant: TenantId,
    url: str,
) -> None:
    found = await proposed(owner, url)

    for kind, body in (("opening_hours", None), ("closure", None), ("special_day", "Fiestas")):
        path = f"{url}/calendar/proposals/{found[kind]['id']}/confirm"
        for _ in range(2):
            answer = await owner.post(path, json=body and {"name": body})
            assert answer.json() == {"id": found[kind]["id"], "decision": "confirmed"}

    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    assert bakery.opening_hours[6] is None
    assert bakery.opening_hours[0] is not None
    assert bakery.closures == ((date(2025, 8, 4), date(2025, 8, 23)),)
    assert bakery.events == (
        Event("event", "Fiestas", date(2024, 9, 20), date(2024, 9, 20), is_yearly=True),
    )
    assert await proposed(owner, url) == {}


async def test_what_is_confirmed_is_no_assumption_any_longer(
    owner: AsyncClient, session: AsyncSession, sold: SalesHistory, tenant: TenantId, url: str
) -> None:
    row = await session.get_one(Tenant, tenant)
    row.assumed = ["opening_hours", "open_on_holidays"]
    await session.flush()

    found = await proposed(owner, url)
    assert found["open_on_holidays"]["open_on_holidays"] is False
    for kind in ("opening_hours", "open_on_holidays"):
        await owner.post(f"{url}/calendar/proposals/{found[kind]['id']}/confirm")

    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    assert bakery.assumed == ()
    assert set(await proposed(owner, url)) == {"closure", "special_day"}


async def test_what_is_dismissed_is_not_proposed_again_until_one_thinks_better_of_it(
    sold: SalesHistory, owner: AsyncClient, url: str
) -> None:
    closure = (await proposed(owner, url))["closure"]
    own = f"{url}/calendar/proposals/{closure['id']}"

    for _ in range(2):
        assert (await owner.post(f"{own}/dismiss")).json()["decision"] == "dismissed"
    assert "closure" not in await proposed(owner, url)
    assert (await owner.get(f"{url}/closures")).json()["items"] == []
    assert (await owner.post(f"{own}/confirm")).json()["decision"] == "confirmed"
    assert len((await owner.get(f"{url}/closures")).json()["items"]) == 1
    assert (await owner.post(f"{own}/dismiss")).status_code == 409


async def test_a_bakery_without_sales_is_proposed_nothing(owner: AsyncClient, url: str) -> None:
    assert await proposed(owner, url) == {}
    for decision in ("confirm", "dismiss"):
        path = f"{url}/calendar/proposals/{new_id()}/{decision}"
        assert (await owner.post(path)).status_code == 404


async def test_the_hours_of_receipts_are_proposed(
    newcomer: AsyncClient,
) -> None:
    new = {"name": "Horno", "time_zone": "Europe/Madrid", "country": "ES", "locale": "es_ES"}
    bakery = await added(newcomer, "/api/v1/tenants", new)
    url = f"/api/v1/tenants/{bakery['id']}"
    bread = await added(newcomer, f"{url}/products", {"name": "Pan", "unit": "piece"})
    first = date(2026, 1, 5)
    sales = [
        {"product_id": bread["id"], "sold_at": f"{day}T{at}:00+01:00", "quantity": "2"}
        for day in (first + timedelta(days=n) for n in range(56))
        for at in ("07:41", "12:00", "13:50")
        if day.weekday() < 5
    ]
    assert (await newcomer.post(f"{url}/sales", json={"sales": sales})).status_code == 201

    week = (await proposed(newcomer, url))["opening_hours"]["opening_hours"]

    assert week == [{"opens": "07:30", "closes": "14:00"}] * 5 + [None, None]


async def test_more_events_need_no_more_statements(
    baker: AsyncClient,
    database: Database,
    session: AsyncSession,
    tenant: TenantId,
    other_tenant: TenantId,
    url: str,
) -> None:
    with counted(database) as few:
        await tenants.load_bakeries(session, [tenant])
    await upload(baker, url, FILE)
    with counted(database) as many:
        await tenants.load_bakeries(session, [tenant, other_tenant])

    assert len(few) == len(many) == 3


async def test_another_bakerys_calendar_is_not_there(
    baker: AsyncClient, outsider: AsyncClient, other_tenant: TenantId, url: str
) -> None:
    event = await added(baker, f"{url}/calendar/events", FAIR)
    theirs = f"/api/v1/tenants/{other_tenant}/calendar/events"

    assert (await outsider.get(f"{theirs}/{event['id']}")).status_code == 404
    assert (await outsider.patch(f"{theirs}/{event['id']}", json={})).status_code == 404
    assert (await outsider.delete(f"{theirs}/{event['id']}")).status_code == 404
