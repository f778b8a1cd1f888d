"""Many bakeries at once, for benchmarks: some invented ones, and clones of them.

Clones share the ids of what they have with their template: every key starts with the tenant. Their
sales of two years are there folded, as planning reads them, and as rows only for the last days:
220 million rows for ten thousand bakeries would be another benchmark.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId, founding
from obrador.kit.clock import business_date
from obrador.kit.db import Base, Database
from obrador.kit.ids import new_id
from obrador.onboarding import demo
from obrador.sales import service as sales

TEMPLATES = 20
_BATCH = 500
_ROW_DAYS = 8
_CLONED = (
    "closures", "ingredients", "recipes", "recipe_components", "recipe_steps", "products",
    "equipment", "shifts", "suppliers", "supplier_prices", "stock_lots", "stock_movements",
    "purchase_orders", "purchase_order_lines", "customer_orders", "customer_order_lines",
    "forecast_models",
)  # fmt: skip
_TIERS = ("starter",) * 7 + ("professional",) * 2 + ("enterprise",)
_CLONES = "unnest(cast(:templates as uuid[]), cast(:ids as uuid[])) as c(template, clone)"


Prepare = Callable[[AsyncSession, TenantId, datetime], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where bakeries of a fleet are."""

    time_zone: str = "Europe/Madrid"
    country: str = "ES"
    subdivision: str | None = "MD"


async def make_fleet(
    database: Database,
    count: int,
    now: datetime,
    *,
    products: int = 30,
    days: int = 730,
    places: Sequence[Place] = (Place(),),
    prepare: Prepare | None = None,
    progress: Callable[[int], None] = lambda made: None,
) -> list[TenantId]:
    """`count` active bakeries with sales up to yesterday, spread over places and tiers.

    `prepare` is done with each invented one, such as training its model, before it is cloned. In
    transactions of some hundred bakeries, so that memory stays flat.
    """
    templates = await _templates(database, min(count, TEMPLATES), now, products, days)
    if prepare is not None:
        for template in templates:
            async with database.transaction() as session:
                await prepare(session, template, now)
    tables = [Base.metadata.tables[name] for name in _CLONED]
    ids = [founding.founded(new_id()) for _ in range(count)]
    for start in range(0, count, _BATCH):
        numbers = range(start, min(start + _BATCH, count))
        async with database.transaction() as session:
            await _clone(session, templates, ids, numbers, places, tables, now)
        progress(numbers.stop)
    async with database.transaction() as session:
        await session.execute(
            text("delete from tenants where id = any(cast(:ids as uuid[]))"), {"ids": templates}
        )
    async with database.engine.connect() as connection:
        vacuum = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await vacuum.execute(text("vacuum analyze"))
    return ids


async def _templates(
    database: Database, count: int, now: datetime, products: int, days: int
) -> list[TenantId]:
    async with database.transaction() as session:
        made = await demo.load(session, now, products=products, days=days, count=count)
    today = business_date(now, "Europe/Madrid")
    async with database.transaction() as session:
        await sales.load_history(
            session, made, today - timedelta(days=3 * 366), today - timedelta(days=1)
        )
    return made


async def _clone(
    session: AsyncSession,
    templates: Sequence[TenantId],
    ids: Sequence[TenantId],
    numbers: range,
    places: Sequence[Place],
    tables: Sequence[Table],
    now: datetime,
) -> None:
    values = {
        "templates": [templates[number % len(templates)] for number in numbers],
        "ids": [ids[number] for number in numbers],
        "names": [f"Panadería {number + 1}" for number in numbers],
        "zones": [places[number % len(places)].time_zone for number in numbers],
        "countries": [places[number % len(places)].country for number in numbers],
        "subdivisions": [places[number % len(places)].subdivision for number in numbers],
        "tiers": [_TIERS[number % len(_TIERS)] for number in numbers],
        "since": business_date(now, "UTC") - timedelta(days=_ROW_DAYS),
    }
    for statement in _statements(tables):
        await session.execute(text(statement), values)


def _statements(tables: Sequence[Table]) -> Iterator[str]:
    """What copies templates to clones; the marks of what is folded come last, since triggers of
    the rows before reset them."""
    own = {"id", "name", "is_demo", "time_zone", "country", "subdivision", "tier"}
    rest = [f'"{c.name}"' for c in Base.metadata.tables["tenants"].columns if c.name not in own]
    yield f"""
        insert into tenants (id, name, is_demo, time_zone, country, subdivision, tier,
            {", ".join(rest)})
        select c.clone, c.name, false, c.zone, c.country, c.subdivision, c.tier,
            {", ".join(f"t.{name}" for name in rest)}
        from unnest(cast(:templates as uuid[]), cast(:ids as uuid[]), cast(:names as text[]),
            cast(:zones as text[]), cast(:countries as text[]), cast(:subdivisions as text[]),
            cast(:tiers as text[])
        ) as c(template, clone, name, zone, country, subdivision, tier)
        join tenants t on t.id = c.template
    """  # noqa: S608  names of our own columns
    for table in tables:
        yield _copied(table)
    daily = Base.metadata.tables["daily_sales"]
    yield _copied(daily) + " where s.business_date >= :since"
    yield _copied(Base.metadata.tables["sales_months"])
    yield f"""
        update sales_folds f set folded_from = t.folded_from, folded_until = t.folded_until
        from {_CLONES} join sales_folds t on t.tenant_id = c.template
        where f.tenant_id = c.clone
    """  # noqa: S608


def _copied(table: Table) -> str:
    rest = ", ".join(f's."{column.name}"' for column in table.columns if column.name != "tenant_id")
    return (
        f"insert into {table.name} (tenant_id, {rest.replace('s.', '')})"  # noqa: S608
        f" select c.clone, {rest} from {_CLONES} join {table.name} s on s.tenant_id = c.template"
    )
