"""schemathesis asks everything that the document allows, and much that it does not.

It finds no 5xx, no answer that is not documented, and none that breaks its schema.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from pydantic import SecretStr
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from sqlalchemy.dialects.postgresql import insert

from obrador.app import create_app
from obrador.authn.models import User
from obrador.authn.tokens import access_token
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
from tests.conftest import new_database
from tests.fixtures.people import KEY
from tests.fixtures.served import Served, served

THING = UUID("01a20100-0000-7000-8000-000000000001")
"""The bakery, and one of everything it has."""
OWNER = UUID("01a20100-0000-7000-8000-000000000002")
EXAMPLES = 8
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

_settings = Settings(
    _env_file=None, secret_key=SecretStr(KEY), rate_limit_requester=0, rate_limit_tenant=0
)
schema = schemathesis.openapi.from_dict(
    create_app(Database("postgresql:///only-for-the-document"), _settings).openapi(),
    config=schemathesis.Config.from_dict(
        {
            "parameters": {
                "tenant_id": str(THING),
                "path.id": str(THING),
                "path.run_id": str(THING),
                "path.delivery_id": str(THING),
                "path.user_id": str(OWNER),
            },
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
        }
    ),
)


@pytest.fixture(scope="module")
def api(server_url: str, template: str) -> Iterator[Served]:
    for url in new_database(server_url, template):
        with served(url, _settings) as running:
            running.run(_found(running.database))
            yield running


@pytest.fixture
def things(api: Served) -> None:
    """One of everything, also when the test before has removed it."""
    api.run(_furnish(api.database))


async def _found(database: Database) -> None:
    async with database.transaction() as session:
        bakery = NewBakery(name="Bakery", time_zone="Europe/Madrid", country="ES")
        await service.create(session, bakery, THING)
        user = {"id": OWNER, "email": "o@b.example", "password_hash": "none"}
        await session.execute(insert(User).values(user | {"is_platform_admin": True}))
        await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))


async def _furnish(database: Database) -> None:
    async with database.transaction() as session:
        for model, values in THINGS.items():
            row = {"tenant_id": THING, **values}
            if "id" in model.__table__.columns:
                row["id"] = THING
            await session.execute(insert(model).values(row).on_conflict_do_nothing())
        for model, values in PLATFORM.items():
            row = {"id": THING, **values}
            await session.execute(insert(model).values(row).on_conflict_do_nothing())


# Not checked: that what the schema allows is accepted, for rules say more than schemas; and that
# query parameters that nobody knows are refused, for they are ignored.
@schema.parametrize()
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_answer_is_documented(
    case: schemathesis.Case[Any], api: Served, things: None
) -> None:
    token = access_token(OWNER, KEY, system_clock())
    case.call_and_validate(
        base_url=api.url,
        headers={"Authorization": f"Bearer {token}"},
        excluded_checks=[positive_data_acceptance, negative_data_rejection],
    )
