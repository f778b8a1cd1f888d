"""The builders' bakery as rows of a database, its day planned, and people who work by the plan."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import models, service
from obrador.catalogue.domain import Recipe
from obrador.inventory.models import Ingredient, StockLot, StockMovement
from obrador.kit.ids import new_id
from obrador.production.domain import ProductionPlan, ProductionProblem
from obrador.production.plan import plan_production
from obrador.production.service import save_plans
from obrador.tenants.domain import Morning
from tests.production.builders import (
    DOUGH,
    EQUIPMENT,
    FLOUR,
    ROLL,
    ROLL_RECIPE,
    SHIFTS,
    bakery,
    dough_recipe,
    forecast,
    roll_recipe,
)

DAY = date(2026, 3, 3)
"""The test people's today; it is 06:30 in Madrid."""


def morning(tenant: TenantId, day: date = DAY, revision: int = 0) -> Morning:
    return Morning(tenant, bakery(), day, revision, datetime(2026, 3, 2, 4, tzinfo=UTC))


async def furnish(session: AsyncSession, tenant: TenantId) -> None:
    """Flour, a dough, rolls of it, machines and people; no stock."""
    own = {"tenant_id": tenant}
    session.add(Ingredient(**own, id=FLOUR, name="Flour", name_key="flour", unit="g"))
    await session.flush()
    session.add_all([_recipe(tenant, dough_recipe()), _recipe(tenant, roll_recipe())])
    await session.flush()
    product = {"name": "Roll", "name_key": "roll", "price_minor": 100, "recipe_id": ROLL_RECIPE}
    session.add(models.Product(**own, id=ROLL, **product))
    for machine in EQUIPMENT:
        facts = {"kind": machine.kind, "count": machine.count, "capacity": machine.capacity}
        facts["changeover_minutes"] = machine.changeover_minutes
        name = {"name": machine.name, "name_key": machine.name.lower()}
        session.add(models.Equipment(**own, id=machine.id, **name, **facts))
    for shift in SHIFTS:
        hours = {"starts": shift.starts, "ends": shift.ends, "people": shift.people}
        session.add(models.Shift(**own, id=new_id(), weekdays=list(shift.weekdays), **hours))
    await session.flush()


def _recipe(tenant: TenantId, recipe: Recipe) -> models.Recipe:
    return models.Recipe(
        tenant_id=tenant,
        id=recipe.id,
        name=recipe.name,
        name_key=recipe.name.lower(),
        kind=recipe.kind,
        unit=recipe.unit,
        yield_quantity=recipe.yield_quantity,
        components=[
            models.RecipeComponent(
                tenant_id=tenant,
                position=number,
                ingredient_id=None if each.is_recipe else each.item_id,
                component_recipe_id=each.item_id if each.is_recipe else None,
                quantity=each.quantity,
            )
            for number, each in enumerate(recipe.components)
        ],
        steps=[
            models.RecipeStep(
                tenant_id=tenant,
                position=number,
                kind=each.kind,
                fixed_minutes=each.fixed_minutes,
                minutes_per_unit=each.minutes_per_unit,
                equipment_kind=each.equipment_kind,
                capacity_per_unit=each.capacity_per_unit,
                people=each.people,
                max_wait_minutes=each.max_wait_minutes,
                temperature=each.temperature,
            )
            for number, each in enumerate(recipe.steps)
        ],
    )


async def add_lot(
    session: AsyncSession,
    tenant: TenantId,
    quantity: float,
    expires_on: date | None = None,
    item: UUID = FLOUR,
) -> UUID:
    """A delivery of flour, as a lot with its movement."""
    lot_id, amount = new_id(), Decimal(str(quantity))
    session.add(
        StockLot(
            tenant_id=tenant,
            id=lot_id,
            ingredient_id=item,
            received_on=DAY - timedelta(days=20),
            expires_on=expires_on,
            remaining=amount,
        )
    )
    await session.flush()
    session.add(
        StockMovement(
            tenant_id=tenant,
            id=new_id(),
            lot_id=lot_id,
            kind="receipt",
            quantity=amount,
            occurred_at=datetime(2026, 2, 20, tzinfo=UTC),
        )
    )
    await session.flush()
    return lot_id


async def a_day(session: AsyncSession, tenant: TenantId, rolls: float = 50) -> ProductionPlan:
    """Today's plan of what the bakery's catalogue says."""
    catalogue = (await service.load_catalogues(session, [tenant]))[tenant]
    problem = ProductionProblem(
        bakery(), catalogue, forecast({ROLL: (rolls, 8)}, first_day=DAY), (), (), {FLOUR: 0.2}
    )
    return plan_production(problem)


async def plan_day(session: AsyncSession, tenant: TenantId, rolls: float = 50) -> None:
    """Plan it, and keep it as a draft."""
    await save_plans(session, [(morning(tenant), await a_day(session, tenant, rolls))])


async def the_schedule(client: AsyncClient, url: str) -> dict[str, Any]:
    """The newest one."""
    items = (await client.get(f"{url}/production/schedules")).json()["items"]
    answer = await client.get(f"{url}/production/schedules/{items[0]['id']}")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def approve(client: AsyncClient, url: str) -> dict[str, Any]:
    """Approve the newest schedule."""
    shown = await the_schedule(client, url)
    answer = await client.post(
        f"{url}/production/schedules/{shown['id']}/approve",
        headers={"If-Match": f'"{shown["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    approved: dict[str, Any] = answer.json()
    return approved


def batch_of(schedule: dict[str, Any], recipe: UUID) -> dict[str, Any]:
    """The first batch of a recipe."""
    return next(each for each in schedule["batches"] if each["recipe_id"] == str(recipe))


def dough_of(schedule: dict[str, Any]) -> dict[str, Any]:
    """The first batch of dough."""
    return batch_of(schedule, DOUGH)


def rolls_of(schedule: dict[str, Any]) -> dict[str, Any]:
    """The first batch of rolls."""
    return batch_of(schedule, ROLL_RECIPE)


async def work(
    client: AsyncClient, url: str, batch: dict[str, Any], word: str, **body: Any
) -> dict[str, Any]:
    """Start, complete or cancel a batch."""
    headers = {"Idempotency-Key": body.pop("key")} if "key" in body else {}
    answer = await client.post(
        f"{url}/production/batches/{batch['id']}/{word}", json=body, headers=headers
    )
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
