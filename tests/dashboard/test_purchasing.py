"""The purchasing pages: what they say, and what their forms do."""

import re
from dataclasses import replace
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.db import Database
from tests.procurement.bakery import MILLER
from tests.procurement.desk import a_plan, furnish, save
from tests.statements import counted


@pytest.fixture
async def home(session: AsyncSession, tenant: TenantId) -> str:
    """The pages of a bakery that is to buy flour from two suppliers."""
    await furnish(session, tenant)
    await save(session, tenant, a_plan())
    return f"/bakeries/{tenant}"


async def _save_urgent(session: AsyncSession, tenant: TenantId) -> None:
    """The day planned again, with a single order that is due: it is urgent."""
    usual = a_plan()
    urgent = replace(usual.orders[-1], is_urgent=True)
    await save(session, tenant, replace(usual, orders=(*usual.orders[:-1], urgent)), revision=1)


async def _read(client: AsyncClient, url: str, lang: str = "en", **query: str) -> str:
    answer = await client.get(url, params={"lang": lang} | query)
    assert answer.status_code == 200, answer.text
    return answer.text


async def _send(client: AsyncClient, url: str, **fields: str) -> Response:
    return await client.post(url, data=fields)


def _ids(page: str, what: str) -> list[str]:
    """Of plans or orders that a page links to, each once."""
    return list(dict.fromkeys(re.findall(rf"purchasing/{what}/([0-9a-f-]{{36}})", page)))


def _version(page: str, action: str) -> str:
    """That the form which posts there is about."""
    found = re.search(rf'{action}">(?s:.*?)name="version" value="(\d+)"', page)
    assert found, f"no form posts to {action}"
    return found[1]


async def test_only_its_people_see_what_a_bakery_buys(
    anonymous: AsyncClient, outsider: AsyncClient, viewer: AsyncClient, home: str
) -> None:
    page = await _read(viewer, f"{home}/purchasing")
    order = f"{home}/purchasing/orders/{_ids(page + 'x', 'orders')[0]}"

    for url in (f"{home}/purchasing", order):
        assert (await anonymous.get(url)).status_code == 401
        assert (await outsider.get(url)).status_code == 404
    assert "<form" not in page
    assert (await viewer.get(order)).status_code == 200
    assert (await _send(viewer, f"{order}/approve", version="1")).status_code == 403


async def test_every_line_says_why_in_both_languages(buyer: AsyncClient, home: str) -> None:
    english = await _read(buyer, f"{home}/purchasing")
    spanish = await _read(buyer, f"{home}/purchasing", "es")

    assert english.count('<details class="why">') == english.count('<th scope="row">') > 0
    assert "needed from" in english
    assert "as safety stock" in english
    assert "Order today" in english
    assert "Pedir hoy" in spanish
    assert "¿Por qué?" in spanish


async def test_nothing_planned_is_said(owner: AsyncClient, tenant: TenantId) -> None:
    page = await _read(owner, f"/bakeries/{tenant}/purchasing", "es")

    assert "Aún no hay nada planificado." in page


async def test_queries_do_not_grow_with_the_orders(
    database: Database, buyer: AsyncClient, home: str
) -> None:
    page, asked = await _read(buyer, f"{home}/purchasing"), []
    for order in _ids(page, "orders"):
        version = _version(page, f"{order}/approve")
        await _send(buyer, f"{home}/purchasing/orders/{order}/approve", version=version)
        with counted(database) as statements:
            await _read(buyer, f"{home}/purchasing")
        asked.append(len(statements))

    assert len(asked) > 2
    assert len(set(asked)) == 1


async def test_a_plan_is_approved_as_it_was_read(buyer: AsyncClient, home: str) -> None:
    page = await _read(buyer, f"{home}/purchasing")
    (plan,) = _ids(page, "plans")
    url, version = f"{home}/purchasing/plans/{plan}/approve", _version(page, f"{plan}/approve")

    done = await _send(buyer, url, version=version, until="")
    again = await _send(buyer, url, version=version, until="")

    assert done.status_code == 303
    after = await _read(buyer, done.headers["location"])
    assert '<span class="badge">approved</span>' in after
    assert again.status_code == 412
    assert "Somebody has changed this since" in again.text


async def test_only_what_is_due_can_be_approved(
    session: AsyncSession, buyer: AsyncClient, tenant: TenantId, home: str
) -> None:
    await _save_urgent(session, tenant)
    page = await _read(buyer, f"{home}/purchasing")
    plan = _ids(page, "plans")[0]
    assert page.count('class="order due"') == 1 < page.count("<article")

    version = _version(page, f"{plan}/approve")
    await _send(buyer, f"{home}/purchasing/plans/{plan}/approve", version=version, until="today")

    after = await _read(buyer, f"{home}/purchasing")
    today, later = after.split('id="later"')
    assert today.split('id="due"')[1].count('<span class="badge">approved</span>') == 1
    assert '<span class="badge">draft</span>' in later


async def test_a_plan_is_turned_down_with_a_reason(buyer: AsyncClient, home: str) -> None:
    page = await _read(buyer, f"{home}/purchasing")
    (plan,) = _ids(page, "plans")
    url, version = f"{home}/purchasing/plans/{plan}/reject", _version(page, f"{plan}/reject")

    silent = await _send(buyer, url, version=version)
    told = await _send(buyer, url, version=version, quick="Too much", reason="Fridge is full")

    assert silent.status_code == 422
    assert "This cannot be done as it was entered." in silent.text
    assert told.status_code == 303
    after = await _read(buyer, told.headers["location"])
    assert "Too much · Fridge is full" in after
    assert '<span class="badge">turned down</span>' in after


async def test_packs_are_edited_with_consequences_first(buyer: AsyncClient, home: str) -> None:
    page = await _read(buyer, f"{home}/purchasing")
    (plan,) = _ids(page, "plans")
    url = f"{home}/purchasing/plans/{plan}/edit"
    form = await _read(buyer, url)
    fields = dict(re.findall(r'name="(packs\.[^"]+)" type="number".*?value="(\d+)"', form))
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version
    nothing = {"version": version[1], "reason": "By hand"} | dict.fromkeys(fields, "0")

    look = await _send(buyer, url, **nothing, do="look")
    wrong = await _send(buyer, url, **(nothing | {next(iter(fields)): "many"}), do="save")

    assert look.status_code == 200
    assert "runs out on" in look.text
    assert 'value="By hand"' in look.text
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    assert fields == dict(
        re.findall(r'name="(packs\.[^"]+)" type="number".*?value="(\d+)"', await _read(buyer, url))
    )

    name, packs = next(iter(fields.items()))
    same = await _send(buyer, url, version=version[1], **fields, do="save")
    first = {name: str(int(packs) + 1)}
    saved = await _send(buyer, url, version=version[1], **first, do="save")

    assert same.status_code == 422
    assert saved.status_code == 303
    assert "packs were planned" in await _read(buyer, saved.headers["location"])


async def test_an_order_is_sent_and_received_lot_by_lot(buyer: AsyncClient, home: str) -> None:
    page = await _read(buyer, f"{home}/purchasing")
    order = _ids(page, "orders")[0]
    url = f"{home}/purchasing/orders/{order}"
    await _send(buyer, f"{url}/approve", version=_version(page, f"{order}/approve"))

    nowhere = await _send(buyer, f"{url}/send", via="mail")
    sent = await _send(buyer, f"{url}/send", via="phone", note="Asked for Marta")

    assert nowhere.status_code == 409
    assert sent.status_code == 303
    shown = await _read(buyer, url)
    assert "by phone" in shown
    lots = {"line.0": "1", "unit.0": "kg", "quantity.0.0": "12,5", "expires.0.0": "2026-06-01"}
    receipt = {"receipt_id": str(UUID(int=7)), "do": "lines"}
    late = await _send(buyer, f"{url}/receive", **receipt, **(lots | {"expires.0.0": "2026-02-01"}))
    part = await _send(buyer, f"{url}/receive", **receipt, **lots)
    await _send(buyer, f"{url}/receive", **receipt, **lots)

    assert late.status_code == 422
    assert 'value="12,5"' in late.text
    assert part.status_code == 303
    after = await _read(buyer, url)
    assert "has come in part" in after
    assert "12.5 kg have come" in after or "12,5 kg have come" in after


async def test_an_order_whose_mail_is_on_its_way_is_not_due(
    session: AsyncSession, buyer: AsyncClient, tenant: TenantId, home: str
) -> None:
    await _save_urgent(session, tenant)
    page = await _read(buyer, f"{home}/purchasing")
    assert page.count('class="order due"') == 1
    order = _ids(page.split('id="due"')[1], "orders")[0]
    seller = (await buyer.get(f"/api/v1/tenants/{tenant}/procurement/orders/{order}")).json()
    supplier = f"/api/v1/tenants/{tenant}/suppliers/{seller['supplier_id']}"
    assert (await buyer.patch(supplier, json={"email": "a@mill.example"})).status_code == 200
    url = f"{home}/purchasing/orders/{order}"
    await _send(buyer, f"{url}/approve", version=_version(page, f"{order}/approve"))

    await _send(buyer, f"{url}/send", via="mail")

    after = await _read(buyer, f"{home}/purchasing")
    assert "on its way to a@mill.example" in after
    assert 'class="order due"' not in after


async def test_an_order_is_called_off(buyer: AsyncClient, home: str) -> None:
    page = await _read(buyer, f"{home}/purchasing")
    order = _ids(page, "orders")[0]
    url = f"{home}/purchasing/orders/{order}"
    version = _version(page, f"{order}/approve")

    await _send(buyer, f"{url}/cancel", version=version, reason="Closed for a week")

    assert "Closed for a week" in await _read(buyer, url)
    assert order not in _ids(await _read(buyer, f"{home}/purchasing"), "orders")


async def test_names_are_never_markup(buyer: AsyncClient, tenant: TenantId, home: str) -> None:
    name = {"name": "<script>alert(1)</script>"}
    await buyer.patch(f"/api/v1/tenants/{tenant}/suppliers/{MILLER.id}", json=name)

    page = await _read(buyer, f"{home}/purchasing")

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


async def test_a_new_plan_says_what_is_different(
    session: AsyncSession, buyer: AsyncClient, tenant: TenantId, home: str
) -> None:
    usual = a_plan()
    more = [replace(each, packs=each.packs + 1) for each in usual.orders[0].lines]
    changed = replace(usual.orders[0], lines=tuple(more))
    await save(session, tenant, replace(usual, orders=(changed, *usual.orders[1:])), revision=1)

    page = await _read(buyer, f"{home}/purchasing")

    assert "What is different from the plan before" in page
    before = usual.orders[0].lines[0].packs
    assert f"{before + 1} packs instead of {before}" in page
    assert "Other plans" in page
    old = re.search(r'plan=([0-9a-f-]{36})">Tuesday', page)
    assert old
    assert "replaced by a newer plan" in await _read(buyer, f"{home}/purchasing", plan=old[1])
