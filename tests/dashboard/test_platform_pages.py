"""Pages of whoever runs the platform: who sees them, what they tell, what their buttons do."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.dashboard.platform_execution_pages import failures_of
from obrador.dashboard.platform_words import duration_words, size_words
from obrador.dashboard.waterfall import Scale
from obrador.kit.i18n import speech
from obrador.kit.ids import new_id
from obrador.kit.outbox import publish
from obrador.orchestration import due
from obrador.orchestration.definitions import MORNING, default_workflows
from obrador.orchestration.models import Execution, LogLine, Run, RunSnapshot, RunStep, Workflow
from obrador.orchestration.schemas import FailedStep
from obrador.production.events import ScheduleCreated
from obrador.tenants.models import Tenant
from tests.fixtures.people import NOW

DAY = date(2026, 3, 3)
HOME = "/platform"
PAGES = [f"{HOME}/{name}" for name in ("live", "executions", "schedule", "health", "health/takes")]
SPANISH = {"Accept-Language": "es"}


@pytest.fixture(autouse=True)
async def _workflows(session: AsyncSession) -> None:
    await session.execute(update(Tenant).values(status="suspended"))  # of other tests
    await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))


async def _page(client: AsyncClient, url: str, **headers: str) -> str:
    answer = await client.get(url, headers=headers)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


async def _workflow(session: AsyncSession, name: str = MORNING) -> Workflow:
    found = await session.scalar(select(Workflow).where(Workflow.name == name))
    assert found is not None
    return found


async def _executed(admin: AsyncClient, session: AsyncSession, **fields: str) -> str:
    """The page of the execution that the form starts."""
    workflow = await _workflow(session)
    answer = await admin.post(f"{HOME}/schedule/{workflow.id}/run", data=fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("?")[0]


async def _end(session: AsyncSession, execution: str, status: str, **values: Any) -> UUID:
    """As if its only run had gone so; its id."""
    own = UUID(execution.rsplit("/", 1)[1])
    ended: dict[str, Any] = {"status": status, "started_at": NOW, "completed_at": NOW} | values
    await session.execute(
        update(Execution).where(Execution.id == own).values(status=status, completed_at=NOW)
    )
    changed = update(Run).where(Run.execution_id == own).values(**ended).returning(Run)
    run = (await session.scalars(changed)).one()
    ends = ("success", "failed" if status == "failed" else "success")
    for position, (step, end) in enumerate(zip(("snapshot", "production"), ends, strict=True)):
        began = NOW + timedelta(seconds=position)
        await session.execute(
            insert(RunStep).values(
                tenant_id=run.tenant_id,
                business_date=run.business_date,
                workflow=run.workflow,
                revision=run.revision,
                step=step,
                status=end,
                attempt=1,
                started_at=began,
                ended_at=began + timedelta(seconds=0.25),
                compute_ms=12,
                rows_written=1,
                error="There is <no> oven." if end == "failed" else None,
            )
        )
    return run.id


@pytest.mark.parametrize("url", PAGES)
async def test_pages_are_for_who_runs_the_platform(
    url: str,
    admin: AsyncClient,
    owner: AsyncClient,
    viewer: AsyncClient,
    outsider: AsyncClient,
    anonymous: AsyncClient,
) -> None:
    assert (await admin.get(url)).status_code == 200
    for person in (owner, viewer, outsider):
        assert (await person.get(url)).status_code == 403
    assert (await anonymous.get(url)).status_code == 401


async def test_nobody_else_pushes_the_buttons(
    admin: AsyncClient, owner: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    workflow = await _workflow(session)
    execution = await _executed(admin, session, bakeries=str(tenant))
    urls = [f"{HOME}/schedule/{workflow.id}/{what}" for what in ("run", "enable", "disable")]
    urls += [f"{execution}/{what}" for what in ("retry", "cancel")]

    assert [(await owner.post(url)).status_code for url in urls] == [403] * 5
    assert (await owner.get(f"{execution}/now")).status_code == 403
    assert (await _workflow(session)).is_enabled


async def test_live_tells_what_runs_and_how_far_it_is(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    assert "Nothing runs now." in await _page(admin, f"{HOME}/live")
    execution = await _executed(admin, session, bakeries=str(tenant))

    seen = await _page(admin, f"{HOME}/live")
    spanish = await _page(admin, f"{HOME}/live", **SPANISH)

    assert execution in seen
    assert 'hx-sse:connect="/platform/live/now"' in seen
    assert "<progress" in seen
    assert "0 of 1 bakery" in seen
    assert "Mornings are not planned by themselves just now." in seen
    assert "Plan de la mañana" in spanish


async def test_executions_are_filtered_and_paged(admin: AsyncClient, session: AsyncSession) -> None:
    for hour in range(30):
        session.add(
            Execution(
                workflow="weather" if hour else MORNING,
                type="scheduled",
                status="missed" if hour == 3 else "completed",
                due_at=datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour),
                tenant_timeout_seconds=60,
                deadline=NOW,
            )
        )
    await session.flush()

    async def count(query: str) -> int:
        text = await _page(admin, f"{HOME}/executions?{query}")
        return len(re.findall(r'<a class="target"', text))

    older = re.search(r'href="(\?[^"]*cursor[^"]*)"', await _page(admin, f"{HOME}/executions"))
    assert older is not None
    assert await count("") == 25
    assert await count(older[1][1:]) == 5
    assert await count("workflow=daily_operations&status=&type=&day=") == 1
    assert await count("status=missed") == 1
    assert await count("type=manual") == 0
    assert await count("day=2026-03-03") == 6
    assert (await admin.get(f"{HOME}/executions?status=odd")).status_code == 422


async def test_an_execution_tells_what_went_wrong_and_is_tried_again(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    execution = await _executed(admin, session, bakeries="panaderia LAVAPIES")
    run = await _end(session, execution, "failed", error="There is <no> oven.")
    session.add(LogLine(execution_id=UUID(execution[-36:]), level="info", message="Look <here>."))
    await session.flush()

    seen = await _page(admin, execution)
    again = await admin.post(f"{execution}/retry")
    after = await _page(admin, again.headers["location"])
    twice = await admin.post(f"{execution}/retry")

    assert "Production · 1 bakery" in seen
    assert "There is &lt;no&gt; oven." in seen
    assert "Look &lt;here&gt;." in seen
    assert f"/platform/bakeries/{tenant}/runs/{run}" in seen
    assert "Try again what failed" in seen
    assert again.status_code == 303
    assert "What failed runs again now." in after
    assert "Try again what failed" not in after
    assert twice.status_code == 409
    assert 'role="alert"' in twice.text


async def test_an_execution_is_cancelled_once(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    execution = await _executed(admin, session, bakeries=str(tenant))

    first = await admin.post(f"{execution}/cancel")
    second = await admin.post(f"{execution}/cancel")

    assert first.status_code == 303
    assert "Cancelled." in await _page(admin, first.headers["location"])
    assert second.status_code == 409
    assert "It has ended already." in second.text
    assert (await admin.get(f"{HOME}/executions/{new_id()}")).status_code == 404


async def test_a_run_tells_its_steps_its_snapshot_and_its_events(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    execution = await _executed(admin, session, bakeries=str(tenant))
    run = await _end(session, execution, "failed", completed_at=datetime(2030, 1, 1, tzinfo=UTC))
    session.add(
        RunSnapshot(
            tenant_id=tenant,
            business_date=DAY,
            revision=0,
            taken_at=NOW - timedelta(minutes=3),
            missing=["stock"],
            content=b"x" * 4200,
        )
    )
    for whose in (tenant, other_tenant):
        publish(session, ScheduleCreated(whose, "1", "2026-03-03", 0))
    await session.flush()

    seen = await _page(admin, f"{HOME}/bakeries/{tenant}/runs/{run}")

    assert "250 ms" in seen
    assert "There is &lt;no&gt; oven." in seen
    assert "4.2 kB, taken 3 min ago" in seen
    assert "Missing: stock" in seen
    assert "<code>production.schedule.created</code> × 1" in seen
    assert "1 not delivered yet" in seen
    assert (await admin.get(f"{HOME}/bakeries/{other_tenant}/runs/{run}")).status_code == 404


async def test_the_schedule_tells_what_comes_and_is_switched(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    workflow = await _workflow(session)
    session.add(
        Execution(
            workflow=MORNING,
            type="scheduled",
            status="missed",
            due_at=NOW - timedelta(days=1),
            tenant_timeout_seconds=60,
            deadline=NOW,
        )
    )
    await session.flush()

    seen = await _page(admin, f"{HOME}/schedule")
    off = await admin.post(f"{HOME}/schedule/{workflow.id}/disable")
    after = await _page(admin, off.headers["location"])
    on = await admin.post(f"{HOME}/schedule/{workflow.id}/enable")

    assert "Europe/Madrid" in seen
    assert "Nobody was there to start these in time." in seen
    assert "None within three weeks" in seen  # early March has none in Madrid
    assert "Switched off" in after
    assert on.status_code == 303
    assert (await _workflow(session)).version == 3


async def test_a_holiday_is_told_with_what_happens_then(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    values = {"subdivision": "VC", "holiday_rule": "skip"}  # San José, 19 March
    await session.execute(update(Tenant).where(Tenant.id == tenant).values(**values))

    seen = await _page(admin, f"{HOME}/schedule")

    assert "Thu 19 Mar" in seen
    assert "does not run" in seen
    assert "Europe/Madrid*" in seen


async def test_a_workflow_is_run_for_those_named_or_not_at_all(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    url = f"{HOME}/schedule/{(await _workflow(session)).id}/run"

    unknown = await admin.post(url, data={"bakeries": "Panadería Lavapiés, Nadie"})
    odd = await admin.post(url, data={"bakeries": str(tenant), "date": "tomorrow"})
    none = await session.scalar(select(Execution.id))
    first = await admin.post(url, data={"bakeries": "Panadería Lavapiés", "date": "2026-03-04"})
    again = await admin.post(url, data={"bakeries": "Panadería Lavapiés", "date": "2026-03-04"})

    assert (unknown.status_code, odd.status_code) == (422, 422)
    assert "no active bakery is called &#39;Nadie&#39;" in unknown.text
    assert 'value="Panadería Lavapiés, Nadie"' in unknown.text
    assert "business_date" in odd.text
    assert none is None
    assert first.headers["location"].endswith("done=started")
    assert again.headers["location"] == first.headers["location"].replace("started", "asked")


async def test_health_says_what_is_wrong_and_what_to_do(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    seen = await _page(admin, f"{HOME}/health")
    spanish = await _page(admin, f"{HOME}/health", **SPANISH)

    assert "No scheduler runs: nothing starts by itself." in seen
    assert "docs/runbook.md#schedulerunhealthy" in seen
    assert "Nobody plans" in seen
    assert "PostgreSQL" in seen
    assert "Nadie planifica" in spanish


async def test_what_it_takes_is_a_page_or_a_part_of_one(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    page = await _page(admin, f"{HOME}/health/takes")
    part = await _page(admin, f"{HOME}/health/takes", **{"HX-Request": "true"})

    assert "per bakery and day" in page
    assert "per bakery and day" in part
    assert "<html" in page
    assert "<html" not in part


def _failed(step: str, error: str) -> FailedStep:
    return FailedStep(
        run_id=new_id(), tenant_id=new_id(), business_date=DAY, step=step, status="failed",
        attempt=1, ended_at=NOW, error=error,
    )  # fmt: skip


def test_what_failed_alike_is_told_once() -> None:
    steps = [_failed("production", "no oven")] + [_failed("snapshot", "away")] * 5

    found = failures_of(steps)

    assert [(each.step, each.count, len(each.examples)) for each in found] == [
        ("snapshot", 5, 3),
        ("production", 1, 1),
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (0.0004, "1 ms"), (0.25, "250 ms"), (4.25, "4.2 s"), (42.4, "42 s"),
        (60, "1 min"), (200, "3 min 20 s"), (3600, "1 h"), (3900, "1 h 5 min"),
    ],
)  # fmt: skip
def test_durations_are_told_as_people_tell_them(seconds: float, words: str) -> None:
    assert duration_words(speech("en", "en", "EUR"), seconds) == words


@pytest.mark.parametrize(
    ("size", "words"), [(812, "812 B"), (4200, "4.2 kB"), (31_000_000, "31 MB")]
)
def test_sizes_are_told_as_people_tell_them(size: int, words: str) -> None:
    assert size_words(speech("en", "en", "EUR"), size) == words


@pytest.mark.parametrize(
    ("seconds", "ticks"),
    [(0.1, [0, 0.05, 0.1]), (7.3, [0, 2, 4, 6]), (86_400, [0, 7200, 14400, 21600, 28800])],
)
def test_time_lines_are_divided_as_clocks_are(seconds: float, ticks: list[float]) -> None:
    assert Scale(seconds).ticks() == pytest.approx(ticks)
