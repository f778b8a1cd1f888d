"""Use cases of what is made, and how planning reads it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.domain import wave_fault
from obrador.catalogue.loading import (
    load_catalogues,
    load_out_of_order,
    load_products,
    load_recipes,
)
from obrador.catalogue.models import Equipment, Product
from obrador.catalogue.naming import (
    add_named_products,
    load_product_names,
    load_recipe_names,
    meant,
    product_ids,
)
from obrador.catalogue.recipes import recipes
from obrador.catalogue.repository import EquipmentItems, Products, Recipes, Shifts, products_on_sale
from obrador.catalogue.schemas import EquipmentOutput, ProductOutput, ShiftOutput
from obrador.kit.errors import Conflict, Fault, Invalid
from obrador.resources import Resource

__all__ = [
    "add_named_products",
    "equipment",
    "load_catalogues",
    "load_out_of_order",
    "load_product_names",
    "load_products",
    "load_recipe_names",
    "load_recipes",
    "meant",
    "product_ids",
    "product_units",
    "products",
    "products_on_sale",
    "recipe_units",
    "recipes",
    "shelf_lives",
    "shifts",
]


class EquipmentResource(Resource[Equipment, EquipmentOutput]):
    """Equipment, which steps of recipes need."""

    async def check(self, session: AsyncSession, tenant: TenantId, row: Equipment) -> None:
        """Nothing that a recipe needs has become another kind; a repair ends after it began."""
        since, until = row.out_of_order_from, row.out_of_order_to
        if since and until and until <= since:
            raise Invalid(
                "The equipment is repaired before it breaks.",
                [Fault("out_of_order_to", "must be after out_of_order_from")],
            )
        await _still_equipped(session, tenant)

    async def remove(self, session: AsyncSession, tenant: TenantId, row_id: UUID) -> None:
        """Without it, unless a recipe needs it."""
        await super().remove(session, tenant, row_id)
        await _still_equipped(session, tenant)


class ProductResource(Resource[Product, ProductOutput]):
    """Products, whose own facts must go together."""

    async def check(self, session: AsyncSession, tenant: TenantId, row: Product) -> None:
        """Further bakes come one after another; the shelf's fewest are not more than its most."""
        if fault := wave_fault(row.ready_by, row.waves):
            raise Invalid(
                "The product's waves cannot be baked: the list {fault}.",
                [Fault("waves", fault)],
                fault=fault,
            )
        if row.daily_max is not None and row.min_display > row.daily_max:
            raise Invalid(
                "More should lie on the shelf than is baked in a day, {daily_max:f} at most.",
                [Fault("min_display", "must be {daily_max:f} or less", daily_max=row.daily_max)],
                daily_max=row.daily_max,
            )


products = ProductResource(Products, ProductOutput)
equipment = EquipmentResource(EquipmentItems, EquipmentOutput)
shifts = Resource(Shifts, ShiftOutput)


async def product_units(
    session: AsyncSession, tenant: TenantId, product_ids: Collection[UUID]
) -> dict[UUID, str]:
    """The unit that each of the products is counted in."""
    rows = await Products(session, tenant).by_ids(product_ids)
    return {row.id: row.unit for row in rows}


async def recipe_units(
    session: AsyncSession, tenant: TenantId, recipe_ids: Collection[UUID]
) -> dict[UUID, str]:
    """The unit that what each of the recipes gives is counted in."""
    rows = await Recipes(session, tenant).by_ids(recipe_ids)
    return {row.id: row.unit for row in rows}


async def shelf_lives(
    session: AsyncSession, tenant: TenantId, product_ids: Collection[UUID]
) -> dict[UUID, int]:
    """Days that each of the products keeps, that of its making included."""
    rows = await Products(session, tenant).by_ids(product_ids)
    return {row.id: row.shelf_life_days for row in rows}


async def _still_equipped(session: AsyncSession, tenant: TenantId) -> None:
    without = await Recipes(session, tenant).without_equipment()
    if without:
        needs = ", ".join(f"{recipe} ({kind})" for recipe, kind in without)
        raise Conflict(
            "Recipes need this equipment: {needs}. Change their steps first.", needs=needs
        )
