"""The accuracy page: how it stands, the trend, the training, and what its buttons do."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.dashboard.accuracy_words import health_words, job_words, override_words, turn
from obrador.forecasting import service as forecasting
from obrador.forecasting.activity import LOOK_BACK_DAYS
from obrador.forecasting.models import TrainingJob
from obrador.forecasting.service import OverrideCard
from obrador.forecasting.training_schemas import TrainingJobOutput
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.orchestration import due
from obrador.orchestration.definitions import RETRAINING, default_workflows
from tests.factories.mornings import mornings_of, planned_yesterday
from tests.fixtures.people import NOW

SAY = Speech("en", "en")


@pytest.fixture
async def tenant(session: AsyncSession) -> TenantId:
    """The demo bakery, which planned yesterday."""
    return (await planned_yesterday(session))[0]


@pytest.fixture
def page_url(tenant: TenantId) -> str:
    """Where the page is."""
    return f"/bakeries/{tenant}/accuracy"


async def _read(client: AsyncClient, url: str, lang: str = "en") -> str:
    answer = await client.get(httpx.URL(url).copy_merge_params({"lang": lang}))
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\xa0", " ")


def _job(tenant: UUID, status: str, days_ago: int, **values: object) -> TrainingJob:
    when = NOW - timedelta(days=days_ago)
    row = TrainingJob(reason="drifting", status=status, created_at=when, ended_at=when, **values)
    row.tenant_id, row.id = tenant, new_id()
    return row


async def test_only_its_people_see_it_and_only_managers_act(
    anonymous: AsyncClient, outsider: AsyncClient, viewer: AsyncClient, page_url: str
) -> None:
    assert (await anonymous.get(page_url)).status_code == 401
    assert (await outsider.get(page_url)).status_code == 404
    assert 'method="post"' not in await _read(viewer, page_url)
    for path in ("validate", "train", f"jobs/{new_id()}/cancel"):
        assert (await viewer.post(f"{page_url}/{path}")).status_code == 403
        assert (await outsider.post(f"{page_url}/{path}")).status_code == 404


async def test_before_anything_is_compared_it_says_when(viewer: AsyncClient, page_url: str) -> None:
    page = await _read(viewer, page_url)

    assert "Nothing has been compared yet." in page
    assert "Nothing has been trained yet." in page
    assert 'class="chart' not in page


async def test_how_it_stands(
    session: AsyncSession, viewer: AsyncClient, tenant: TenantId, page_url: str
) -> None:
    await forecasting.validate(session, await mornings_of(session, [tenant]))

    page, spanish = await _read(viewer, page_url), await _read(viewer, page_url, "es")

    assert re.search(r"Last compared: Monday, 2 March", page)
    assert re.search(r"<b>\d+ %</b> off, each product alike \(MAPE\)", page)
    assert re.search(r'id="trend">Forecasts were \d+ % off on the one day compared so far<', page)
    assert page.count('class="chart large"') == 1
    assert page.count('class="limit warning"') == 2
    assert "Most units off" in page
    assert "up to 20 % off" in page
    assert "Cómo va" in spanish
    assert "style=" not in page


async def test_days_are_compared_again(baker: AsyncClient, page_url: str) -> None:
    done = await baker.post(f"{page_url}/validate")
    page = await _read(baker, done.headers["location"])

    assert done.status_code == 303
    assert "1 day compared again." in page
    assert "Last compared" in page


async def test_nothing_to_compare_is_no_error(
    outsider: AsyncClient, other_tenant: TenantId
) -> None:
    done = await outsider.post(f"/bakeries/{other_tenant}/accuracy/validate")

    assert "nothing to compare" in await _read(outsider, done.headers["location"])


async def test_a_training_is_asked_for_once_and_called_off(
    session: AsyncSession, baker: AsyncClient, page_url: str
) -> None:
    await due.create_workflows(session, default_workflows("30 5 * * *", "0 4 * * 0"))
    page = await _read(baker, page_url)
    job = re.search(r'name="job_id" value="([^"]+)"', page)
    assert job is not None

    asked = [await baker.post(f"{page_url}/train", data={"job_id": job[1]}) for _ in range(2)]
    page = await _read(baker, asked[0].headers["location"])

    assert [each.status_code for each in asked] == [303, 303]
    assert "A model is being trained: look again" in page
    assert "<b>1</b> under way" in page
    assert 'name="job_id"' not in page
    assert f'hx-sse:connect="{page_url}/live"' in page
    called = await baker.post(f"{page_url}/jobs/{job[1]}/cancel")
    page = await _read(baker, called.headers["location"])
    assert "<b>0</b> under way" in page
    assert "called off" in page
    assert (await baker.post(f"{page_url}/train", data={"job_id": "x"})).status_code == 422
    assert (await baker.post(f"{page_url}/jobs/{new_id()}/cancel")).status_code == 404


async def test_what_was_trained_lately(
    session: AsyncSession, viewer: AsyncClient, tenant: TenantId, page_url: str
) -> None:
    better = {"version": 3, "improvement": 2.1, "is_promoted": True}
    session.add_all(
        [
            _job(tenant, "completed", LOOK_BACK_DAYS + 1, version=1),
            _job(tenant, "completed", 40, version=2, is_promoted=False),
            _job(tenant, "failed", 20, error="too little"),
            _job(tenant, "completed", 2, **better),
        ]
    )
    await session.flush()

    activity = await forecasting.training_activity(session, tenant, NOW)
    page = await _read(viewer, page_url)

    assert (activity.this_week, activity.completed, activity.failed) == (1, 2, 1)
    assert "<b>67 %</b> of trainings succeeded" in page
    assert "model 3 forecasts since then, 2.1 points better" in page.replace("2,1", "2.1")
    assert "model 2 was no better" in page
    assert "failed; the model that was there goes on" in page


async def test_when_it_is_looked_next(
    session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    await due.create_workflows(session, default_workflows("30 5 * * *", "0 4 * * 0"))

    demo, real = [
        await due.next_run_of(session, each, RETRAINING, NOW, "UTC")
        for each in (tenant, other_tenant)
    ]

    assert demo is None
    assert real is not None
    assert NOW < real <= NOW + timedelta(days=7)


def test_less_is_better() -> None:
    better, worse, same = turn(SAY, 12, 15), turn(SAY, 15, 12), turn(SAY, 15, 15.2)
    assert better is not None
    assert worse is not None
    assert same is not None
    assert (better.arrow, better.words) == ("↓", "3 points better than before")
    assert (worse.arrow, worse.kind) == ("↑", "late")
    assert same.arrow == "→"
    assert turn(SAY, 15, None) is None


def test_people_are_told_whether_they_knew_better() -> None:
    better, worse = OverrideCard(3, 4, 10.0, 15.0), OverrideCard(3, 4, 15.0, 10.0)

    assert override_words(SAY, better).startswith("You knew better")
    assert override_words(SAY, worse).startswith("Where somebody changed")
    assert "sold nothing" in override_words(SAY, OverrideCard(1, 1, None, None))


def test_each_state_says_what_to_do() -> None:
    assert health_words(SAY, "healthy")[1] == "Nothing to do."
    assert "train the model again" in health_words(SAY, "warning")[1]
    assert "sales of the last days" in health_words(SAY, "critical")[1]


def test_a_model_that_is_as_good_has_no_points() -> None:
    row = _job(new_id(), "completed", 1, version=4, improvement=0.01, is_promoted=True)
    assert job_words(SAY, TrainingJobOutput.of(row)) == "model 4 forecasts since then"
