"""What planning reads of a bakery is what was written, for many bakeries at once."""

from datetime import date, time
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.catalogue.domain import Catalogue, Component, Step
from obrador.catalogue.models import Equipment, Product, Recipe, RecipeComponent, RecipeStep, Shift
from obrador.inventory import service as inventory
from obrador.inventory.domain import Lot
from obrador.inventory.models import Ingredient, StockLot
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from obrador.suppliers import service as suppliers
from obrador.suppliers.domain import Price
from obrador.suppliers.models import Supplier, SupplierPrice
from obrador.tenants import service as tenants
from tests.factories import make_tenant
from tests.statements import counted


async def fill(session: AsyncSession, tenant: TenantId) -> None:
    """A bakery that makes bread of dough of flour."""
    flour = Ingredient(tenant_id=tenant, id=new_id(), name="Flour", name_key="flour", unit="g")
    mill = Supplier(
        tenant_id=tenant,
        id=new_id(),
        name="Mill",
        name_key="mill",
        lead_time_days=2,
        delivery_weekdays=[0, 3],
    )
    dough = Recipe(
        tenant_id=tenant,
        id=new_id(),
        name="Dough",
        name_key="dough",
        kind="semi_finished",
        unit="g",
        yield_quantity=Decimal(1600),
        lead_days=1,
        components=[RecipeComponent(position=0, ingredient_id=flour.id, quantity=Decimal(1000))],
    )
    bread = Recipe(
        tenant_id=tenant,
        id=new_id(),
        name="Bread",
        name_key="bread",
        kind="product",
        unit="piece",
        yield_quantity=Decimal(4),
        waste_share=Decimal("0.05"),
        components=[
            RecipeComponent(position=0, component_recipe_id=dough.id, quantity=Decimal(400))
        ],
        steps=[
            RecipeStep(position=1, kind="bake", fixed_minutes=30, equipment_kind="oven"),
            RecipeStep(position=0, kind="shape", fixed_minutes=10, people=1),
        ],
    )
    session.add_all([flour, mill, dough])
    await session.flush()
    session.add(bread)
    await session.flush()
    loaf = Product(
        tenant_id=tenant,
        id=new_id(),
        name="Loaf",
        name_key="loaf",
        price_minor=320,
        recipe_id=bread.id,
        par_levels=[Decimal(4)] * 7,
        assumed=["price_minor"],
    )
    session.add_all(
        [
            loaf,
            Product(tenant_id=tenant, name="Old", name_key="old", is_active=False),
            Equipment(
                tenant_id=tenant,
                name="Oven",
                name_key="oven",
                kind="oven",
                count=2,
                capacity=Decimal(8),
            ),
            Shift(tenant_id=tenant, weekdays=[0, 1], starts=time(4), ends=time(12), people=2),
            SupplierPrice(
                tenant_id=tenant,
                supplier_id=mill.id,
                ingredient_id=flour.id,
                pack_size=Decimal(25_000),
                min_packs=1,
                pack_price_minor=1890,
            ),
        ]
    )
    await session.flush()
    for remaining, expires_on in [(0, None), (900, None), (5, date(2026, 4, 1))]:
        session.add(
            StockLot(
                tenant_id=tenant,
                ingredient_id=flour.id,
                received_on=date(2026, 3, 1),
                expires_on=expires_on,
                remaining=Decimal(remaining),
            )
        )
    await session.flush()


async def test_a_catalogue_is_read_whole(session: AsyncSession, tenant: TenantId) -> None:
    await fill(session, tenant)

    loaded = (await catalogue.load_catalogues(session, [tenant]))[tenant]

    (loaf,) = loaded.products
    bread, dough = (
        next(r for r in loaded.recipes.values() if r.name == n) for n in ("Bread", "Dough")
    )
    assert (loaf.name, loaf.price_minor, loaf.assumed) == ("Loaf", 320, ("price_minor",))
    assert loaf.par_levels == (4.0,) * 7
    assert loaf.recipe_id == bread.id
    assert bread.components == (Component(dough.id, is_recipe=True, quantity=400.0),)
    assert bread.steps == (
        Step("shape", 10, people=1),
        Step("bake", 30, equipment_kind="oven"),
    )
    assert bread.waste_share == 0.05
    assert dough.steps == ()
    assert [(e.kind, e.count, e.capacity) for e in loaded.equipment] == [("oven", 2, 8.0)]
    assert [(s.weekdays, s.people) for s in loaded.shifts] == [((0, 1), 2)]


async def test_stock_and_prices_are_read_in_a_stable_order(
    session: AsyncSession, tenant: TenantId
) -> None:
    await fill(session, tenant)

    (flour,) = (await inventory.load_ingredients(session, [tenant]))[tenant]
    lots = (await inventory.load_lots(session, [tenant]))[tenant]
    (mill,) = (await suppliers.load_suppliers(session, [tenant]))[tenant]
    prices = (await suppliers.load_prices(session, [tenant]))[tenant]

    assert lots == (
        Lot(flour.id, 5.0, date(2026, 3, 1), date(2026, 4, 1)),
        Lot(flour.id, 900.0, date(2026, 3, 1), None),
    )
    assert mill.delivery_weekdays == (0, 3)
    assert prices == (Price(mill.id, flour.id, 25_000.0, 1, 1890),)


async def test_queries_do_not_grow_with_bakeries(
    session: AsyncSession, database: Database, tenant: TenantId
) -> None:
    many = [tenant, *[await make_tenant(session, f"Branch {n}") for n in range(9)]]
    for each in many[:-1]:
        await fill(session, each)

    with counted(database) as statements:
        bakeries = await tenants.load_bakeries(session, many)
        catalogues = await catalogue.load_catalogues(session, many)
        ingredients = await inventory.load_ingredients(session, many)
        lots = await inventory.load_lots(session, many)
        deliverers = await suppliers.load_suppliers(session, many)
        prices = await suppliers.load_prices(session, many)

    assert len(statements) == 13
    for loaded in (bakeries, catalogues, ingredients, lots, deliverers, prices):
        assert list(loaded) == many
    assert catalogues[many[-1]] == Catalogue((), {}, (), ())
    assert lots[many[-1]] == ()
    assert [len(lots[each]) for each in many[:-1]] == [2] * 9


async def test_a_bakerys_own_rules_are_read(session: AsyncSession, tenant: TenantId) -> None:
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]

    assert bakery.time_zone == "Europe/Madrid"
    assert [day and (day.opens, day.closes) for day in bakery.opening_hours] == [
        (time(7), time(20))
    ] * 7
    assert bakery.policy.service_level == 0.95
    assert bakery.closures == ()
