"""A bakery with one of everything, for programs that ask all that the API's document allows."""

from dataclasses import asdict
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.dialects.postgresql import insert

from obrador.app import create_app
from obrador.authn.models import User
from obrador.authz.models import ApiKey, Membership
from obrador.catalogue.models import Equipment, Product, Recipe, Shift
from obrador.inventory.models import Ingredient, StockLot
from obrador.kit.clock import system_clock
from obrador.kit.db import Base, Database
from obrador.kit.pack import pack
from obrador.orchestration import due
from obrador.orchestration.definitions import StepSpec, default_workflows
from obrador.orchestration.models import Execution, Run, Workflow
from obrador.procurement.domain import LineReason
from obrador.procurement.models import ProcurementPlan, PurchaseOrder, PurchaseOrderLine
from obrador.production.models import Batch, Schedule
from obrador.settings import Settings
from obrador.suppliers.models import Supplier
from obrador.tenants import service
from obrador.tenants.domain import NewBakery
from obrador.tenants.models import Closure
from obrador.webhooks.models import Delivery, Subscription
from tests.fixtures.people import KEY

THING = UUID("01a20100-0000-7000-8000-000000000001")
"""The bakery, and one of everything it has."""
OWNER = UUID("01a20100-0000-7000-8000-000000000002")
REASON = LineReason(0, 1, 1.0, 0.0, 0.0, 0.0, 1.0, 1, (), None, None)
NAMED = {"id": THING, "tenant_id": THING, "name": "Thing", "name_key": "thing"}
THINGS: dict[type[Base], dict[str, object]] = {
    Ingredient: NAMED | {"unit": "g"},
    Supplier: NAMED | {"lead_time_days": 1, "delivery_weekdays": [0]},
    Recipe: NAMED | {"kind": "product", "unit": "piece", "yield_quantity": 1},
    Product: NAMED | {"recipe_id": THING},
    Equipment: NAMED | {"kind": "oven", "capacity": 8},
    Shift: {"weekdays": [0], "starts": "04:00", "ends": "12:00", "people": 1},
    Closure: {"first_day": "2026-08-01", "last_day": "2026-08-21"},
    StockLot: {"ingredient_id": THING, "received_on": "2026-03-01", "remaining": 0},
    ApiKey: {"name": "till", "role": "viewer", "key_hash": "none", "created_at": "2026-03-01"},
    Membership: {"user_id": OWNER, "role": "owner"},
    Schedule: {
        "id": THING,
        "business_date": "2026-03-01",
        "revision": 0,
        "content": pack({"targets": [], "unplaced": [], "reasons": []}),
    },
    Batch: {
        "schedule_id": THING,
        "recipe_id": THING,
        "product_id": THING,
        "quantity": 8,
        "planned_yield": 8,
        "starts_at": "2026-03-01T04:00:00Z",
        "ends_at": "2026-03-01T05:00:00Z",
        "ready_by": "2026-03-01T06:00:00Z",
        "step_kinds": ["bake"],
        "step_starts": [0],
        "step_minutes": [60],
        "step_equipment": [THING],
    },
    ProcurementPlan: {
        "business_date": system_clock().date() + timedelta(days=1),
        "revision": 0,
        "cost_minor": 2_000,
        # Orders are known by their number in the plan, and that of the thing is 1.
        "reasons": pack(((), (REASON,))),
    },
    PurchaseOrder: {
        "plan_id": THING,
        "supplier_id": THING,
        "order_on": "2026-03-01",
        "delivery_on": system_clock().date() + timedelta(days=2),
        "goods_minor": 2_000,
    },
    PurchaseOrderLine: {
        "order_id": THING,
        "position": 0,
        "ingredient_id": THING,
        "packs": 1,
        "pack_size": 1_000,
        "pack_price_minor": 2_000,
    },
    Subscription: {
        "url": "https://shop.example/hooks",
        "event_types": ["*"],
        "salt": b"salt",
        "fingerprint": "none",
        "created_at": "2026-03-01T04:00:00Z",
    },
    Delivery: {
        "subscription_id": THING,
        "event_id": THING,
        "event_type": "webhook.ping",
        "body": "{}",
        "created_at": "2026-03-01T04:00:00Z",
    },
    Run: {"id": THING, "business_date": "2026-03-01", "revision": 0, "status": "failed"},
}
PLATFORM: dict[type[Base], dict[str, object]] = {
    Workflow: {
        "name": "thing",
        "type": "on_demand",
        "steps": [asdict(StepSpec("snapshot"))],
        "grace_seconds": 300,
    },
    Execution: {
        "workflow": "thing",
        "type": "manual",
        "status": "failed",
        "due_at": "2026-03-01T04:30:00Z",
        "deadline": "2026-03-01T05:30:00Z",
        "tenant_timeout_seconds": 180,
    },
}
"""schemathesis finds 404 by itself; with these it finds more."""

SETTINGS = Settings(
    _env_file=None,
    secret_key=SecretStr(KEY),
    rate_limit_requester=0,
    rate_limit_tenant=0,
    rate_limit_address=0,
)


@cache
def document() -> dict[str, Any]:
    """What the application says of itself."""
    return create_app(Database("postgresql:///only-for-the-document"), SETTINGS).openapi()


async def found(database: Database) -> None:
    async with database.transaction() as session:
        bakery = NewBakery(name="Bakery", time_zone="Europe/Madrid", country="ES")
        await service.create(session, bakery, THING)
        user = {"id": OWNER, "email": "o@b.example", "password_hash": "none"}
        await session.execute(insert(User).values(user | {"is_platform_admin": True}))
        await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))


async def furnish(database: Database) -> None:
    async with database.transaction() as session:
        for model, values in THINGS.items():
            row = {"tenant_id": THING, **values}
            if "id" in model.__table__.columns:
                row["id"] = THING
            await session.execute(insert(model).values(row).on_conflict_do_nothing())
        for model, values in PLATFORM.items():
            row = {"id": THING, **values}
            await session.execute(insert(model).values(row).on_conflict_do_nothing())
