"""Writing down what a person has changed of a plan's draft orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.outbox import publish
from obrador.plan_changes import Who, note_change
from obrador.procurement import repository
from obrador.procurement.by_hand import reason_by_hand
from obrador.procurement.consequences import Consequences, Setting, order_day
from obrador.procurement.domain import LineReason
from obrador.procurement.drafts import DraftLine, DraftOrder, Mark
from obrador.procurement.events import PlanEdited
from obrador.procurement.models import ProcurementPlan, PurchaseOrder, PurchaseOrderLine
from obrador.procurement.ordering import pass_order_to
from obrador.procurement.projection import Flow


@dataclass(frozen=True)
class Keeping:
    """One edit of a plan, which the transaction has locked with its orders."""

    session: AsyncSession
    tenant: TenantId
    plan: ProcurementPlan
    by: Who
    reason: str
    setting: Setting

    def put_down(
        self,
        rows: Sequence[PurchaseOrder],
        changed: Sequence[DraftOrder],
        reasons: dict[UUID, tuple[LineReason, ...]],
        flows: Mapping[UUID, Flow],
    ) -> None:
        """Orders and lines, and the reasons of all."""
        known = {row.id: row for row in rows}
        for draft in changed:
            row = known.get(draft.id)
            if not draft.lines:
                if row is not None:
                    self._call_off(row)
                else:
                    reasons[draft.id] = ()
                continue
            if row is None:
                row = self._opened(draft)
            before = {
                (row.id, line.position): why
                for line, why in zip(row.lines, reasons.get(row.id, ()), strict=True)
            }
            self._write(row, draft)
            whys = [
                before[line.source] if line.source in before else self._why(row, line, flows)
                for line in draft.lines
            ]
            reasons[row.id] = tuple(whys)
        self.plan.reasons = repository.packed_reasons(self.plan.id, reasons)

    def tell(self, order_ids: Sequence[UUID], told: Consequences) -> None:
        """What was changed, for the plan's history and for others."""
        changed = sorted(map(str, order_ids))
        note_change(
            self.session,
            self.tenant,
            self.plan.id,
            self.by,
            version=self.plan.version,
            before=self.plan.status,
            after=self.plan.status,
            reason=self.reason,
            facts={"edited": changed, "costs_more_minor": told.cost_minor - told.cost_before_minor},
        )
        publish(
            self.session,
            PlanEdited(
                tenant_id=self.tenant,
                plan_id=str(self.plan.id),
                business_date=self.plan.business_date.isoformat(),
                revision=self.plan.revision,
                edited_by=self.by.name,
                order_ids=changed,
                cost_minor=self.plan.cost_minor,
                stock_outs=len(told.stock_outs),
            ),
        )

    def _call_off(self, row: PurchaseOrder) -> None:
        why = self.reason or "nothing is left in it"
        pass_order_to(self.session, self.tenant, row, "cancelled", self.by, why, plan=self.plan)

    def _opened(self, draft: DraftOrder) -> PurchaseOrder:
        row = PurchaseOrder(
            tenant_id=self.tenant,
            id=draft.id,
            plan_id=self.plan.id,
            supplier_id=draft.supplier_id,
            status="draft",
            version=0,
            is_urgent=False,
            lines=[],
        )
        self.session.add(row)
        return row

    def _write(self, row: PurchaseOrder, draft: DraftOrder) -> None:
        supplier = self.setting.suppliers[draft.supplier_id]
        row.delivery_on = draft.delivery_on
        row.order_on = max(
            order_day(self.setting, supplier, draft.delivery_on), self.setting.first_day
        )
        row.goods_minor = draft.goods_minor
        row.fee_minor = supplier.delivery_fee_minor
        row.below_minimum = draft.goods_minor < supplier.min_order_minor
        row.version += 1
        kept = {(row.id, line.position): line for line in row.lines}
        free = max((line.position for line in row.lines), default=-1) + 1
        lines = []
        for line in draft.lines:
            stored = kept.get(line.source) if line.source else None
            if stored is None:
                stored = PurchaseOrderLine(tenant_id=self.tenant, order_id=row.id, position=free)
                free += 1
            stored.ingredient_id = line.ingredient_id
            stored.packs, stored.pack_price_minor = line.packs, line.pack_price_minor
            stored.pack_size = Decimal(str(line.pack_size))
            if line.is_edited:
                stored.edited = dict(self._mark(line))
            lines.append(stored)
        row.lines = lines

    def _mark(self, line: DraftLine) -> Mark:
        return {
            "by": self.by.name,
            "at": self.by.at.isoformat(),
            "reason": self.reason,
            "planned": line.was,
        }

    def _why(self, row: PurchaseOrder, line: DraftLine, flows: Mapping[UUID, Flow]) -> LineReason:
        """Of a line that was not there before."""
        projection = next(
            each for each in self.setting.projections if each.ingredient_id == line.ingredient_id
        )
        lead = (row.delivery_on - row.order_on).days
        day = (row.delivery_on - self.setting.first_day).days
        return reason_by_hand(self.setting, projection, flows[line.ingredient_id], day, lead)
