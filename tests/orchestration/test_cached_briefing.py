"""A briefing from the cache is what the database would give, at a fraction of its statements."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId, operator
from obrador.catalogue.models import Equipment, Product
from obrador.inventory.models import Ingredient
from obrador.kit.cache import Cache, Counts, memory_store
from obrador.kit.db import Database
from obrador.kit.i18n import Speech, speech
from obrador.onboarding.demo import loading as demo_bakery
from obrador.orchestration.briefing import Briefing, brief
from obrador.orchestration.cached_briefing import cached_brief
from obrador.orchestration.models import Run
from obrador.orchestration.service import run_mornings
from obrador.procurement.models import PurchaseOrder, PurchaseOrderLine
from obrador.production.models import Batch
from obrador.suppliers.models import Supplier
from obrador.tenants import service as tenants
from obrador.tenants.models import Tenant
from tests.conftest import new_database
from tests.statements import counted

NOW = datetime(2026, 3, 10, 4, 30, tzinfo=UTC)
TODAY = date(2026, 3, 10)
SPANISH = speech("es", "es_ES", "EUR")


@pytest.fixture(scope="module")
async def database(server_url: str, template: str) -> AsyncIterator[Database]:
    """A database with a planned bakery, as planning one for each test takes long."""
    for url in new_database(server_url, template):
        database = Database(url)
        async with database.transaction() as session:
            planned = await demo_bakery.load(session, NOW, products=6, days=60)
            await run_mornings(session, planned, NOW)
        yield database
        await database.close()


@pytest.fixture
async def bakery(session: AsyncSession) -> TenantId:
    (tenant,) = [each.id for each in await operator.bakeries(session)]
    return tenant


@pytest.fixture
async def cache() -> AsyncIterator[Cache]:
    cache = Cache(memory_store())
    yield cache
    await cache.close()


async def _ask(
    cache: Cache, session: AsyncSession, tenant: TenantId, say: Speech = SPANISH
) -> Briefing | None:
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    return await cached_brief(cache, session, tenant, bakery, TODAY, say)


async def test_the_second_time_it_takes_three_statements(
    database: Database, session: AsyncSession, bakery: TenantId, cache: Cache
) -> None:
    place = (await tenants.load_bakeries(session, [bakery]))[bakery]
    with counted(database) as at_first:
        first = await cached_brief(cache, session, bakery, place, TODAY, SPANISH)
    with counted(database) as later:
        second = await cached_brief(cache, session, bakery, place, TODAY, SPANISH)

    assert first == second == await brief(session, bakery, TODAY, SPANISH)
    assert len(at_first) > 15
    assert len(later) == 3
    assert cache.statistics[bakery] == Counts(hits=1, misses=1)


async def test_times_are_the_bakerys_own(
    session: AsyncSession, bakery: TenantId, cache: Cache
) -> None:
    kept = await _ask(cache, session, bakery)
    made = await brief(session, bakery, TODAY, SPANISH)

    assert kept is not None
    assert made is not None
    # Moments are equal whatever their offset; what people read is not.
    assert f"{kept.made_at:%H:%M}" == f"{made.made_at:%H:%M}" == "05:30"
    assert [f"{batch.starts_at:%H:%M}" for batch in kept.batches] == [
        f"{batch.starts_at:%H:%M}" for batch in made.batches
    ]


async def test_a_day_without_a_plan_is_not_kept(
    session: AsyncSession, cache: Cache, tenant: TenantId
) -> None:
    assert await _ask(cache, session, tenant) is None
    assert tenant not in cache.statistics


async def test_a_language_has_its_own(
    session: AsyncSession, bakery: TenantId, cache: Cache
) -> None:
    spanish = await _ask(cache, session, bakery)
    english = await _ask(cache, session, bakery, speech("en", "es_ES", "EUR"))

    assert spanish is not None
    assert english is not None
    assert spanish.bake[0].why != english.bake[0].why


async def test_another_bakery_has_its_own(
    session: AsyncSession, bakery: TenantId, tenant: TenantId, cache: Cache
) -> None:
    await _ask(cache, session, bakery)

    assert await _ask(cache, session, tenant) is None


Change = Callable[[AsyncSession, TenantId], Awaitable[object]]


async def _plan_again(session: AsyncSession, tenant: TenantId) -> None:
    await run_mornings(session, [tenant], NOW, again=True)


async def _rename_a_product(session: AsyncSession, tenant: TenantId) -> None:
    await session.execute(
        update(Product).where(Product.tenant_id == tenant).values(name=Product.name + " de Ana")
    )


async def _rename_an_ingredient(session: AsyncSession, tenant: TenantId) -> None:
    await session.execute(
        update(Ingredient)
        .where(Ingredient.tenant_id == tenant)
        .values(name="Otra " + Ingredient.name)
    )


async def _rename_a_supplier(session: AsyncSession, tenant: TenantId) -> None:
    await session.execute(
        update(Supplier).where(Supplier.tenant_id == tenant).values(name=Supplier.name + " S.L.")
    )


async def _rename_equipment(session: AsyncSession, tenant: TenantId) -> None:
    await session.execute(
        update(Equipment).where(Equipment.tenant_id == tenant).values(name=Equipment.name + " 2")
    )


async def _rename_the_bakery(session: AsyncSession, tenant: TenantId) -> None:
    await session.execute(update(Tenant).where(Tenant.id == tenant).values(name="Pan de Ana"))


async def _move_the_bakery(session: AsyncSession, tenant: TenantId) -> None:
    zone = {"time_zone": "Atlantic/Canary"}
    await session.execute(update(Tenant).where(Tenant.id == tenant).values(**zone))


async def _cancel_an_order(session: AsyncSession, tenant: TenantId) -> None:
    order = await session.scalar(
        select(PurchaseOrder.id)
        .where(PurchaseOrder.tenant_id == tenant, PurchaseOrder.plan_id.is_not(None))
        .limit(1)
    )
    await session.execute(
        update(PurchaseOrder).where(PurchaseOrder.id == order).values(status="cancelled")
    )


async def _buy_more(session: AsyncSession, tenant: TenantId) -> None:
    await session.execute(
        update(PurchaseOrderLine)
        .where(PurchaseOrderLine.tenant_id == tenant)
        .values(packs=PurchaseOrderLine.packs + 1)
    )


async def _bake_more(session: AsyncSession, tenant: TenantId) -> None:
    await session.execute(
        update(Batch)
        .where(Batch.tenant_id == tenant)
        .values(planned_yield=Batch.planned_yield + Decimal(1))
    )


async def _drop_a_batch(session: AsyncSession, tenant: TenantId) -> None:
    batch = await session.scalar(select(Batch.id).where(Batch.tenant_id == tenant).limit(1))
    await session.execute(delete(Batch).where(Batch.id == batch))


async def _note_nothing(session: AsyncSession, tenant: TenantId) -> None:
    await session.execute(update(Run).where(Run.tenant_id == tenant).values(notes=[]))


async def _fail(session: AsyncSession, tenant: TenantId) -> None:
    await session.execute(update(Run).where(Run.tenant_id == tenant).values(status="failed"))


@pytest.mark.parametrize(
    "change",
    [
        _plan_again, _rename_a_product, _rename_an_ingredient, _rename_a_supplier,
        _rename_equipment, _rename_the_bakery, _move_the_bakery, _cancel_an_order, _buy_more,
        _bake_more, _drop_a_batch, _note_nothing, _fail,
    ],
)  # fmt: skip
async def test_a_change_is_seen_at_once(
    session: AsyncSession, bakery: TenantId, cache: Cache, change: Change
) -> None:
    before = await _ask(cache, session, bakery)

    await change(session, bakery)
    session.expunge_all()

    after = await _ask(cache, session, bakery)
    made = await brief(session, bakery, TODAY, SPANISH)
    assert after == made
    if change is _move_the_bakery:  # the same moments by other clocks
        assert before is not None
        assert made is not None
        assert before.made_at.utcoffset() != made.made_at.utcoffset()
    else:
        assert after != before


async def test_what_others_change_leaves_it_kept(
    session: AsyncSession, bakery: TenantId, tenant: TenantId, cache: Cache
) -> None:
    await _ask(cache, session, bakery)
    await session.execute(update(Tenant).where(Tenant.id == tenant).values(name="Otra"))

    await _ask(cache, session, bakery)

    assert cache.statistics[bakery].hits == 1
