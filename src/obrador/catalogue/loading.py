"""How planning reads the catalogues of many bakeries: rows into plain data."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import Rows, by_tenant
from obrador.catalogue import repository
from obrador.catalogue.domain import (
    Catalogue,
    Component,
    Equipment,
    Product,
    Recipe,
    Shift,
    Step,
)


async def load_catalogues(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, Catalogue]:
    """What some bakeries make, and how. Six queries, however many bakeries."""
    recipes = await load_recipes(session, tenants)
    products = await load_products(session, tenants)
    equipment = by_tenant(tenants, await repository.read_equipment(session, tenants), _equipment)
    shifts = by_tenant(tenants, await repository.read_shifts(session, tenants), _shift)
    return {
        tenant: Catalogue(products[tenant], recipes[tenant], equipment[tenant], shifts[tenant])
        for tenant in tenants
    }


async def load_products(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, tuple[Product, ...]]:
    """What some bakeries sell at present, by name. One query."""
    return by_tenant(tenants, await repository.read_products(session, tenants), _product)


async def load_recipes(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, dict[UUID, Recipe]]:
    """Recipes of some bakeries by id, in the order of their names. Three queries."""
    rows = await repository.read_recipes(session, tenants)
    components, steps = _by_recipe(rows.components), _by_recipe(rows.steps)
    loaded = by_tenant(
        tenants,
        rows.recipes,
        lambda row: _recipe(row, components[row.tenant_id, row.id], steps[row.tenant_id, row.id]),
    )
    return {tenant: {recipe.id: recipe for recipe in loaded[tenant]} for tenant in tenants}


async def load_out_of_order(
    session: AsyncSession, tenants: Sequence[TenantId], since: datetime, until: datetime
) -> dict[TenantId, tuple[Equipment, ...]]:
    """Equipment of some bakeries that is out of order at any time between two moments. One
    query."""
    rows = await repository.read_out_of_order(session, tenants, since, until)
    return by_tenant(tenants, rows, _equipment)


def _by_recipe(rows: Rows) -> dict[tuple[UUID, UUID], list[Row[Any]]]:
    """By tenant and recipe: ids are unique within a bakery only."""
    grouped: dict[tuple[UUID, UUID], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.tenant_id, row.recipe_id].append(row)
    return grouped


def _recipe(row: Row[Any], components: Iterable[Row[Any]], steps: Iterable[Row[Any]]) -> Recipe:
    return Recipe(
        id=row.id,
        name=row.name,
        kind=row.kind,
        unit=row.unit,
        yield_quantity=float(row.yield_quantity),
        components=tuple(_component(component) for component in components),
        steps=tuple(_step(step) for step in steps),
        waste_share=float(row.waste_share),
        batch_min=float(row.batch_min),
        batch_max=None if row.batch_max is None else float(row.batch_max),
        batch_multiple=float(row.batch_multiple),
        lead_days=row.lead_days,
        assumed=tuple(row.assumed),
    )


def _component(row: Row[Any]) -> Component:
    return Component(
        item_id=row.ingredient_id or row.component_recipe_id,
        is_recipe=row.ingredient_id is None,
        quantity=float(row.quantity),
        waste_share=float(row.waste_share),
    )


def _step(row: Row[Any]) -> Step:
    return Step(
        kind=row.kind,
        fixed_minutes=row.fixed_minutes,
        minutes_per_unit=float(row.minutes_per_unit),
        equipment_kind=row.equipment_kind,
        capacity_per_unit=float(row.capacity_per_unit),
        people=row.people,
        max_wait_minutes=row.max_wait_minutes,
        temperature=row.temperature,
    )


def _product(row: Row[Any]) -> Product:
    return Product(
        id=row.id,
        name=row.name,
        category=row.category,
        unit=row.unit,
        price_minor=row.price_minor,
        salvage_minor=row.salvage_minor,
        shelf_life_days=row.shelf_life_days,
        recipe_id=row.recipe_id,
        ready_by=row.ready_by,
        par_levels=None if row.par_levels is None else tuple(float(par) for par in row.par_levels),
        daily_max=None if row.daily_max is None else float(row.daily_max),
        issuing=row.issuing,
        disposal_minor=row.disposal_minor,
        goodwill_minor=row.goodwill_minor,
        holding_minor=row.holding_minor,
        variable_cost_minor=row.variable_cost_minor,
        min_display=float(row.min_display),
        waves=tuple(row.waves),
        assumed=tuple(row.assumed),
    )


def _equipment(row: Row[Any]) -> Equipment:
    return Equipment(
        id=row.id,
        name=row.name,
        kind=row.kind,
        count=row._mapping["count"],  # a row has a method of this name
        capacity=float(row.capacity),
        available_from=row.available_from,
        available_to=row.available_to,
        changeover_minutes=row.changeover_minutes,
        out_of_order_from=row.out_of_order_from,
        out_of_order_to=row.out_of_order_to,
    )


def _shift(row: Row[Any]) -> Shift:
    return Shift(weekdays=tuple(row.weekdays), starts=row.starts, ends=row.ends, people=row.people)
