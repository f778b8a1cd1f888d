"""The set-up pages: lists, forms, what is wrong at its field, what is in use, and who may."""

import re
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from tests.factories.things import BREAD, DOUGH, FLOUR, OVEN, added

NEW = str(UUID(int=7))
MILLER = {"name": "Molino", "lead_time_days": 2, "delivery_weekdays": [1, 4]}


@pytest.fixture
def setup(tenant: TenantId) -> str:
    """Where the set-up pages are."""
    return f"/bakeries/{tenant}/setup"


async def _read(client: AsyncClient, url: str, **query: str) -> str:
    answer = await client.get(url, params={"lang": "en"} | query)
    assert answer.status_code == 200, answer.text
    return answer.text


async def _send(client: AsyncClient, where: str, **fields: str) -> Response:
    return await client.post(where, data=fields, params={"lang": "en"})


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


OPEN = ("", "/products", "/recipes", "/ingredients", "/suppliers", "/equipment", "/shifts",
        "/calendar", "/bakery", "/hours", "/notices")  # fmt: skip
OWNED = ("/people", "/keys", "/webhooks")


async def test_everybody_reads_and_only_owners_see_people_keys_and_webhooks(
    anonymous: AsyncClient, outsider: AsyncClient, viewer: AsyncClient, owner: AsyncClient,
    setup: str,
) -> None:  # fmt: skip
    for path in (*OPEN, *OWNED):
        assert (await anonymous.get(setup + path)).status_code == 401
        assert (await outsider.get(setup + path)).status_code == 404
        assert (await owner.get(setup + path)).status_code == 200
        expected = 403 if path in OWNED else 200
        assert (await viewer.get(setup + path)).status_code == expected
    for path in ("/products", "/recipes", "/suppliers", "/equipment", "/bakery", "/hours"):
        assert (await _send(viewer, setup + path, name="x", new_id=NEW)).status_code == 403


async def test_viewers_see_a_form_without_buttons(
    baker: AsyncClient, viewer: AsyncClient, url: str, setup: str
) -> None:
    bread = await added(baker, f"{url}/recipes", BREAD)
    page = await _read(viewer, f"{setup}/recipes/{bread['id']}")

    assert 'method="post"' not in page
    assert '<fieldset class="fields" disabled' in page
    assert 'value="Bread"' in page


async def test_a_product_is_added_once_changed_and_removed(baker: AsyncClient, setup: str) -> None:
    fields = {
        "new_id": NEW, "name": "Barra", "unit": "piece", "price": "1,20", "shelf_life_days": "1",
        "ready_by": "07:30", "waves": "11:00, 16:30", "par_levels.5": "12", "is_active": "1",
        "issuing": "oldest_first",
    }  # fmt: skip
    one = await _send(baker, f"{setup}/products", **fields)
    two = await _send(baker, f"{setup}/products", **fields)
    where = one.headers["location"].partition("?")[0]
    page = await _read(baker, where)

    assert one.status_code == two.status_code == 303
    assert _value(page, "price") == "1,20"
    assert _value(page, "waves") == "11:00, 16:30"
    assert _value(page, "par_levels.5") == "12"
    assert _value(page, "par_levels.0") == "0"

    await _send(baker, where, **fields | {"ready_by": "", "waves": "", "par_levels.5": ""})
    page = await _read(baker, where)
    assert _value(page, "waves") == ""
    assert _value(page, "par_levels.5") == ""

    gone = await _send(baker, f"{where}/remove")
    assert gone.headers["location"] == f"{setup}/products?done=removed"
    assert "Barra" not in await _read(baker, f"{setup}/products")


async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(
    baker: AsyncClient, setup: str
) -> None:
    refused = await _send(
        baker, f"{setup}/products", new_id=NEW, name="", unit="piece", price="dear",
        shelf_life_days="0",
    )  # fmt: skip

    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert _value(refused.text, "price") == "dear"
    assert 'id="price-fault">is no number</small>' in refused.text
    assert 'id="name-fault">is missing</small>' in refused.text
    assert 'id="shelf_life_days-fault">must be 1 or more</small>' in refused.text
    spanish = await baker.post(f"{setup}/products?lang=es", data={"new_id": NEW, "name": ""})
    assert ">falta</small>" in spanish.text


async def test_lists_are_searched_whatever_case_and_accents(
    baker: AsyncClient, url: str, setup: str
) -> None:
    for name in ("Pan de 100 %", "Crème brûlée", "Barra"):
        await added(baker, f"{url}/products", {"name": name})

    assert "Crème" in await _read(baker, f"{setup}/products", q="creme bru")
    assert "Barra" not in await _read(baker, f"{setup}/products", q="creme")
    assert "Pan de" in await _read(baker, f"{setup}/products", q="100 %")
    assert "Nothing with" in await _read(baker, f"{setup}/products", q="%%")


async def test_what_is_needed_is_not_removed_and_says_by_what(
    owner: AsyncClient, url: str, setup: str
) -> None:
    flour = await added(owner, f"{url}/ingredients", FLOUR)
    part = {"ingredient_id": flour["id"], "quantity": "1000"}
    await added(owner, f"{url}/recipes", DOUGH | {"components": [part]})

    refused = await _send(owner, f"{setup}/ingredients/{flour['id']}/remove")

    assert refused.status_code == 409
    assert "It is still needed: in recipes. Take it out there first." in refused.text


async def test_a_taken_name_is_said_at_the_name(owner: AsyncClient, url: str, setup: str) -> None:
    await added(owner, f"{url}/equipment", OVEN)

    refused = await _send(
        owner, f"{setup}/equipment", new_id=NEW, name="deck OVEN", kind="oven", count="1",
        capacity="4",
    )  # fmt: skip

    assert refused.status_code == 409
    assert "There is one with this name already." in refused.text
    assert 'id="name-fault">is taken</small>' in refused.text


async def test_a_broken_oven_is_out_of_order_on_the_bakery_clock(
    owner: AsyncClient, url: str, setup: str
) -> None:
    oven = await added(owner, f"{url}/equipment", OVEN)
    where = f"{setup}/equipment/{oven['id']}"
    fields = {"name": "Deck oven", "kind": "oven", "count": "1", "capacity": "8"}

    await _send(owner, where, **fields, out_of_order_from="2026-03-02T06:00")

    page, shown = await _read(owner, where), await owner.get(f"{url}/equipment/{oven['id']}")
    assert _value(page, "out_of_order_from") == "2026-03-02T06:00"
    assert shown.json()["out_of_order_from"] == "2026-03-02T05:00:00Z"
    assert "out of order" in await _read(owner, f"{setup}/equipment")


async def test_prices_are_kept_as_a_list_and_lines_are_added(
    buyer: AsyncClient, url: str, setup: str
) -> None:
    flour = await added(buyer, f"{url}/ingredients", FLOUR)
    miller = await added(buyer, f"{url}/suppliers", MILLER)
    where = f"{setup}/suppliers/{miller['id']}/prices"
    line = {"price.0.item": "HARINA", "price.0.pack": "25 kg", "price.0.price": "18,75"}
    further = {"price.3.item": "Harina", "price.3.pack": "25 kg", "price.3.from": "10",
               "price.3.price": "18"}  # fmt: skip

    more = await _send(buyer, where, **line, do="more")
    wrong = await _send(buyer, where, **line | {"price.0.pack": "25", "price.1.item": "Salt"})
    missing = await _send(buyer, where, **line | {"price.1.item": "Salt", "price.1.pack": "1 kg"})
    saved = await _send(buyer, where, **line, **further)

    assert _value(more.text, "price.0.pack") == "25 kg"
    assert _value(more.text, "price.4.item") == ""
    assert "write it as in 500 g, 25 kg" in wrong.text
    assert "there is none of this name; add it first" in missing.text
    assert saved.status_code == 303
    page = await _read(buyer, where)
    assert _value(page, "price.1.from") == "10"
    assert _value(page, "price.0.price") == "18,75"
    offers = await _read(buyer, f"{setup}/ingredients/{flour['id']}")
    assert "€0.72/kg" in offers or "0,72" in offers


async def test_saving_hours_confirms_them(
    session: AsyncSession, owner: AsyncClient, url: str, setup: str
) -> None:
    await session.execute(text("update tenants set assumed = '[\"opening_hours\"]'"))
    assert 'class="assumed"' in await _read(owner, f"{setup}/hours")
    fields = {"opens.0": "07:00", "closes.0": "14:00"}

    wrong = await _send(owner, f"{setup}/hours", **{"opens.0": "07:00"})
    saved = await _send(owner, f"{setup}/hours", **fields)

    assert "is missing</small>" in wrong.text
    assert _value(wrong.text, "opens.0") == "07:00"
    assert saved.status_code == 303
    assert 'class="assumed"' not in await _read(owner, f"{setup}/hours")
    bakery = (await owner.get(url)).json()
    assert bakery["opening_hours"] == [{"opens": "07:00", "closes": "14:00"}, *[None] * 6]


async def test_the_shop_closes_for_some_days_and_opens_again(
    owner: AsyncClient, setup: str
) -> None:
    where = f"{setup}/hours/closures"
    fields = {"new_id": NEW, "first_day": "2026-08-03", "last_day": "2026-08-20"}

    wrong = await _send(owner, where, **fields | {"last_day": "2026-08-01"})
    await _send(owner, where, **fields, reason="Holidays")
    await _send(owner, where, **fields, reason="Holidays")

    assert wrong.status_code == 422
    page = await _read(owner, f"{setup}/hours")
    assert page.count("Holidays</span>") == 1
    await _send(owner, f"{where}/{NEW}/remove")
    assert "No closure is planned." in await _read(owner, f"{setup}/hours")


async def test_a_day_is_named(baker: AsyncClient, setup: str) -> None:
    fields = {"new_id": NEW, "name": "Feria", "kind": "event", "first_day": "2026-05-15"}

    done = await _send(baker, f"{setup}/calendar", **fields, last_day="2026-05-15", is_yearly="1")

    assert done.status_code == 303
    page = await _read(baker, f"{setup}/calendar")
    assert "every year" in page
    assert await _send(baker, f"{setup}/calendar/{NEW}/confirm")


async def test_the_bakery_and_its_policy_are_changed(
    owner: AsyncClient, url: str, setup: str
) -> None:
    page = await _read(owner, f"{setup}/bakery")
    fields = dict(re.findall(r'name="([\w.]+)" value="([^"]*)"', page))
    fields |= {"policy.service_level": "97,5", "limit.procurement_manager": "250"}

    saved = await _send(owner, f"{setup}/bakery", **fields, **{"policy.supplier_choice": "cost"})
    wrong = await _send(owner, f"{setup}/bakery", **fields | {"name": "", "country": "Spain"})

    assert saved.status_code == 303, saved.text
    policy = (await owner.get(url)).json()["policy"]
    assert policy["service_level"] == 0.975
    assert policy["approval_limits"] == {"procurement_manager": 25_000, "owner": None}
    assert wrong.status_code == 422
    assert 'id="name-fault">is missing</small>' in wrong.text


async def test_a_bakery_moves_to_another_country_without_its_region(
    owner: AsyncClient, url: str, setup: str
) -> None:
    """MD is Madrid in Spain, and Maryland in the United States."""
    place = {"name": "Pan", "country": "ES", "subdivision": "MD", "locale": "es_ES"}
    rest = {"weekend_rule": "run", "holiday_rule": "run"}
    page = await _read(owner, f"{setup}/bakery")
    policy = dict(re.findall(r'name="(policy[\w.]+)" value="([^"]*)"', page))
    fields = place | rest | policy | {"time_zone": "Europe/Madrid"}
    await _send(owner, f"{setup}/bakery", **fields)
    before = (await owner.get(url)).json()
    chosen = await _read(owner, f"{setup}/bakery")

    moved = await _send(owner, f"{setup}/bakery", **fields | {"country": "US"})

    after = (await owner.get(url)).json()
    assert (before["country"], before["subdivision"]) == ("ES", "MD")
    assert '<option value="ES" selected>Spain</option>' in chosen
    assert '<option value="MD" selected>Madrid' in chosen
    assert moved.status_code == 303
    assert (after["country"], after["subdivision"]) == ("US", None)
    assert "Maryland" in await _read(owner, f"{setup}/bakery")


async def test_a_key_is_shown_once_and_revoked(owner: AsyncClient, setup: str) -> None:
    fields = {"new_id": NEW, "name": "Till", "role": "viewer"}

    made = await _send(owner, f"{setup}/keys", **fields)
    again = await _send(owner, f"{setup}/keys", **fields)
    key = re.search(r"<code>(\S+)</code>", made.text)

    assert key is not None
    assert made.headers["cache-control"] == "no-store"
    assert "shown already" in again.text
    assert key[1] not in await _read(owner, f"{setup}/keys")
    await _send(owner, f"{setup}/keys/{NEW}/revoke")
    assert '<span class="badge">revoked</span>' in await _read(owner, f"{setup}/keys")


async def test_people_come_change_and_go_but_an_owner_stays(
    owner: AsyncClient, setup: str, url: str
) -> None:
    where = f"{setup}/people"
    person = {"email": "ana@bakery.example", "name": "Ana", "role": "viewer"}

    lacking = await _send(owner, where, **person)
    done = await _send(owner, where, **person, password="a long first password")
    members = {each["name"]: each for each in (await owner.get(f"{url}/members")).json()["items"]}
    own_id = next(each["user_id"] for each in members.values() if each["role"] == "owner")
    changed = await _send(owner, f"{where}/{members['Ana']['user_id']}", role="production_manager")
    refused = await _send(owner, f"{where}/{own_id}/remove")

    assert lacking.status_code == 422
    assert done.status_code == changed.status_code == 303
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    await _send(owner, f"{where}/{members['Ana']['user_id']}/remove")
    assert "Ana" not in await _read(owner, where)


async def test_somebody_is_invited_by_a_link_that_is_shown_once(
    owner: AsyncClient, anonymous: AsyncClient, setup: str
) -> None:
    where = f"{setup}/people"
    fields = {"new_id": NEW, "email": "bea@bakery.example", "role": "viewer"}

    made = await _send(owner, f"{where}/invitations", **fields)
    wrong = await _send(owner, f"{where}/invitations", **fields | {"email": "nobody"})
    link = re.search(r"<code>http://bakery.example(/invitations/\S+)</code>", made.text)

    assert link is not None
    assert wrong.status_code == 422
    assert 'id="invited-email-fault"' in wrong.text
    assert link[1] not in await _read(owner, where)
    assert (await anonymous.get(link[1])).status_code == 200
    await _send(owner, f"{where}/invitations/{NEW}/withdraw")
    assert "bea@" not in await _read(owner, where)
    assert (await anonymous.get(link[1])).status_code == 404


async def test_a_key_is_for_some_areas_and_ends(owner: AsyncClient, url: str, setup: str) -> None:
    fields = {"new_id": NEW, "name": "Till", "role": "production_manager"}

    await _send(
        owner, f"{setup}/keys", **fields, **{"scope.sales:write": "1", "expires_at": "2026-12-31"}
    )

    kept = (await owner.get(f"{url}/api-keys")).json()["items"][0]
    assert kept["scopes"] == ["sales:write"]
    assert kept["expires_at"] == "2026-12-30T23:00:00Z"
    assert "sales:write</small>" in await _read(owner, f"{setup}/keys")


async def test_a_webhook_is_made_tested_changed_and_revoked(owner: AsyncClient, setup: str) -> None:
    where = f"{setup}/webhooks"
    fields = {"new_id": NEW, "url": "https://shop.example/hooks", "description": "Till"}

    nothing = await _send(owner, where, **fields)
    made = await _send(owner, where, **fields, **{"type.*": "1"})

    assert nothing.status_code == 422
    assert "must not be empty" in nothing.text
    assert "whsec_" in made.text
    assert "whsec_" not in await _read(owner, f"{where}/{NEW}")
    for act, words in (("test", "webhook.ping"), ("disabled", "disabled"), ("revoke", "revoked")):
        done = await _send(owner, f"{where}/{NEW}/{act}", new_id=str(UUID(int=8)))
        assert done.status_code == 303, act
        assert words in await _read(owner, f"{where}/{NEW}")
    assert (await _send(owner, f"{where}/{NEW}/nonsense")).status_code == 422


async def test_a_webhooks_secret_is_renewed_and_shown_once(owner: AsyncClient, setup: str) -> None:
    where = f"{setup}/webhooks"
    fields = {"url": "https://shop.example/hooks", "type.*": "1"}
    made = await _send(owner, where, new_id=NEW, **fields)

    first, again = [
        await _send(owner, f"{where}/{NEW}/rotate-secret", new_id=str(UUID(int=9)))
        for _ in range(2)
    ]
    await _send(owner, f"{where}/{NEW}/revoke")
    late = await _send(owner, f"{where}/{NEW}/rotate-secret", new_id=str(UUID(int=9)))

    secrets = [re.findall(r"whsec_[^<]+", page.text) for page in (made, first, again)]
    assert secrets[0] != secrets[1] == secrets[2]
    assert "with the one before it as well" in first.text
    assert first.headers["Cache-Control"] == "no-store"
    assert late.status_code == 409


async def test_notifications_are_muted_and_roles_hear_of_others(
    owner: AsyncClient, url: str, setup: str
) -> None:
    where = f"{setup}/notices"
    page = await _read(owner, where)
    ticked = dict(re.findall(r'name="([\w.]+)" value="(1)"[^>]*? checked', page))
    own = {name: on for name, on in ticked.items() if name.startswith("own.")}
    roles = {name: on for name, on in ticked.items() if not name.startswith("own.")}
    del own["own.weekly_digest"]

    await _send(owner, where, **own, mode="digest", language="es")
    await _send(owner, f"{where}/roles", **roles, **{"viewer.stock_critical": "1"})

    kept = (await owner.get(f"{url}/notification-preferences")).json()
    assert [each["kind"] for each in kept["own"] if not each["wanted"]] == ["weekly_digest"]
    heard = {each["kind"] for each in kept["roles"] if each["wanted"] and each["role"] == "viewer"}
    assert heard == {"stock_critical"}
    mail = (await owner.get(f"{url}/notification-preferences/mail")).json()
    assert mail == {"mode": "digest", "language": "es"}
