"""What metrics say of mornings is what the database says."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.observability.metrics import registry
from obrador.onboarding import demo
from obrador.orchestration import telemetry
from obrador.orchestration.models import Run
from obrador.orchestration.records import Written
from obrador.orchestration.service import run_mornings
from obrador.settings import Settings
from obrador.tenants.models import Tenant
from tests.fixtures.people import NOW

SETTINGS = Settings(_env_file=None)
AT_NINE = NOW.replace(hour=8)  # in Madrid


async def test_figures_count_plans_events_and_mornings_that_are_late(session: AsyncSession) -> None:
    (bakery,) = await demo.load(session, NOW, products=2, days=20)
    await session.execute(update(Tenant).values(is_demo=False))
    await run_mornings(session, [bakery], NOW)

    on_time = await telemetry.figures(session, SETTINGS, AT_NINE)
    await session.execute(update(Run).values(status="failed"))
    late = await telemetry.figures(session, SETTINGS, AT_NINE)
    early = await telemetry.figures(session, SETTINGS, AT_NINE - timedelta(hours=2))

    assert (on_time.tenants_late, late.tenants_late, early.tenants_late) == (0, 1, 0)
    assert on_time.outbox_pending > 0
    assert on_time.leader is None


async def test_a_stage_that_was_stored_is_counted(tenant: TenantId) -> None:
    def processed() -> float:
        labels = {"status": "success"}
        return registry.get_sample_value("production_tenants_processed_total", labels) or 0.0

    before = processed()
    telemetry.stage_written("production", {tenant: Written(3, {"batches": 2})}, {tenant: 0.1})

    assert processed() == before + 1
