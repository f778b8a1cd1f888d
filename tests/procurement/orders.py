"""Approved orders, made without a morning."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.models import Ingredient
from obrador.kit.ids import new_id
from obrador.procurement.models import PurchaseOrder, PurchaseOrderLine
from obrador.suppliers.models import Supplier, SupplierPrice

TUESDAY, WEDNESDAY = date(2026, 3, 3), date(2026, 3, 4)
"""`tests.fixtures.people.NOW` is early on Tuesday."""


@dataclass(frozen=True)
class Stocked:
    """A supplier, and what it sells: flour in bags of 25 kg, eggs in boxes of 360."""

    tenant: TenantId
    mill: UUID
    flour: UUID
    eggs: UUID


async def stocked(session: AsyncSession, tenant: TenantId, **mill: object) -> Stocked:
    """The supplier with its price list."""
    made = Stocked(tenant, new_id(), new_id(), new_id())
    facts = {"email": "pedidos@molino.example", "language": "es"} | mill
    session.add_all(
        [
            Supplier(
                tenant_id=tenant,
                id=made.mill,
                name="Molino Ñandú",
                name_key="molino nandu",
                lead_time_days=1,
                delivery_weekdays=[0, 1, 2, 3, 4],
                **facts,
            ),
            Ingredient(
                tenant_id=tenant,
                id=made.flour,
                name="Harina",
                name_key="harina",
                unit="g",
                shelf_life_days=90,
            ),
            Ingredient(
                tenant_id=tenant, id=made.eggs, name="=Huevos", name_key="huevos", unit="piece"
            ),
        ]
    )
    await session.flush()
    session.add_all(
        SupplierPrice(
            tenant_id=tenant,
            supplier_id=made.mill,
            ingredient_id=item,
            pack_size=Decimal(size),
            min_packs=least,
            pack_price_minor=price,
        )
        for item, size, least, price in (
            (made.flour, 25_000, 1, 2_000),
            (made.flour, 25_000, 4, 1_900),
            (made.eggs, 360, 1, 5_400),
        )
    )
    await session.flush()
    return made


async def ordered(
    session: AsyncSession,
    things: Stocked,
    status: str = "approved",
    delivery_on: date = WEDNESDAY,
    packs: int = 4,
) -> UUID:
    """An order outside a plan of so many bags of flour and one box of eggs; its id."""
    own_id = new_id()
    session.add(
        PurchaseOrder(
            tenant_id=things.tenant,
            id=own_id,
            supplier_id=things.mill,
            order_on=TUESDAY,
            delivery_on=delivery_on,
            status=status,
            version=1,
            goods_minor=packs * 1_900 + 5_400,
            fee_minor=500,
            lines=[
                PurchaseOrderLine(
                    position=position,
                    ingredient_id=item,
                    packs=count,
                    pack_size=Decimal(size),
                    pack_price_minor=price,
                )
                for position, item, count, size, price in (
                    (0, things.flour, packs, 25_000, 1_900),
                    (1, things.eggs, 1, 360, 5_400),
                )
            ],
        )
    )
    await session.flush()
    return own_id
