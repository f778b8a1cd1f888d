"""Purchase orders as people read them, wherever a page shows one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from obrador.dashboard.visiting import Visit
from obrador.inventory import service as inventory
from obrador.kit import money
from obrador.kit.i18n import Speech
from obrador.orchestration import explain
from obrador.orchestration.snapshots import reference_of
from obrador.plan_changes import Change
from obrador.procurement.domain import Order, OrderLine, StoredOrder, StoredPlan
from obrador.procurement.order_schemas import LineOutput, OrderDetail, OrderOutput
from obrador.procurement.sending import Sending
from obrador.suppliers import service as suppliers


@dataclass(frozen=True, slots=True)
class Known:
    """What suppliers and ingredients are called, also those that are gone."""

    names: Mapping[str, str]
    units: Mapping[UUID, str]

    def name(self, own: UUID) -> str:
        """Of a supplier or an ingredient."""
        return self.names.get(str(own), "?")

    def unit(self, own: UUID) -> str:
        """Of an ingredient."""
        return self.units.get(own, "piece")


@dataclass(frozen=True, slots=True)
class LineWords:
    """So many packs of an ingredient. `why` has a sentence or two, none if nobody planned it."""

    position: int
    item_id: UUID
    name: str
    unit: str
    packs: int
    pack_size: float
    amount_minor: int
    received: float
    why: tuple[str, ...]
    edited: str
    """What a person has changed; empty: nothing."""

    @property
    def outstanding(self) -> float:
        """Still to come, in the ingredient's base unit."""
        return max(self.packs * self.pack_size - self.received, 0.0)


@dataclass(frozen=True, slots=True)
class OrderWords:
    """An order to a supplier for a day."""

    id: UUID
    version: int
    status: str
    status_words: str
    supplier: str
    order_on: date
    delivery_on: date
    is_due: bool
    """It has to be placed today, and no mail is on its way."""
    is_urgent: bool
    below_minimum: bool
    total_minor: int
    fee_minor: int
    lines: tuple[LineWords, ...]
    number: str
    sending: str
    """How far it has come on its way; empty: nobody has sent it."""
    has_failed: bool
    """Its mail could not be delivered."""


async def load_known(visit: Visit, plan: StoredPlan | None = None) -> Known:
    """Two queries; two more where something of the plan is gone since."""
    session, tenant = visit.session, visit.tenant
    sellers = {s.id: s.name for s in (await suppliers.load_suppliers(session, [tenant]))[tenant]}
    bought = (await inventory.load_ingredients(session, [tenant]))[tenant]
    items = {each.id: (each.name, each.unit) for each in bought}
    orders = [each.order for each in plan.orders] if plan else []
    is_complete = sellers.keys() >= {each.supplier_id for each in orders} and items.keys() >= {
        line.ingredient_id for each in orders for line in each.lines
    }
    if plan and not is_complete:
        taken = await reference_of(session, tenant, plan.business_date, plan.revision)
        if taken is not None:
            sellers = {each.id: each.name for each in taken.suppliers} | sellers
            items = {each.id: (each.name, each.unit) for each in taken.ingredients} | items
    names = {str(own): name for own, name in sellers.items()}
    names |= {str(own): name for own, (name, _) in items.items()}
    return Known(names, {own: unit for own, (_, unit) in items.items()})


def status_words(say: Speech, status: str) -> str:
    """How far a plan or an order has come."""
    return {
        "draft": say.phrase("draft"),
        "pending_approval": say.phrase("waits for approval"),
        "approved": say.phrase("approved"),
        "in_progress": say.phrase("in progress"),
        "completed": say.phrase("completed"),
        "rejected": say.phrase("turned down"),
        "superseded": say.phrase("replaced by a newer plan"),
        "archived": say.phrase("put away"),
        "sent": say.phrase("sent"),
        "partially_received": say.phrase("has come in part"),
        "received": say.phrase("has come"),
        "cancelled": say.phrase("called off"),
    }[status]


def planned_order(
    visit: Visit, known: Known, plan: StoredPlan, stored: StoredOrder, sent: Sending | None
) -> OrderWords:
    """An order of a plan, with reasons."""
    order, say = stored.order, visit.say
    numbered = zip(stored.positions, order.lines, stored.received, stored.edits, strict=True)
    return OrderWords(
        id=stored.id,
        version=stored.version,
        status=stored.status,
        status_words=status_words(say, stored.status),
        supplier=known.name(order.supplier_id),
        order_on=order.order_on,
        delivery_on=order.delivery_on,
        is_due=_is_due(visit, stored.status, order, sent),
        is_urgent=order.is_urgent,
        below_minimum=order.below_minimum,
        total_minor=order.goods_minor + order.fee_minor,
        fee_minor=order.fee_minor,
        lines=tuple(
            LineWords(
                position=position,
                item_id=line.ingredient_id,
                name=known.name(line.ingredient_id),
                unit=known.unit(line.ingredient_id),
                packs=line.packs,
                pack_size=line.pack_size,
                amount_minor=line.packs * line.pack_price_minor,
                received=received,
                why=_why(say, known, line, plan.business_date),
                edited=_edited(say, mark),
            )
            for position, line, received, mark in numbered
        ),
        number=(sent.order.number or "") if sent else "",
        sending=_sending(visit, sent) if sent else "",
        has_failed=bool(sent and sent.mail and sent.mail.status == "failed"),
    )


def shown_order(
    visit: Visit, known: Known, order: OrderOutput | OrderDetail, sent: Sending | None
) -> OrderWords:
    """An order as the API shows it, whatever plan it is of."""
    return OrderWords(
        id=order.id,
        version=order.version,
        status=order.status,
        status_words=status_words(visit.say, order.status),
        supplier=known.name(order.supplier_id),
        order_on=order.order_on,
        delivery_on=order.delivery_on,
        is_due=_is_due(visit, order.status, order, sent),
        is_urgent=order.is_urgent,
        below_minimum=order.below_minimum,
        total_minor=money.to_minor(order.goods + order.fee, order.currency),
        fee_minor=money.to_minor(order.fee, order.currency),
        lines=tuple(_shown_line(visit.say, known, line, order.currency) for line in order.lines),
        number=(sent.order.number or "") if sent else "",
        sending=_sending(visit, sent) if sent else "",
        has_failed=bool(sent and sent.mail and sent.mail.status == "failed"),
    )


def change_words(visit: Visit, change: Change, orders: Mapping[UUID, str]) -> str:
    """What became of a plan, or of one of its orders: who, what, why."""
    say = visit.say
    by = {"system": "Obrador", "": say.phrase("you, at this machine")}.get(change.by, change.by)
    if change.from_status == change.to_status:
        what = say.phrase("edited")
    else:
        what = status_words(say, change.to_status)
    of = orders.get(change.part_id) if change.part_id else say.phrase("the plan")
    words = f"{of or say.phrase('an order')}: {what} · {by}"
    return f"{words} · {change.reason}" if change.reason else words


def _is_due(
    visit: Visit, status: str, order: Order | OrderOutput | OrderDetail, sent: Sending | None
) -> bool:
    is_going = sent is not None and sent.mail is not None and sent.mail.status == "queued"
    is_open = status in ("draft", "approved") and not is_going
    return is_open and (order.is_urgent or order.order_on <= visit.today)


def _why(say: Speech, known: Known, line: OrderLine, first: date) -> tuple[str, ...]:
    reason, unit = line.reason, known.unit(line.ingredient_id)
    bought = say.quantity(line.packs * line.pack_size, unit)
    return (
        explain.order_line(say, reason, known.names, unit, first),
        say.counted(
            "That is {net} to buy; {n} pack is {bought}.",
            "That is {net} to buy; {n} packs are {bought}.",
            line.packs,
            net=say.quantity(max(reason.net, 0.0), unit),
            bought=bought,
        ),
        say.counted(
            "It comes {n} day after it is ordered.",
            "It comes {n} days after it is ordered.",
            reason.lead_days,
        ),
    )


def _edited(say: Speech, mark: Mapping[str, object] | None) -> str:
    if mark is None:
        return ""
    planned = mark.get("planned")
    was = say.phrase("added by hand")
    if isinstance(planned, Mapping):
        was = say.phrase("edited: {packs} packs were planned", packs=planned["packs"])
    return ", ".join(str(part) for part in (was, mark.get("by"), mark.get("reason")) if part)


def _shown_line(say: Speech, known: Known, line: LineOutput, currency: str) -> LineWords:
    mark = None if line.edited is None else line.edited.model_dump()
    return LineWords(
        position=line.position,
        item_id=line.ingredient_id,
        name=known.name(line.ingredient_id),
        unit=known.unit(line.ingredient_id),
        packs=line.packs,
        pack_size=line.pack_size,
        amount_minor=line.packs * money.to_minor(line.pack_price, currency),
        received=line.received,
        why=(),
        edited=_edited(say, mark),
    )


def _sending(visit: Visit, sent: Sending) -> str:
    say, mail = visit.say, sent.mail
    if sent.order.sent_at is not None:
        at = visit.local(sent.order.sent_at)
        return say.phrase(
            "sent on {day} at {time}, {way}",
            day=say.short_day(at),
            time=say.clock(at),
            way=_way(say, sent.order.sent_via),
        )
    if mail is None or mail.status == "withdrawn":
        return ""
    if mail.status == "failed":
        return say.phrase("the mail to {address} failed", address=mail.recipient)
    return say.phrase("on its way to {address}", address=mail.recipient)


def _way(say: Speech, via: str) -> str:
    return {
        "mail": say.phrase("by mail"),
        "file": say.phrase("as a file in the outbox"),
        "phone": say.phrase("by phone"),
        "portal": say.phrase("on the supplier's own site"),
        "person": say.phrase("in person"),
    }.get(via, via)
