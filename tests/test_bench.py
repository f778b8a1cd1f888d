"""The benchmarks, on few bakeries: that they run, and count what they should."""

import json

import pytest
from pydantic import SecretStr

from obrador.bench import bench_morning
from obrador.bench_forecast import bench_forecast
from obrador.bench_purchases import bench_purchases
from obrador.bench_quantities import bench_quantities
from obrador.settings import Settings


async def test_a_morning_is_measured(empty_database_url: str) -> None:
    said: list[str] = []
    settings = Settings(
        _env_file=None, database_url=SecretStr(empty_database_url), redis_url=None, workers=1
    )

    report = await bench_morning(settings, 3, products=2, days=30, say=said.append)

    assert report.statuses == {"completed": 3}
    assert report.tenants == 3
    assert 0 < report.planning_ms < report.python_ms
    assert min(report.rows, report.disk_kb, report.wal_kb, report.worker_mb) > 0
    assert [stage.stage for stage in report.stages][:2] == ["snapshot", "forecasting"]
    assert sum(stage.share for stage in report.stages) > 0.99
    assert json.loads(report.as_json())["statuses"] == report.statuses
    assert said[0] == "Generating 3 bakeries ..."


async def test_forecasting_is_measured(empty_database_url: str) -> None:
    settings = Settings(
        _env_file=None, database_url=SecretStr(empty_database_url), redis_url=None, workers=1
    )

    report = await bench_forecast(
        settings, 2, products=3, days=100, peers=False, say=lambda said: None
    )

    assert (report.tenants, report.series) == (2, 6)
    assert [phase.phase for phase in report.phases] == ["read", "predict", "write"]
    assert report.trained <= 2
    assert 0 < report.series_per_second < report.predicted_per_second
    assert min(report.train_seconds, report.refit_seconds) > 0
    assert report.process_mb > report.chunk_mb >= 0
    assert json.loads(report.as_json())["series"] == report.series


def test_quantities_are_compared_with_the_optimum() -> None:
    report = bench_quantities(6, 1, lambda said: None)

    rules = {each.rule for each in report.comparisons}
    assert rules == {"marginal rule", "each day by itself", "as if it kept for ever"}
    assert sum(each.cases for each in report.comparisons if each.rule == "marginal rule") >= 6
    assert all(each.worst_loss >= each.mean_loss > -1e-9 for each in report.comparisons)
    ours = [each for each in report.comparisons if each.rule == "marginal rule"]
    assert max(each.worst_loss for each in ours if each.order == "oldest first") < 0.5
    assert max(each.worst_loss for each in ours) < 1
    assert json.loads(report.as_json())["cases"] == report.cases


def test_purchases_are_compared_on_the_same_days() -> None:
    report = bench_purchases(7, 1, 1, lambda said: None)

    assert report.buyers[0].buyer == "Obrador"
    assert report.ingredients == 38
    for each in report.buyers:
        parts = ("goods", "fees", "holding", "expired", "shortage")
        total = sum(each.mean[f"{part}_minor"] for part in parts)
        assert each.mean["total_minor"] == pytest.approx(total)
        assert each.mean["orders"] > 0
    assert report == bench_purchases(7, 1, 1, lambda said: None)
    assert json.loads(report.as_json())["days"] == 7
