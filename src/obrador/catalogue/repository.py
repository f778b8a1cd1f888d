"""Queries of products, recipes, equipment and shifts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BindParameter, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from obrador.authz import TenantId
from obrador.authz.scoped import Rows, ScopedRepository, read_rows
from obrador.catalogue.models import (
    Equipment,
    Product,
    Recipe,
    RecipeComponent,
    RecipeStep,
    Shift,
)
from obrador.kit.db import table_of
from obrador.kit.queries import any_of, row_state


class Products(ScopedRepository[Product]):
    """What is sold."""

    model = Product


class Recipes(ScopedRepository[Recipe]):
    """How it is made, with components and steps."""

    model = Recipe

    def query(self) -> Select[Recipe]:
        """The tenant's recipes with their parts."""
        parts = selectinload(Recipe.components), selectinload(Recipe.steps)
        return super().query().options(*parts)

    async def lock_all(self) -> dict[UUID, str]:
        """The base unit of every recipe; nobody else changes any until the transaction ends.

        Recipes refer to each other, so a rule about one is a rule about all of them.
        """
        query = (
            select(Recipe.id, Recipe.unit)
            .where(Recipe.tenant_id == self.tenant)
            .order_by(Recipe.id)
            .with_for_update(key_share=True)
        )
        return {row.id: row.unit for row in await self.session.execute(query)}

    async def units_of(self, recipe_ids: Collection[UUID]) -> dict[UUID, str]:
        """The base unit of each of the recipes."""
        query = select(Recipe.id, Recipe.unit).where(
            Recipe.tenant_id == self.tenant, Recipe.id == any_of(recipe_ids)
        )
        return {row.id: row.unit for row in await self.session.execute(query)}

    async def without_equipment(self) -> list[tuple[str, str]]:
        """Names of recipes, and the kind of equipment they need and nobody has."""
        owned = exists().where(
            Equipment.tenant_id == self.tenant, Equipment.kind == RecipeStep.equipment_kind
        )
        query = (
            select(Recipe.name, RecipeStep.equipment_kind)
            .join(
                RecipeStep,
                (RecipeStep.tenant_id == Recipe.tenant_id) & (RecipeStep.recipe_id == Recipe.id),
            )
            .where(Recipe.tenant_id == self.tenant, RecipeStep.equipment_kind.is_not(None), ~owned)
            .distinct()
            .order_by(Recipe.name, RecipeStep.equipment_kind)
        )
        return [(row.name, row.equipment_kind or "") for row in await self.session.execute(query)]


class EquipmentItems(ScopedRepository[Equipment]):
    """What it is made on."""

    model = Equipment

    async def kinds(self) -> list[str]:
        """All kinds of equipment that there are."""
        query = (
            select(Equipment.kind)
            .where(Equipment.tenant_id == self.tenant)
            .distinct()
            .order_by(Equipment.kind)
        )
        return list(await self.session.scalars(query))


class Shifts(ScopedRepository[Shift]):
    """Who makes it, when."""

    model = Shift


@dataclass(frozen=True, slots=True)
class RecipeRows:
    """Recipes of some bakeries with their parts, in order."""

    recipes: Rows
    components: Rows
    steps: Rows


async def read_recipes(session: AsyncSession, tenants: Sequence[TenantId]) -> RecipeRows:
    """All recipes of some bakeries. Three queries."""
    return RecipeRows(
        await read_rows(session, tenants, Recipe.__table__, Recipe.name_key),
        await read_rows(
            session, tenants, RecipeComponent.__table__, *RecipeComponent.__table__.primary_key
        ),
        await read_rows(session, tenants, RecipeStep.__table__, *RecipeStep.__table__.primary_key),
    )


async def read_products(session: AsyncSession, tenants: Sequence[TenantId]) -> Rows:
    """All products of some bakeries that are sold at present, by name."""
    return await read_rows(
        session, tenants, Product.__table__, Product.name_key, where=Product.is_active
    )


def products_on_sale(tenant: BindParameter[TenantId]) -> Select[list[UUID] | None, Decimal | None]:
    """A query of one row: the ids of the products that a bakery sells at present, by name, and a
    number that is another one after every change of them."""
    rows = (
        select(Product.id, Product.name_key, row_state(table_of(Product)))
        .where(Product.tenant_id == tenant, Product.is_active)
        .subquery()
    )
    return select(
        func.array_agg(aggregate_order_by(rows.c.id, rows.c.name_key)).label("product_ids"),
        func.sum(rows.c.state).label("products_state"),
    )


async def read_equipment(session: AsyncSession, tenants: Sequence[TenantId]) -> Rows:
    """All equipment of some bakeries, by name."""
    return await read_rows(session, tenants, Equipment.__table__, Equipment.name_key)


async def read_shifts(session: AsyncSession, tenants: Sequence[TenantId]) -> Rows:
    """All shifts of some bakeries, by start."""
    return await read_rows(session, tenants, Shift.__table__, Shift.starts, Shift.id)


async def read_out_of_order(
    session: AsyncSession, tenants: Sequence[TenantId], since: datetime, until: datetime
) -> Rows:
    """Equipment that is out of order at any time between two moments, by name."""
    broken_from, broken_to = Equipment.out_of_order_from, Equipment.out_of_order_to
    is_broken = and_(
        or_(broken_from.is_not(None), broken_to.is_not(None)),
        or_(broken_from.is_(None), broken_from < until),
        or_(broken_to.is_(None), broken_to > since),
    )
    table = Equipment.__table__
    return await read_rows(session, tenants, table, Equipment.name_key, where=is_broken)
