"""An order as its supplier sees it, as plain data; and a number for it that people can say."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from obrador.authz import TenantId
from obrador.inventory import service as inventory
from obrador.kit.clock import business_date
from obrador.kit.errors import NotFound
from obrador.kit.i18n import Speech, speech
from obrador.plan_changes import Who
from obrador.procurement.models import PurchaseOrder
from obrador.suppliers import service as suppliers
from obrador.suppliers.domain import Contact
from obrador.tenants import service as tenants_service
from obrador.tenants.domain import Bakery


@dataclass(frozen=True, slots=True)
class PaperLine:
    """So many packs of something."""

    position: int
    name: str
    unit: str
    packs: int
    pack_size: Decimal
    """In the base unit."""
    pack_price_minor: int

    @property
    def total_minor(self) -> int:
        """Of all packs."""
        return self.packs * self.pack_price_minor


@dataclass(frozen=True, slots=True)
class OrderPaper:
    """All that an order says. Money in minor units of the bakery's currency."""

    order_id: UUID
    version: int
    status: str
    number: str
    """Empty: it has none yet, as long as nobody has approved it."""
    bakery: str
    supplier: Contact
    delivery_on: date
    lines: tuple[PaperLine, ...]
    goods_minor: int
    fee_minor: int
    note: str
    say: Speech
    """In the supplier's language."""

    @property
    def total_minor(self) -> int:
        """Goods and fee."""
        return self.goods_minor + self.fee_minor


OrderKey = tuple[TenantId, UUID]


async def load_papers(
    session: AsyncSession, keys: Sequence[OrderKey], notes: Mapping[UUID, str] | None = None
) -> dict[UUID, OrderPaper]:
    """Those of the orders that are there, by id; lines of no packs are left out. Seven queries,
    however many orders and bakeries.

    Args:
        notes: what to write below, by order.
    """
    tenants = sorted({tenant for tenant, _ in keys})
    query = (
        select(PurchaseOrder)
        .where(tuple_(PurchaseOrder.tenant_id, PurchaseOrder.id).in_(keys))
        .options(selectinload(PurchaseOrder.lines))
        .execution_options(populate_existing=True)
    )
    orders = list(await session.scalars(query))
    contacts = await suppliers.load_contacts(
        session, tenants, {order.supplier_id for order in orders}
    )
    bakeries = await tenants_service.load_bakeries(session, tenants)
    bakery_of: dict[UUID, Bakery] = dict(bakeries.items())
    goods: dict[UUID, tuple[str, str]] = defaultdict(lambda: ("?", "piece"))
    for ingredients in (await inventory.load_ingredients(session, tenants)).values():
        goods |= {each.id: (each.name, each.unit) for each in ingredients}
    return {
        order.id: _paper(
            order,
            contacts[order.supplier_id],
            bakery_of[order.tenant_id],
            goods,
            (notes or {}).get(order.id, ""),
        )
        for order in orders
    }


async def paper_of(session: AsyncSession, tenant: TenantId, order_id: UUID, by: Who) -> OrderPaper:
    """One order's, with a number once it is approved.

    Raises:
        NotFound: it is not there.
    """
    await give_number(session, tenant, order_id, by)
    found = await load_papers(session, [(tenant, order_id)])
    if order_id not in found:
        raise NotFound("There is no purchase order {order_id} here.", order_id=order_id)
    return found[order_id]


async def give_number(session: AsyncSession, tenant: TenantId, order_id: UUID, by: Who) -> None:
    """Number an order that is approved and has no number yet by the day and a count: 20260303-01.
    Who numbers waits for others who do in the same bakery, so that no number is given twice. One
    query, or five."""
    query = (
        select(PurchaseOrder)
        .where(
            PurchaseOrder.tenant_id == tenant,
            PurchaseOrder.id == order_id,
            PurchaseOrder.number.is_(None),
            PurchaseOrder.status.not_in(("draft", "cancelled")),
        )
        .with_for_update()
    )
    order = (await session.scalars(query)).one_or_none()
    if order is None:
        return
    await session.execute(_ALONE, {"name": f"order numbers of {tenant}"})
    zone = await tenants_service.time_zone_of(session, tenant)
    day = f"{business_date(by.at, zone):%Y%m%d}"
    latest = await session.scalar(_LATEST, {"tenant": tenant, "begin": f"{day}-%"})
    order.number = f"{day}-{(latest or 0) + 1:02}"
    await session.flush()


_ALONE = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
_LATEST = text(
    "select max(cast(split_part(number, '-', 2) as integer)) from purchase_orders"
    " where tenant_id = :tenant and number like :begin"
)


def _paper(
    order: PurchaseOrder,
    contact: Contact,
    bakery: Bakery,
    goods: Mapping[UUID, tuple[str, str]],
    note: str,
) -> OrderPaper:
    return OrderPaper(
        order_id=order.id,
        version=order.version,
        status=order.status,
        number=order.number or "",
        bakery=bakery.name,
        supplier=contact,
        delivery_on=order.delivery_on,
        lines=tuple(
            PaperLine(
                line.position,
                *goods[line.ingredient_id],
                line.packs,
                line.pack_size,
                line.pack_price_minor,
            )
            for line in order.lines
            if line.packs
        ),
        goods_minor=order.goods_minor,
        fee_minor=order.fee_minor,
        note=note,
        say=_speech_to(contact, bakery),
    )


def _speech_to(contact: Contact, bakery: Bakery) -> Speech:
    """Numbers too as the supplier's language writes them: 12,345 kg is twelve tonnes to a reader of
    English."""
    language = contact.language
    is_own = language is None or bakery.locale.split("_")[0] == language
    return speech(language, bakery.locale if is_own else str(language), bakery.currency)
