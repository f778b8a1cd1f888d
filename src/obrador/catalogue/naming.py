"""Products by what people call them, for data that comes in by name."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from rapidfuzz import fuzz, process
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.models import Product, Recipe
from obrador.kit.errors import NotFound
from obrador.kit.names import name_key
from obrador.kit.queries import any_of

_ALIKE, _MEANT, _CLEARLY = 50, 70, 8
"""Per cent of likeness from which a name is worth naming, from which it may be meant, and by which
it must be ahead of the next."""
_NAMED = 5


async def product_ids(session: AsyncSession, tenant: TenantId) -> dict[str, UUID]:
    """The id of every product, sold at present or not, by `name_key`."""
    query = select(Product.name_key, Product.id).where(Product.tenant_id == tenant)
    return {row.name_key: row.id for row in await session.execute(query)}


async def load_product_names(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[UUID, tuple[str, str]]:
    """Name and unit of every product of some bakeries, sold at present or not. One query."""
    query = select(Product.id, Product.name, Product.unit).where(
        Product.tenant_id == any_of(tenants)
    )
    return {row.id: (row.name, row.unit) for row in await session.execute(query)}


async def load_recipe_names(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, dict[UUID, tuple[str, str]]]:
    """Name and unit of every recipe of some bakeries. One query."""
    query = select(Recipe.tenant_id, Recipe.id, Recipe.name, Recipe.unit).where(
        Recipe.tenant_id == any_of(tenants)
    )
    found: dict[UUID, dict[UUID, tuple[str, str]]] = {tenant: {} for tenant in tenants}
    for row in await session.execute(query):
        found[row.tenant_id][row.id] = row.name, row.unit
    return {tenant: found[tenant] for tenant in tenants}


async def add_named_products(
    session: AsyncSession, tenant: TenantId, names: Mapping[UUID, str]
) -> None:
    """New products of which only id and name are known."""
    rows = [
        {"tenant_id": tenant, "id": product_id, "name": name, "name_key": name_key(name)}
        for product_id, name in names.items()
    ]
    if rows:
        await session.execute(insert(Product), rows)


def meant(wanted: str, names: Mapping[UUID, str]) -> UUID:
    """The product that somebody means: the one of that name whatever its case and accents, or the
    only one with that in its name, or the one that is clearly most like it, as with a letter wrong.

    Raises:
        NotFound: none is, or several are; names the nearest.
    """
    if not names:
        raise NotFound("There are no products yet. Import sales first: obrador import sales FILE")
    keys = {product_id: name_key(name) for product_id, name in names.items()}
    key = name_key(wanted)
    exact = [product_id for product_id, own in keys.items() if own == key]
    having = exact or [product_id for product_id, own in keys.items() if key in own]
    if len(having) == 1:
        return having[0]
    alike = process.extract(key, keys, scorer=fuzz.ratio, limit=2, score_cutoff=_MEANT)
    if not having and alike and (len(alike) == 1 or alike[0][1] - alike[1][1] >= _CLEARLY):
        return alike[0][2]
    could_be = {product_id: keys[product_id] for product_id in having} or keys
    near = process.extract(key, could_be, scorer=fuzz.WRatio, limit=_NAMED, score_cutoff=_ALIKE)
    nearest = ", ".join(names[product_id] for _, _, product_id in near)
    advice = (
        f"Did you mean one of these: {nearest}?"
        if nearest
        else "None is like it; 'obrador forecast' lists all."
    )
    raise NotFound("No product is called {wanted!r}. {advice}", wanted=wanted, advice=advice)
