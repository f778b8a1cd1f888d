"""A purchase plan as people read it: orders, what is missing, what changed, what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from obrador.dashboard.order_words import (
    Known,
    OrderWords,
    change_words,
    load_known,
    planned_order,
    shown_order,
    status_words,
)
from obrador.dashboard.visiting import Visit
from obrador.kit.i18n import Speech
from obrador.kit.pagination import PageRequest
from obrador.plan_changes import PLAN_STATES, changes_of
from obrador.procurement import sending, showing
from obrador.procurement.comparing import Comparison, compare
from obrador.procurement.domain import StoredPlan
from obrador.procurement.life import EDITABLE, OPEN
from obrador.procurement.order_schemas import OrderOutput
from obrador.procurement.plan_schemas import PlanSummary
from obrador.procurement.showing import Wanted

_PLANS = PageRequest(limit=10)
_ORDERS = PageRequest(limit=100)


@dataclass(frozen=True, slots=True)
class PastWords:
    """Something that became of a plan."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class PlanWords:
    """A purchase plan."""

    id: UUID
    version: int
    day: date
    made_at: datetime
    revision: int
    status_words: str
    cost_minor: int
    orders: tuple[OrderWords, ...]
    """Without those that were called off."""
    missing: tuple[str, ...]
    """What runs out, what nobody supplies."""
    changes: tuple[str, ...]
    """Against the plan that it replaces."""
    cost_difference_minor: int | None
    """Likewise; null: it replaces none."""
    history: tuple[PastWords, ...]
    may_be_approved: bool
    may_be_rejected: bool
    may_be_edited: bool

    @property
    def due(self) -> tuple[OrderWords, ...]:
        """Orders to place today."""
        return tuple(order for order in self.orders if order.is_due)

    @property
    def later(self) -> tuple[OrderWords, ...]:
        """The others."""
        return tuple(order for order in self.orders if not order.is_due)

    @property
    def due_minor(self) -> int:
        """What those of today cost."""
        return sum(order.total_minor for order in self.due)


@dataclass(frozen=True, slots=True)
class Desk:
    """The purchasing page. No plan: nothing has been planned."""

    plan: PlanWords | None
    coming: tuple[OrderWords, ...]
    """Orders of other plans that are approved or sent and still to come, the first to come
    first."""
    plans: Sequence[PlanSummary]
    """The newest ones."""


async def load_desk(visit: Visit, plan_id: UUID | None) -> Desk:
    """A plan, or without an id the newest, and what else is to be known for buying. A constant
    number of queries."""
    session, tenant = visit.session, visit.tenant
    plans = (await showing.page_of_plans(session, tenant, _PLANS, Wanted())).items
    chosen = plan_id or (plans[0].id if plans else None)
    plan = None if chosen is None else await showing.read_plan(session, tenant, chosen)
    known = await load_known(visit, plan)
    coming = [
        order for order in await _open_orders(visit) if plan is None or order.plan_id != plan.id
    ]
    own = [order.id for order in plan.orders] if plan else []
    sent = await sending.sendings_of(session, tenant, [*own, *(order.id for order in coming)])
    return Desk(
        plan=None if plan is None else await _plan(visit, known, plan, sent),
        coming=tuple(shown_order(visit, known, order, sent.get(order.id)) for order in coming),
        plans=plans,
    )


async def _open_orders(visit: Visit) -> list[OrderOutput]:
    found: list[OrderOutput] = []
    for status in OPEN:  # three states, whatever there is of them
        wanted = Wanted(status=status)
        page = await showing.page_of_orders(visit.session, visit.tenant, _ORDERS, wanted)
        found += page.items
    return sorted(found, key=lambda order: (order.delivery_on, str(order.id)))


async def _plan(
    visit: Visit, known: Known, plan: StoredPlan, sent: dict[UUID, sending.Sending]
) -> PlanWords:
    session, tenant, say = visit.session, visit.tenant, visit.say
    orders = [
        planned_order(visit, known, plan, each, sent.get(each.id))
        for each in plan.orders
        if each.status != "cancelled"
    ]
    before = None
    if plan.replaces_id is not None:
        before = compare(await showing.read_plan(session, tenant, plan.replaces_id), plan)
    suppliers = {each.id: known.name(each.order.supplier_id) for each in plan.orders}
    history = await changes_of(session, tenant, plan.id)
    return PlanWords(
        id=plan.id,
        version=plan.version,
        day=plan.business_date,
        made_at=visit.local(plan.made_at),
        revision=plan.revision,
        status_words=status_words(say, plan.status),
        cost_minor=plan.cost_minor,
        orders=tuple(orders),
        missing=tuple(_missing(say, known, plan)),
        changes=tuple(_changes(say, known, before)) if before else (),
        cost_difference_minor=before.cost_after_minor - before.cost_before_minor
        if before
        else None,
        history=tuple(
            PastWords(visit.local(each.at), change_words(visit, each, suppliers))
            for each in reversed(history)
        ),
        may_be_approved=visit.may_buy and PLAN_STATES.may(plan.status, "approved"),
        may_be_rejected=visit.may_buy and PLAN_STATES.may(plan.status, "rejected"),
        may_be_edited=visit.may_buy
        and plan.status in EDITABLE
        and plan.business_date >= visit.today
        and any(each.status == "draft" for each in plan.orders),
    )


def _missing(say: Speech, known: Known, plan: StoredPlan) -> Iterator[str]:
    for each in plan.projections:
        if each.is_critical and each.stock_out_day is not None:
            yield say.phrase(
                "{ingredient} runs out on {day}, before anything can arrive.",
                ingredient=known.name(each.ingredient_id),
                day=say.short_day(plan.business_date + timedelta(days=each.stock_out_day)),
            )
    for own in plan.unsupplied:
        yield say.phrase(
            "Nobody offers {ingredient}: add it to a supplier's price list.",
            ingredient=known.name(own),
        )


def _changes(say: Speech, known: Known, found: Comparison) -> Iterator[str]:
    for order in found.added:
        yield say.phrase(
            "New: {supplier} for {day}.", **_of(say, known, order.supplier_id, order.delivery_on)
        )
    for order in found.removed:
        yield say.phrase(
            "No longer: {supplier} for {day}.",
            **_of(say, known, order.supplier_id, order.delivery_on),
        )
    for line in found.lines:
        because = ", ".join(cause_words(say, each) for each in line.because)
        words = say.phrase(
            "{ingredient} from {supplier} for {day}: {after} packs instead of {before}",
            ingredient=known.name(line.ingredient_id),
            before=say.number(line.packs_before),
            after=say.number(line.packs_after),
            **_of(say, known, line.supplier_id, line.delivery_on),
        )
        yield f"{words} ({because})." if because else f"{words}."


def _of(say: Speech, known: Known, supplier_id: UUID, day: date) -> dict[str, str]:
    return {"supplier": known.name(supplier_id), "day": say.short_day(day)}


def cause_words(say: Speech, cause: str) -> str:
    """What made a plan order otherwise."""
    return {
        "demand": say.phrase("other demand"),
        "stock": say.phrase("other stock"),
        "ordered": say.phrase("ordered in the meantime"),
        "safety_stock": say.phrase("other safety stock"),
        "price": say.phrase("another price"),
        "edited": say.phrase("edited by hand before"),
    }[cause]
