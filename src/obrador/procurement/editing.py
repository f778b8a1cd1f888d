"""Edits of a plan's draft orders by a person: re-checked at once, with what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.noted import kept_nothing
from obrador.inventory import service as inventory
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault, Invalid
from obrador.kit.states import WrongState
from obrador.plan_changes import Who, check_version
from obrador.procurement import repository
from obrador.procurement.consequences import Consequences, Setting, consequences, flows_of
from obrador.procurement.domain import Projection
from obrador.procurement.drafts import DraftLine, DraftOrder, Edits, PriceList, edited
from obrador.procurement.keeping import Keeping
from obrador.procurement.life import EDITABLE
from obrador.procurement.lists import Orders, Plans
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from obrador.procurement.projection import Flow
from obrador.suppliers import service as suppliers
from obrador.tenants import service as tenants


@dataclass(frozen=True)
class Outcome:
    """The drafts as they are, or would be, and what follows."""

    drafts: tuple[DraftOrder, ...]
    told: Consequences
    version: int
    """Of the plan."""


async def edit(
    session: AsyncSession,
    tenant: TenantId,
    plan_id: UUID,
    version: int | None,
    by: Who,
    wanted: Edits,
    *,
    reason: str = "",
    dry_run: bool = False,
) -> Outcome:
    """Change packs, days and suppliers of a plan's drafts, or add to them. Nothing is refused for
    what it leads to: that is told, and for the person to judge. A constant number of queries, but
    for one or two of each order that is called off or added.

    Raises:
        NotFound, VersionMissing, VersionChanged: of the plan.
        WrongState: it is over, or an order is no draft.
        Invalid: something is not there, not on offer, or not within the plan's days.
    """
    row = await Plans(session, tenant).lock(plan_id)
    if version is not None or not dry_run:
        check_version(version, row.version)
    if row.status not in EDITABLE:
        raise WrongState(
            "The plan is {status}: there is nothing to edit any more.", status=row.status
        )
    setting = await load_setting(session, tenant, row, by)
    _check_days(setting, wanted)
    orders = await Orders(session, tenant).of_plan(plan_id)
    reasons = repository.reasons_of(row)
    before = tuple(_draft(order) for order in orders if order.status == "draft")
    after = edited(plan_id, before, wanted, setting.prices, len(reasons))
    told = consequences(setting, before, after)
    changed = [order for order in after if order not in before]
    if dry_run:
        kept_nothing(session)
    elif changed:
        keeping = Keeping(session, tenant, row, by, reason, setting)
        flows = flows_of(setting, before)
        keeping.put_down(orders, changed, reasons, flows)
        row.cost_minor += told.cost_minor - told.cost_before_minor
        row.version += 1
        await repository.write_projections(
            session, tenant, plan_id, projected(setting, flows_of(setting, after))
        )
        keeping.tell([order.id for order in changed], told)
    return Outcome(after, told, row.version)


async def project_again(session: AsyncSession, tenant: TenantId, plan_id: UUID, by: Who) -> None:
    """Keep the stock that a plan leads to now that one of its orders will not come. Of a day that
    is over, nothing is done: nobody looks at it any more."""
    row = await Plans(session, tenant).get(plan_id)
    zone = await tenants.time_zone_of(session, tenant)
    if row.business_date < business_date(by.at, zone):
        return
    await session.flush()
    setting = await load_setting(session, tenant, row, by)
    orders = await Orders(session, tenant).of_plan(plan_id)
    drafts = [_draft(order) for order in orders if order.status == "draft"]
    shown = projected(setting, flows_of(setting, drafts))
    await repository.write_projections(session, tenant, plan_id, shown)


async def load_setting(
    session: AsyncSession, tenant: TenantId, row: ProcurementPlan, by: Who
) -> Setting:
    """What a plan's drafts are weighed against now. Eight queries.

    Raises:
        WrongState: the plan's day is over.
    """
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    if row.business_date < business_date(by.at, bakery.time_zone):
        raise WrongState(
            "The plan of {business_date} is over: edit that of today.",
            business_date=row.business_date,
        )
    known = (await suppliers.load_suppliers(session, [tenant]))[tenant]
    ingredients = (await inventory.load_ingredients(session, [tenant]))[tenant]
    ordered = await repository.read_open_orders(session, [tenant])
    return Setting(
        bakery=bakery,
        first_day=row.business_date,
        now=by.at.astimezone(ZoneInfo(bakery.time_zone)),
        projections=await repository.read_projections(session, tenant, row.id),
        ingredients={ingredient.id: ingredient for ingredient in ingredients},
        lots=(await inventory.load_lots(session, [tenant]))[tenant],
        open_orders=[order for _, order in ordered],
        prices=PriceList(
            (await suppliers.load_prices(session, [tenant]))[tenant],
            {supplier.id: supplier for supplier in known},
        ),
    )


def projected(setting: Setting, flows: Mapping[UUID, Flow]) -> list[Projection]:
    """The plan's projections with other flows."""
    return [
        _as_it_flows(each, flows[each.ingredient_id]) if each.ingredient_id in flows else each
        for each in setting.projections
    ]


def _as_it_flows(projection: Projection, flow: Flow) -> Projection:
    out_on = next((day for day, lacking in enumerate(flow.unmet) if lacking), None)
    return replace(
        projection,
        receipts=flow.receipts,
        expired=flow.expired,
        unmet=flow.unmet,
        closing=flow.closing,
        stock_out_day=out_on,
        is_critical=projection.is_critical and out_on is not None,
    )


def _check_days(setting: Setting, wanted: Edits) -> None:
    """See that deliveries fall into the plan's days."""
    last = setting.first_day + timedelta(days=setting.days - 1)
    given: list[tuple[str, date]] = [
        *((f"orders.{n}.delivery_on", each.delivery_on) for n, each in enumerate(wanted.days)),
        *((f"add.{n}.delivery_on", each.delivery_on) for n, each in enumerate(wanted.new)),
    ]
    wrong = [where for where, day in given if not setting.first_day <= day <= last]
    if wrong:
        raise Invalid(
            "Deliveries of this plan come between {first_day} and {last}.",
            [
                Fault(
                    where,
                    "is not between {first_day} and {last}",
                    first_day=setting.first_day,
                    last=last,
                )
                for where in wrong
            ],
            first_day=setting.first_day,
            last=last,
        )
    known = {projection.ingredient_id for projection in setting.projections}
    unknown = [
        f"add.{n}.ingredient_id"
        for n, each in enumerate(wanted.new)
        if each.ingredient_id not in known or each.ingredient_id not in setting.ingredients
    ]
    if unknown:
        raise Invalid(
            "{unknown}: the plan knows no such ingredient; if it is new, have the day"
            " planned again.",
            [Fault(where, "is no ingredient of this plan") for where in unknown],
            unknown=", ".join(unknown),
        )


def _draft(row: PurchaseOrder) -> DraftOrder:
    return DraftOrder(
        row.id,
        row.supplier_id,
        row.delivery_on,
        tuple(
            DraftLine(
                line.ingredient_id,
                float(line.pack_size),
                line.packs,
                line.pack_price_minor,
                (row.id, line.position),
                is_marked=line.edited is not None,
                was=line.edited["planned"] if line.edited else None,
            )
            for line in row.lines
        ),
    )
