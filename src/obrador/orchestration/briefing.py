"""A stored morning as people read it, for the terminal and the page alike.

Numbers stay numbers, so that `--json` is of use to programs; what has to be said in words (`why`,
`text`, `name` of a step) is said in the reader's language.
"""

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogues
from obrador.catalogue.domain import Catalogue, Product, Recipe
from obrador.forecasting import service as forecasting
from obrador.forecasting.domain import QUANTILE_LEVELS, Forecast
from obrador.inventory import service as inventory
from obrador.inventory.domain import Ingredient
from obrador.kit.errors import NotFound
from obrador.kit.i18n import Speech
from obrador.orchestration import explain, repository
from obrador.orchestration.domain import Severity
from obrador.orchestration.references import Reference
from obrador.orchestration.snapshots import reference_of
from obrador.plan_changes import changes_of
from obrador.procurement import service as procurement
from obrador.procurement.domain import OrderLine, StoredOrder, StoredPlan
from obrador.production import service as production
from obrador.production.domain import BakeTarget, StoredBatch, StoredSchedule
from obrador.suppliers import service as suppliers
from obrador.suppliers.domain import Supplier
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery

T = TypeVar("T")

_LOW, _HIGH = QUANTILE_LEVELS.index(0.1), QUANTILE_LEVELS.index(0.9)
_TO_GO = ("draft", "approved")
"""Orders that the supplier does not know of."""
_WORTH_TELLING = 0.5
"""Expected sales below which what is not baked goes unmentioned."""


@dataclass(frozen=True, slots=True)
class NoteLine:
    """Something to know or decide."""

    severity: Severity
    severity_name: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class BakeLine:
    """A product's day. `low` and `high` hold eight days in ten between them; the `_at` figures
    place them, and the quantity, on a scale from 0 to 100."""

    product: str
    unit: str
    quantity: float
    expected: float
    low: float
    high: float
    low_at: float
    high_at: float
    baked_at: float
    ready_by: time | None
    assumed: bool
    why: str
    moved_by: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of a batch, in local time."""

    kind: str
    name: str
    starts_at: datetime
    ends_at: datetime
    equipment: str | None


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch, in local time."""

    name: str
    unit: str
    quantity: float
    starts_at: datetime
    ends_at: datetime
    evening_before: bool
    late_minutes: int
    steps: tuple[StepLine, ...]
    why: str


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """So many packs of an ingredient."""

    ingredient: str
    unit: str
    packs: int
    pack_size: float
    amount_minor: int
    assumed: bool
    why: str


@dataclass(frozen=True, slots=True)
class PurchaseBlock:
    """An order to a supplier."""

    status: str
    supplier: str
    order_on: date
    delivery_on: date
    is_due: bool
    is_urgent: bool
    fee_minor: int
    total_minor: int
    assumed: bool
    lines: tuple[PurchaseLine, ...]


@dataclass(frozen=True, slots=True)
class PlanState:
    """What a schedule, or a purchase plan, is decided by."""

    id: UUID
    version: int
    status: str
    changed_by: str
    """Who decided last; empty: nobody has, or the person at Obrador's machine did."""
    changed_at: datetime | None
    """Local time; None: nobody has."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """The whole morning."""

    bakery: str
    currency: str
    day: date
    revision: int
    made_at: datetime
    data_until: date | None
    notes: tuple[NoteLine, ...]
    bake: tuple[BakeLine, ...]
    to_order: tuple[BakeLine, ...]
    """What is not baked ahead: made to order, or bought in."""
    batches: tuple[BatchLine, ...]
    orders: tuple[PurchaseBlock, ...]
    schedule: PlanState
    purchases: PlanState | None
    """None: nothing was planned to buy."""

    @property
    def pieces(self) -> float:
        """How many pieces are baked."""
        return sum(line.quantity for line in self.bake if line.unit == "piece")

    @property
    def orders_due(self) -> tuple[PurchaseBlock, ...]:
        """Orders that have to go out today, and have not."""
        return tuple(order for order in self.orders if order.is_due and order.status in _TO_GO)

    @property
    def decisions(self) -> tuple[NoteLine, ...]:
        """Notes that ask for something."""
        return tuple(note for note in self.notes if note.severity != "info")


@dataclass(frozen=True)
class _Context:
    """What lines are made with."""

    say: Speech
    bakery: Bakery
    day: date
    catalogue: Catalogue
    ingredients: Mapping[UUID, Ingredient]
    suppliers: Mapping[UUID, Supplier]

    @property
    def names(self) -> dict[str, str]:
        """What ids are called, whatever they identify."""
        named: chain[Product | Recipe | Ingredient | Supplier] = chain(
            self.catalogue.products,
            self.catalogue.recipes.values(),
            self.ingredients.values(),
            self.suppliers.values(),
        )
        return {str(thing.id): thing.name for thing in named}

    def knows(self, forecast: Forecast, plan: StoredPlan | None) -> bool:
        """Whether all that is planned is among what the bakery has here, and has now."""
        orders = [stored.order for stored in plan.orders] if plan else []
        ingredients = {line.ingredient_id for order in orders for line in order.lines}
        return (
            {product.id for product in self.catalogue.products}.issuperset(forecast.product_ids)
            and self.suppliers.keys() >= {order.supplier_id for order in orders}
            and self.ingredients.keys() >= ingredients
        )

    def with_reference(self, taken: Reference | None) -> "_Context":
        """With what the plan was made of besides: kept elsewhere, or gone since."""
        if taken is None:
            return self
        ingredients = {each.id: each for each in taken.ingredients} | dict(self.ingredients)
        suppliers = {each.id: each for each in taken.suppliers} | dict(self.suppliers)
        return replace(
            self,
            catalogue=taken.completing(self.catalogue),
            ingredients=ingredients,
            suppliers=suppliers,
        )

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.bakery.time_zone))


async def brief(session: AsyncSession, tenant: TenantId, day: date, say: Speech) -> Briefing | None:
    """The newest plan of a day, or None if there is none."""
    run = (await repository.latest(session, [(tenant, day)], repository.PLANNED)).get(tenant)
    if run is None:
        return None
    schedule = await _if_any(production.read_schedule(session, tenant, day, run.revision))
    plan = await _if_any(procurement.read_plan(session, tenant, day, run.revision))
    forecast = await forecasting.read_forecast(session, tenant, day, run.revision)
    if forecast is None or schedule is None:
        return None
    context = await _context(session, tenant, day, say)
    if not context.knows(forecast, plan):
        context = context.with_reference(await reference_of(session, tenant, day, run.revision))
    names = context.names
    bake, to_order = _bake_lines(context, schedule, forecast)
    return Briefing(
        bakery=context.bakery.name,
        currency=context.bakery.currency,
        day=day,
        revision=run.revision,
        made_at=context.local(run.completed_at or run.created_at),
        data_until=run.data_until,
        notes=tuple(
            NoteLine(
                note["severity"],
                explain.term(say, note["severity"]),
                note["code"],
                explain.note(say, note["code"], note["facts"], names, day),
            )
            for note in run.notes
        ),
        bake=bake,
        to_order=to_order,
        batches=tuple(_batch_line(context, names, batch) for batch in schedule.batches),
        orders=_orders(context, names, plan) if plan else (),
        schedule=await _plan_state(session, tenant, context, schedule),
        purchases=await _plan_state(session, tenant, context, plan) if plan else None,
    )


async def _plan_state(
    session: AsyncSession, tenant: TenantId, context: _Context, plan: StoredSchedule | StoredPlan
) -> PlanState:
    """How far it is, and who has brought it there."""
    changes = await changes_of(session, tenant, plan.id)
    own = [each for each in changes if each.part_id is None and each.to_status == plan.status]
    last = own[-1] if own else None
    return PlanState(
        plan.id,
        plan.version,
        plan.status,
        last.by if last else "",
        context.local(last.at) if last else None,
    )


async def _if_any(reading: Coroutine[Any, Any, T]) -> T | None:
    """What is read; None where a morning's step was left out, and there is nothing."""
    try:
        return await reading
    except NotFound:
        return None


async def _context(session: AsyncSession, tenant: TenantId, day: date, say: Speech) -> _Context:
    every = [tenant]
    return _Context(
        say,
        (await tenants.load_bakeries(session, every))[tenant],
        day,
        (await catalogues.load_catalogues(session, every))[tenant],
        {i.id: i for i in (await inventory.load_ingredients(session, every))[tenant]},
        {s.id: s for s in (await suppliers.load_suppliers(session, every))[tenant]},
    )


def _bake_lines(
    context: _Context, schedule: StoredSchedule, forecast: Forecast
) -> tuple[tuple[BakeLine, ...], tuple[BakeLine, ...]]:
    """What is baked, by the time it is due, and what is only expected to sell, by name."""
    targets = {target.product_id: target for target in schedule.targets}
    due = {
        batch.product_id: context.local(batch.ready_by).time()
        for batch in sorted(schedule.batches, key=lambda batch: batch.ready_by, reverse=True)
    }
    products = {product.id: product for product in context.catalogue.products}
    baked: list[BakeLine] = []
    only_sold: list[BakeLine] = []
    for row, product_id in enumerate(forecast.product_ids):
        product = products.get(product_id)
        if product is None:
            continue
        recipe = product.recipe_id and context.catalogue.recipes.get(product.recipe_id)
        line = _bake_line(
            context, product, targets.get(product_id), due.get(product_id), forecast, row
        )
        if recipe and recipe.steps:
            if line.quantity:
                baked.append(line)
        elif line.expected >= _WORTH_TELLING:
            only_sold.append(line)
    return (
        tuple(
            sorted(baked, key=lambda line: (line.ready_by or time(), -line.quantity, line.product))
        ),
        tuple(sorted(only_sold, key=lambda line: (-line.expected, line.product))),
    )


def _bake_line(
    context: _Context,
    product: Product,
    target: BakeTarget | None,
    ready_by: time | None,
    forecast: Forecast,
    row: int,
) -> BakeLine:
    low, high = (float(forecast.quantiles[row, 0, level]) for level in (_LOW, _HIGH))
    quantity = target.quantity if target else 0.0
    scale = 100 / max(1.15 * high, quantity, 1.0)
    return BakeLine(
        product=product.name,
        unit=product.unit,
        quantity=quantity,
        expected=float(forecast.mean[row, 0]),
        low=low,
        high=high,
        low_at=low * scale,
        high_at=high * scale,
        baked_at=quantity * scale,
        ready_by=ready_by,
        assumed=bool(product.assumed),
        why=explain.target(context.say, target.reason, product.unit) if target else "",
        moved_by=forecasting.day_forecast(context.say, forecast, row, 0, product.unit),
    )


def _batch_line(context: _Context, names: Mapping[str, str], batch: StoredBatch) -> BatchLine:
    recipe = context.catalogue.recipes.get(batch.recipe_id)
    unit = recipe.unit if recipe else "piece"
    machines = {machine.id: machine.name for machine in context.catalogue.equipment}
    # What a plan was made of may be gone by now.
    name = names.get(str(batch.product_id)) or names.get(str(batch.recipe_id), "?")
    start = context.local(batch.starts_at)
    return BatchLine(
        name=name,
        unit=unit,
        quantity=batch.units,
        starts_at=start,
        ends_at=context.local(batch.ends_at),
        evening_before=start.date() < context.day,
        late_minutes=batch.late_minutes,
        steps=tuple(
            StepLine(
                step.kind,
                explain.term(context.say, step.kind),
                context.local(batch.starts_at + timedelta(minutes=step.start)),
                context.local(batch.starts_at + timedelta(minutes=step.end)),
                machines.get(step.equipment_id) if step.equipment_id else None,
            )
            for step in batch.steps
        ),
        why=explain.batch(context.say, batch.reason, names, unit),
    )


def _orders(
    context: _Context, names: Mapping[str, str], plan: StoredPlan
) -> tuple[PurchaseBlock, ...]:
    return tuple(
        _order_block(context, names, stored)
        for stored in plan.orders
        if stored.status != "cancelled"
    )


def _order_block(context: _Context, names: Mapping[str, str], stored: StoredOrder) -> PurchaseBlock:
    order = stored.order
    return PurchaseBlock(
        status=stored.status,
        supplier=names[str(order.supplier_id)],
        order_on=order.order_on,
        delivery_on=order.delivery_on,
        is_due=order.is_urgent or order.order_on <= context.day,
        is_urgent=order.is_urgent,
        fee_minor=order.fee_minor,
        total_minor=order.goods_minor + order.fee_minor,
        assumed=bool(context.suppliers[order.supplier_id].assumed),
        lines=tuple(_purchase_line(context, names, line) for line in order.lines),
    )


def _purchase_line(context: _Context, names: Mapping[str, str], line: OrderLine) -> PurchaseLine:
    ingredient = context.ingredients[line.ingredient_id]
    return PurchaseLine(
        ingredient=ingredient.name,
        unit=ingredient.unit,
        packs=line.packs,
        pack_size=line.pack_size,
        amount_minor=line.packs * line.pack_price_minor,
        assumed=bool(ingredient.assumed),
        why=explain.order_line(context.say, line.reason, names, ingredient.unit, context.day),
    )
