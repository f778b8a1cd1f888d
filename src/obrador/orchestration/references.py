"""What changes seldom and every morning reads: packed once, read as one value.

A bakery's products, recipes, equipment, ingredients, suppliers and prices are some six hundred rows
of nine tables. Triggers on these tables mark a bakery's packed reference as stale, in the
transaction of the change, so that no way of writing can forget to; whoever reads it next packs it
again. A reference that was packed while a change was under way is used by its reader and not kept.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from uuid import UUID

from sqlalchemy import LargeBinary, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.catalogue.domain import Catalogue
from obrador.inventory import service as inventory
from obrador.inventory.domain import Ingredient
from obrador.kit.pack import pack, unpack
from obrador.suppliers import service as suppliers
from obrador.suppliers.domain import Price, Supplier

_READ = text("""
    select c.tenant_id, c.version, c.hash, r.content
    from current_references c
    left join planning_references r on r.tenant_id = c.tenant_id and r.hash = c.hash
    where c.tenant_id = any(cast(:tenants as uuid[]))
""").columns(content=LargeBinary)
_KEEP = text("""
    insert into planning_references (tenant_id, hash, content)
    select * from unnest(
        cast(:tenants as uuid[]), cast(:hashes as uuid[]), cast(:contents as bytea[])
    ) on conflict do nothing
""")
_POINT = text("""
    update current_references c set hash = u.hash
    from unnest(cast(:tenants as uuid[]), cast(:hashes as uuid[]), cast(:versions as bigint[]))
        as u(tenant_id, hash, version)
    where c.tenant_id = u.tenant_id and c.version = u.version
""")
_BY_HASH = text("""
    select r.tenant_id, r.hash, r.content from planning_references r
    join unnest(cast(:tenants as uuid[]), cast(:hashes as uuid[])) as u(tenant_id, hash)
        using (tenant_id, hash)
""").columns(content=LargeBinary)


@dataclass(frozen=True)
class Reference:
    """A bakery's reference data, as planning takes it."""

    catalogue: Catalogue
    ingredients: tuple[Ingredient, ...]
    suppliers: tuple[Supplier, ...]
    prices: tuple[Price, ...]

    def completing(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue with what has been removed from it since, or was never kept here."""
        known = {product.id for product in catalogue.products}
        others = (product for product in self.catalogue.products if product.id not in known)
        return replace(
            catalogue,
            products=(*catalogue.products, *others),
            recipes={**self.catalogue.recipes, **catalogue.recipes},
            equipment=catalogue.equipment or self.catalogue.equipment,
        )


async def load_references(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, tuple[UUID, Reference]]:
    """The current reference of each bakery, and its hash. One query, if none is stale."""
    rows = (await session.execute(_READ, {"tenants": list(tenants)})).all()
    packed = {row.tenant_id: (row.hash, row.content) for row in rows if row.content is not None}
    versions = {row.tenant_id: row.version for row in rows}
    stale = [tenant for tenant in tenants if tenant not in packed]
    if stale:
        packed |= await _pack_again(session, stale, versions)
    return {tenant: (packed[tenant][0], unpack(packed[tenant][1], Reference)) for tenant in tenants}


async def read_references(
    session: AsyncSession, keys: Collection[tuple[TenantId, UUID]]
) -> dict[tuple[UUID, UUID], Reference]:
    """References as they were at some time, by bakery and hash. One query."""
    values = {"tenants": [tenant for tenant, _ in keys], "hashes": [own for _, own in keys]}
    rows = await session.execute(_BY_HASH, values)
    return {(row.tenant_id, row.hash): unpack(row.content, Reference) for row in rows}


async def keep_references(
    session: AsyncSession, references: Mapping[TenantId, Reference]
) -> dict[TenantId, UUID]:
    """Keep what was fetched elsewhere, by its hash; it is nobody's current one. One statement."""
    packed = {tenant: _hashed(reference) for tenant, reference in references.items()}
    values = {
        "tenants": list(packed),
        "hashes": [own_hash for own_hash, _ in packed.values()],
        "contents": [content for _, content in packed.values()],
    }
    await session.execute(_KEEP, values)
    return {tenant: own_hash for tenant, (own_hash, _) in packed.items()}


async def _pack_again(
    session: AsyncSession, tenants: Sequence[TenantId], versions: dict[UUID, int]
) -> dict[TenantId, tuple[UUID, bytes]]:
    catalogues = await catalogue.load_catalogues(session, tenants)
    ingredients = await inventory.load_ingredients(session, tenants)
    all_suppliers = await suppliers.load_suppliers(session, tenants)
    prices = await suppliers.load_prices(session, tenants)
    packed = {
        tenant: _hashed(
            Reference(
                catalogues[tenant], ingredients[tenant], all_suppliers[tenant], prices[tenant]
            )
        )
        for tenant in tenants
    }
    values = {
        "tenants": list(packed),
        "hashes": [own_hash for own_hash, _ in packed.values()],
        "contents": [content for _, content in packed.values()],
        "versions": [versions[tenant] for tenant in packed],
    }
    await session.execute(_KEEP, values)
    await session.execute(_POINT, values)
    return packed


def _hashed(reference: Reference) -> tuple[UUID, bytes]:
    content = pack(reference)
    return UUID(bytes=blake2b(content, digest_size=16).digest()), content
