"""The stock pages: levels, an item's page, counting sheets, and what their forms do."""

import re
from uuid import UUID

import pytest
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.dashboard.stock_picture import large_svg, small_svg
from obrador.dashboard.stock_words import cover_days
from obrador.kit.db import Database
from obrador.kit.i18n import speech
from obrador.procurement.domain import Projection, SafetyStock
from tests.factories.things import FLOUR as NEW_FLOUR
from tests.factories.things import added
from tests.fixtures.browsing import form_token
from tests.procurement.bakery import FLOUR
from tests.procurement.desk import DAY, a_plan, furnish, save
from tests.statements import counted

POSTING = str(UUID(int=9))
SAFETY = SafetyStock(20.0, 0.95, 2.0, 10.0, 1.0, 0.0, False)


@pytest.fixture
def stock(tenant: TenantId) -> str:
    """Where the stock pages are."""
    return f"/bakeries/{tenant}/stock"


@pytest.fixture
async def flour(buyer: AsyncClient, url: str) -> str:
    """Two lots of flour, 25 kg and 5 kg."""
    own: str = (await added(buyer, f"{url}/ingredients", NEW_FLOUR))["id"]
    for quantity, day in (("25", "2026-05-01"), ("5", "2026-04-01")):
        receipt = {"kind": "receipt", "ingredient_id": own, "quantity": quantity, "unit": "kg"}
        await added(buyer, f"{url}/stock/movements", receipt | {"expires_on": day})
    return own


async def _read(client: AsyncClient, url: str, **query: str) -> str:
    answer = await client.get(url, params={"lang": "en"} | query)
    assert answer.status_code == 200, answer.text
    return answer.text


async def _send(client: AsyncClient, url: str, **fields: str) -> Response:
    return await client.post(url, data=fields)


async def test_only_its_people_see_stock_and_only_managers_change_it(
    anonymous: AsyncClient, outsider: AsyncClient, viewer: AsyncClient, flour: str, stock: str
) -> None:
    for path in ("", f"/items/{flour}", "/counts"):
        assert (await anonymous.get(stock + path)).status_code == 401
        assert (await outsider.get(stock + path)).status_code == 404
        assert "<form" not in await _read(viewer, stock + path)
    for path in (f"/items/{flour}/waste", f"/items/{flour}/count", "/counts"):
        assert (await _send(viewer, stock + path)).status_code == 403


async def test_what_will_be_left_over_is_told_before_what_will_be_used(
    session: AsyncSession, buyer: AsyncClient, tenant: TenantId, url: str, stock: str
) -> None:
    """The plan needs 20 kg a day; a lot of 5 kg goes today, and 500 kg do not by tomorrow."""
    await furnish(session, tenant)
    await save(session, tenant, a_plan())
    for quantity, code, day in (("5", "used", "2026-03-03"), ("500", "left", "2026-03-04")):
        receipt = {"kind": "receipt", "ingredient_id": str(FLOUR), "quantity": quantity}
        lot = {"unit": "kg", "code": code, "expires_on": day}
        await added(buyer, f"{url}/stock/movements", receipt | lot)

    page = await _read(buyer, stock)

    assert page.index("left</small>") < page.index("1 lot will be used or sold in time")
    assert page.index("1 lot will be used or sold in time") < page.index("used</small>")
    assert "<b>1</b> lot will be left over" in page


async def test_levels_show_what_lies_ahead(
    session: AsyncSession, database: Database, buyer: AsyncClient, tenant: TenantId, stock: str
) -> None:
    await furnish(session, tenant)
    await save(session, tenant, a_plan())
    with counted(database) as statements:
        page = await _read(buyer, stock)

    assert "200 kg" in page
    assert page.count('class="course small"') == 1
    assert "as safety stock" in page
    assert len(statements) < 60
    assert 'class="course large"' in await _read(buyer, f"{stock}/items/{FLOUR}")
    assert "Nothing here." in await _read(buyer, stock, show="critical")
    assert (await buyer.get(stock, params={"show": "nonsense"})).status_code == 422


async def test_waste_is_entered_once_with_its_reason(
    baker: AsyncClient, flour: str, stock: str
) -> None:
    url = f"{stock}/items/{flour}"
    fields = {"posting_id": POSTING, "quantity": "2,5", "unit": "kg", "why": "damaged"}

    done = await _send(baker, f"{url}/waste", **fields, reason="Wet bag")
    await _send(baker, f"{url}/waste", **fields, reason="Wet bag")
    page = await _read(baker, done.headers["location"])

    assert done.status_code == 303
    assert "<b>27.5 kg</b>" in page or "<b>27,5 kg</b>" in page
    assert page.count("Thrown away") == 2  # the form, and one movement
    assert "Damaged" in page
    assert "Wet bag" in page


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"quantity": "31", "unit": "kg"}, 409), ({"quantity": "much", "unit": "kg"}, 422)],
)
async def test_what_cannot_be_is_said_in_place_and_kept(
    baker: AsyncClient, flour: str, stock: str, fields: dict[str, str], status: int
) -> None:
    url = f"{stock}/items/{flour}"
    fields |= {f"more.{each}": "" for each in range(1_500)}  # long forms are read whole

    refused = await _send(
        baker, f"{url}/waste?lang=es", posting_id=POSTING, why="expired", **fields
    )

    assert refused.status_code == status
    assert 'role="alert"' in refused.text
    assert f'value="{fields["quantity"]}"' in refused.text
    assert "<b>30 kg</b>" in refused.text
    assert f'href="{stock}?lang=en"' in refused.text


async def test_a_count_and_taking_it_back(baker: AsyncClient, flour: str, stock: str) -> None:
    url = f"{stock}/items/{flour}"
    await _send(baker, f"{url}/count", posting_id=POSTING, quantity="28", unit="kg")
    assert "<b>28 kg</b>" in await _read(baker, url)

    await _send(baker, f"{url}/reverse", posting_id=POSTING, reason="Wrong shelf")

    page = await _read(baker, url)
    assert "<b>30 kg</b>" in page
    assert "taken back" in page


async def test_a_sheet_is_counted_line_by_line_and_posted(
    owner: AsyncClient, flour: str, stock: str
) -> None:
    made = await _send(owner, f"{stock}/counts", count_id=POSTING, scope="all", is_blind="1")
    await _send(owner, f"{stock}/counts", count_id=POSTING, scope="all", is_blind="1")
    url = made.headers["location"]
    page = await _read(owner, url)
    first, second = re.findall(r'<li id="line-([0-9a-f-]+)"', page)
    assert "5 kg expected" not in page

    bad = await _send(owner, f"{url}/lines/{first}", counted="a lot", unit="kg")
    one = await _send(owner, f"{url}/lines/{first}", counted="4,5", unit="kg")
    halfway = await _read(owner, url)
    two = await _send(owner, f"{url}/lines/{second}", counted="25", unit="kg")

    assert bad.status_code == 422
    assert 'value="a lot"' in bad.text
    assert one.headers["location"] == f"{url}?next={second}#line-{second}"
    assert "expected" not in halfway.replace("none expected", "")
    assert two.headers["location"] == f"{url}#differences"
    differences = await _read(owner, url)
    assert "-500 g" in differences
    posted = await _send(owner, f"{url}/approve")
    assert posted.status_code == 303
    assert '<span class="badge">posted</span>' in await _read(owner, url)
    assert "29" in await _read(owner, f"{stock}/items/{flour}")


async def test_a_page_of_another_site_cannot_post(
    session: AsyncSession, owner: AsyncClient, flour: str, stock: str
) -> None:
    """Nobody has an account here, so who sits at the machine needs none."""
    app = owner._transport.app  # type: ignore[attr-defined]  # the application that it drives
    await session.execute(text("delete from memberships"))
    await session.execute(text("delete from users"))
    transport = ASGITransport(app, client=("127.0.0.1", 50000))
    url, fields = f"{stock}/items/{flour}/count", {"quantity": "1", "unit": "kg"}
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as person:
        fields |= {"posting_id": POSTING, "csrf": await form_token(person, "/account")}
        for strange in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
        ):
            answer = await person.post(url, data=fields, headers=strange)
            assert answer.status_code == 403
        own = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
        assert (await person.post(url, data=fields, headers=own)).status_code == 303


def _projection() -> Projection:
    """40 a day from 100, 60 delivered on the third day, 5 lost on the second."""
    return Projection(
        FLOUR,
        100.0,
        requirement=(40.0,) * 4,
        receipts=(0.0, 0.0, 60.0, 0.0),
        expired=(0.0, 5.0, 0.0, 0.0),
        unmet=(0.0, 0.0, 0.0, 5.0),
        closing=(60.0, 15.0, 35.0, 0.0),
        safety=SAFETY,
        stock_out_day=3,
        is_critical=False,
    )


@pytest.mark.parametrize("draw", [small_svg, large_svg])
def test_the_picture_says_what_it_shows(draw: object) -> None:
    assert callable(draw)
    svg = draw(speech("en", "en_GB", "EUR"), _projection(), "Flour & <rye>", "g", DAY)

    assert svg.startswith("<svg")
    assert "Flour &amp; &lt;rye&gt;: 100 g at first, 0 g after 4 days" in svg
    assert "runs out on Fri 6 Mar" in svg
    assert svg.count('class="out"') == svg.count('class="gone"') == 1
    assert "<rye>" not in svg


@pytest.mark.parametrize(
    ("quantity", "days"), [(0.0, 0), (39.9, 0), (40.0, 1), (100.0, 2), (160.0, None)]
)
def test_cover_is_in_whole_days(quantity: float, days: int | None) -> None:
    assert cover_days(quantity, (40.0,) * 4) == days
