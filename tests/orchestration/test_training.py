"""Models that are trained, promoted or refused, and what mornings and the API make of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import jobs, registry
from obrador.forecasting import service as forecasting
from obrador.forecasting.models import ForecastModel, RetrainingDecision, TrainingJob
from obrador.kit.db import Database
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.kit.outbox import OutboxEvent
from obrador.observability.metrics import registry as measured
from obrador.onboarding import demo
from obrador.orchestration import planning
from obrador.orchestration.definitions import RETRAINING
from obrador.orchestration.foresight import look_ahead
from obrador.orchestration.foresight_days import Wanted
from obrador.orchestration.models import LogLine
from obrador.orchestration.reading import read_snapshots
from obrador.orchestration.run_state import RunKey, RunState
from obrador.orchestration.service import run_mornings
from obrador.orchestration.stages.training import RetrainingEvaluation
from obrador.orchestration.training_now import train_now
from obrador.tenants import service as tenants
from obrador.tenants.domain import Morning
from tests.fixtures.people import NOW
from tests.statements import counted

TODAY = NOW.date()


async def _bakeries(
    session: AsyncSession, count: int = 1, *, products: int = 4, days: int = 240
) -> list[TenantId]:
    return await demo.load(session, NOW, products=products, days=days, count=count)


async def _states(session: AsyncSession, bakeries: Sequence[TenantId], day: date) -> list[RunState]:
    known = await tenants.load_bakeries(session, bakeries)
    states = []
    for tenant in bakeries:
        zone = ZoneInfo(known[tenant].time_zone)
        morning = Morning(
            tenant, known[tenant], day, 0, datetime.combine(day, time(22), UTC).astimezone(zone)
        )
        key = RunKey(tenant, day, RETRAINING, 0)
        states.append(RunState(key, new_id(), None, "normal", morning, 60))
    return states


async def _evaluate(
    session: AsyncSession, bakeries: Sequence[TenantId], day: date = TODAY
) -> list[RunState]:
    """What the workflow's step does on a day."""
    stage = RetrainingEvaluation(lambda: datetime.combine(day, time(22), UTC))
    runs = await _states(session, bakeries, day)
    await stage.read(session, runs)
    for run in runs:
        stage.plan(run)
    await stage.write(session, runs)
    stage.after(runs)
    return runs


async def _promoted(session: AsyncSession, bakery: TenantId, day: date = TODAY) -> None:
    """The same, but what is trained is promoted, however it compares."""
    stage = RetrainingEvaluation(lambda: datetime.combine(day, time(22), UTC))
    (run,) = await _states(session, [bakery], day)
    await stage.read(session, [run])
    stage.plan(run)
    assert run.training is not None
    assert run.training.trial is not None
    run.training.trial = replace(run.training.trial, verdict="no_worse")
    await stage.write(session, [run])


async def _mornings(session: AsyncSession, bakery: TenantId, first: date, count: int) -> None:
    """Foresee some days, and compare each with its sales the day after."""
    for ahead in range(count):
        (run,) = await _states(session, [bakery], first + timedelta(days=ahead))
        snapshot = (await read_snapshots(session, [run.morning]))[bakery]
        champions = await forecasting.load_champions(session, [bakery])
        foreseen = planning.plan_demand(snapshot, champions.get(bakery))
        await forecasting.save_forecasts(session, [(run.morning, foreseen)])
        await forecasting.validate_days(session, bakery, [run.morning.business_date])


async def _scale(session: AsyncSession, bakery: TenantId, factor: str) -> None:
    """Change what was sold by a factor that may name the row's `business_date`."""
    await session.execute(
        text(
            f"update daily_sales set quantity = ceil(quantity * ({factor}))"  # noqa: S608
            " where tenant_id = :tenant"
        ),
        {"tenant": bakery},
    )


async def _models(session: AsyncSession) -> list[tuple[object, ...]]:
    query = select(ForecastModel.version, ForecastModel.status, ForecastModel.reason)
    return [tuple(row) for row in await session.execute(query.order_by(ForecastModel.version))]


async def _jobs(session: AsyncSession) -> list[tuple[object, ...]]:
    query = select(TrainingJob.reason, TrainingJob.status, TrainingJob.attempts)
    return [tuple(row) for row in await session.execute(query.order_by(TrainingJob.id))]


async def test_a_bakery_without_a_model_gets_one_and_mornings_use_it(
    session: AsyncSession,
) -> None:
    (bakery,) = await _bakeries(session)

    await _promoted(session, bakery)
    await run_mornings(session, [bakery], NOW)

    assert await _models(session) == [(1, "champion", "first_model")]
    assert await _jobs(session) == [("first_model", "completed", 1)]
    foreseen = await forecasting.read_forecast(session, bakery, TODAY, 0)
    assert foreseen is not None
    assert foreseen.model_version == 1
    told = await session.execute(
        select(OutboxEvent.routing_key, OutboxEvent.payload).where(
            OutboxEvent.routing_key.in_(
                ("forecasting.model.retrained", "forecasting.forecast.generated")
            )
        )
    )
    facts: dict[str, Any] = dict(told.all())
    assert facts["forecasting.model.retrained"]["version"] == 1
    assert facts["forecasting.model.retrained"]["is_promoted"] is True
    assert facts["forecasting.forecast.generated"]["model_version"] == 1
    assert facts["forecasting.forecast.generated"]["products"] == 4


async def test_what_is_made_to_look_at_comes_from_the_same_model(session: AsyncSession) -> None:
    (bakery,) = await _bakeries(session)
    wanted, say = Wanted(TODAY, 7), Speech("en", "en")
    of_profile = await look_ahead(session, bakery, wanted, say, NOW, make=True)

    await _promoted(session, bakery)
    seen = await look_ahead(session, bakery, wanted, say, NOW, make=True)
    await run_mornings(session, [bakery], NOW)
    planned = await look_ahead(session, bakery, wanted, say, NOW, make=False)

    assert (seen.is_stored, planned.is_stored) == (False, True)
    assert seen.products == planned.products
    assert {each.model_version for each in of_profile.products} == {None}
    assert {each.model_version for each in seen.products} == {1}


async def test_too_little_history_is_left_to_the_profile(session: AsyncSession) -> None:
    (bakery,) = await _bakeries(session, days=30)

    await _evaluate(session, [bakery])
    assert (await session.scalars(select(RetrainingDecision.reason))).all() == [
        "too_little_history"
    ]
    assert await _jobs(session) == []

    job = await train_now(session, bakery, NOW)
    assert job.status == "failed"
    assert job.error is not None
    assert "63 days of sales" in job.error
    assert await _models(session) == []


async def test_a_drifted_bakery_is_noticed_retrained_and_improved(
    session: AsyncSession, admin: AsyncClient
) -> None:
    (bakery,) = await _bakeries(session)
    grown, evaluated = TODAY - timedelta(days=63), TODAY - timedelta(days=21)
    # Ever more every week, until it suddenly grows no more.
    weeks = f"least(business_date, date '{grown}') - date '{TODAY - timedelta(days=240)}'"
    await _scale(session, bakery, f"power(1.15, ({weeks}) / 7.0)")
    await _promoted(session, bakery, grown)
    await _mornings(session, bakery, evaluated - timedelta(days=30), 30)

    (run,) = await _evaluate(session, [bakery], evaluated)
    await _mornings(session, bakery, evaluated + timedelta(days=1), 20)

    assert run.decision is not None
    assert run.decision.reason in ("inaccurate", "drifting")
    url = f"/api/v1/tenants/{bakery}"
    newest, first = (await admin.get(f"{url}/models")).json()["items"]
    assert (newest["status"], first["status"]) == ("champion", "retired")
    assert newest["compared_with"] == 1
    assert newest["scores"]["challenger"]["wape"] < newest["scores"]["champion"]["wape"]
    (job, _) = (await admin.get(f"{url}/training-jobs")).json()["items"]
    assert (job["status"], job["version"], job["is_promoted"]) == ("completed", 2, True)
    assert job["improvement"] > 0
    detail = (await admin.get(f"{url}/models/2")).json()
    assert detail["improvement"]["days_after"] == 20
    assert detail["improvement"]["points"] > 1
    assert (await admin.get(f"{url}/models/3")).status_code == 404


async def test_a_challenger_that_is_worse_is_refused_and_shown(
    session: AsyncSession, admin: AsyncClient
) -> None:
    (bakery,) = await _bakeries(session)
    # The champion knows a quiet shop; the challenger one where good weeks follow bad ones, all but
    # the last four, which it does not see.
    ended = TODAY - timedelta(days=29)
    await _promoted(session, bakery, ended)
    await _scale(
        session, bakery,
        f"case when business_date > '{ended}' then 1.25"
        f" when ((date '{ended}' - business_date) / 7) % 2 = 0 then 2 else 0.5 end",
    )  # fmt: skip
    before = (await forecasting.load_champions(session, [bakery]))[bakery]

    job = await train_now(session, bakery, NOW)

    assert (job.status, job.version, job.is_promoted) == ("completed", 2, False)
    url = f"/api/v1/tenants/{bakery}"
    refused = (await admin.get(f"{url}/models/2")).json()
    assert refused["status"] == "refused"
    assert refused["verdict"] in ("worse_mean", "worse_quantiles")
    assert refused["scores"]["refitted"] is None
    assert refused["improvement"] is None
    assert (await forecasting.load_champions(session, [bakery]))[bakery] == before


async def test_a_damaged_model_is_not_used_and_replaced(session: AsyncSession) -> None:
    (bakery,) = await _bakeries(session)
    await _promoted(session, bakery)
    await session.execute(update(ForecastModel).values(content=b"\x00"))

    await run_mornings(session, [bakery], NOW)
    foreseen = await forecasting.read_forecast(session, bakery, TODAY, 0)
    assert foreseen is not None
    assert foreseen.model_version is None
    lines = await session.scalars(select(LogLine.message).where(LogLine.step == "forecasting"))
    assert [line for line in lines if "version 1, is damaged" in line]

    await _promoted(session, bakery, TODAY + timedelta(days=1))
    assert await _models(session) == [(1, "retired", "first_model"), (2, "champion", "first_model")]


async def test_a_job_can_be_cancelled_and_what_was_computed_is_dropped(
    session: AsyncSession, admin: AsyncClient
) -> None:
    (bakery,) = await _bakeries(session)
    stage = RetrainingEvaluation(lambda: NOW)
    runs = await _states(session, [bakery], TODAY)
    await stage.read(session, runs)
    url = f"/api/v1/tenants/{bakery}/training-jobs"
    (job,) = (await admin.get(url)).json()["items"]
    assert job["status"] == "running"

    cancelled = (await admin.post(f"{url}/{job['id']}/cancel")).json()
    again = (await admin.post(f"{url}/{job['id']}/cancel")).json()
    stage.plan(runs[0])
    await stage.write(session, runs)

    assert cancelled == again
    assert cancelled["status"] == "cancelled"
    assert await _models(session) == []
    assert [run.training and run.training.outcome for run in runs] == ["cancelled"]
    # The same run, taken up again, leaves it at that; what has ended cannot be called off.
    runs[0].morning = replace(runs[0].morning, now=NOW - timedelta(minutes=1))
    await stage.read(session, runs)
    assert [run.training for run in runs] == [None]
    done = await train_now(session, bakery, NOW + timedelta(hours=1))
    assert (await admin.post(f"{url}/{done.id}/cancel")).status_code == 409


async def test_a_run_that_is_taken_up_again_goes_on_with_its_job(session: AsyncSession) -> None:
    (bakery,) = await _bakeries(session)
    stage = RetrainingEvaluation(lambda: NOW)
    await stage.read(session, await _states(session, [bakery], TODAY))

    await _evaluate(session, [bakery])

    assert await _jobs(session) == [("first_model", "completed", 2)]


async def test_what_fails_for_good_leaves_the_model_and_says_why(session: AsyncSession) -> None:
    (bakery,) = await _bakeries(session)
    stage = RetrainingEvaluation(lambda: NOW)
    (run,) = await _states(session, [bakery], TODAY)
    await stage.read(session, [run])
    run.failure = "The step took longer than it may."

    said = await stage.fall_back(session, [run])
    await stage.write(session, [run])

    assert "took longer" in said[bakery]
    error = await session.scalar(select(TrainingJob.error))
    assert error == run.failure
    assert await _jobs(session) == [("first_model", "failed", 1)]


async def test_what_is_called_off_is_cancelled(session: AsyncSession) -> None:
    (bakery,) = await _bakeries(session)
    stage = RetrainingEvaluation(lambda: NOW)
    (run,) = await _states(session, [bakery], TODAY)
    await stage.read(session, [run])

    assert await stage.undo(session, [run.key]) == 1
    assert await stage.undo(session, [run.key]) == 0
    assert await _jobs(session) == [("first_model", "cancelled", 1)]


async def test_asking_twice_gives_the_first_job(session: AsyncSession) -> None:
    (bakery,) = await _bakeries(session)
    first, is_new = await forecasting.ask_for_training(session, bakery, new_id(), NOW)
    again, is_another = await forecasting.ask_for_training(session, bakery, new_id(), NOW)

    (run,) = await _evaluate(session, [bakery])

    assert first == again
    assert (is_new, is_another) == (True, False)
    assert first.status == "queued"
    assert run.decision is not None
    assert run.decision.reason == "by_hand"
    assert await _jobs(session) == [("by_hand", "completed", 1)]


async def test_asked_again_after_calling_off_it_is_trained(session: AsyncSession) -> None:
    (bakery,) = await _bakeries(session, products=2, days=70)
    stage = RetrainingEvaluation(lambda: NOW)
    (run,) = await _states(session, [bakery], TODAY)
    await forecasting.ask_for_training(session, bakery, new_id(), NOW)
    await stage.undo(session, [run.key])
    run.morning = replace(run.morning, now=NOW - timedelta(minutes=1))
    await stage.read(session, [run])
    assert run.training is None

    await forecasting.ask_for_training(session, bakery, new_id(), NOW)
    await stage.read(session, [run])

    assert run.training is not None


async def test_only_the_newest_models_are_kept_whole(session: AsyncSession) -> None:
    (bakery,) = await _bakeries(session, products=2)
    await _promoted(session, bakery)
    for _ in range(registry.KEPT_WHOLE + 2):
        await train_now(session, bakery, NOW)

    rows = (
        await session.execute(
            text("select status, content is not null from forecast_models order by version")
        )
    ).all()
    champions = [is_whole for status, is_whole in rows if status == "champion"]
    assert champions == [True]
    assert 3 <= sum(is_whole for _, is_whole in rows) <= registry.KEPT_WHOLE + 1
    assert not rows[0][1] or rows[0][0] == "champion"


async def test_more_bakeries_need_no_more_statements(
    database: Database, session: AsyncSession
) -> None:
    one, *three = await _bakeries(session, 4, products=2, days=70)
    with counted(database) as for_one:
        await _evaluate(session, [one])
    with counted(database) as for_three:
        await _evaluate(session, three)

    assert len(await _models(session)) == 4
    assert len(for_three) <= len(for_one)


async def test_metrics_say_what_came_of_training(session: AsyncSession) -> None:
    def count() -> float:
        outcomes = [
            measured.get_sample_value(
                "forecast_retraining_total", {"reason": "first_model", "outcome": outcome}
            )
            for outcome in ("promoted", "refused")
        ]
        return sum(outcome or 0.0 for outcome in outcomes)

    (bakery,) = await _bakeries(session, products=2, days=70)
    before = count()
    await _evaluate(session, [bakery])

    assert count() == before + 1


async def test_nothing_to_do_asks_nothing(session: AsyncSession) -> None:
    assert await jobs.start(session, {}, NOW) == {}
    assert await forecasting.load_champions(session, []) == {}
    assert await forecasting.begin_training(session, [], {}, NOW) == ({}, {})


@pytest.mark.parametrize("path", ["models/train", "models/evaluate-retraining"])
async def test_who_may_have_a_model_trained(viewer: AsyncClient, url: str, path: str) -> None:
    assert (await viewer.post(f"{url}/{path}")).status_code == 403
