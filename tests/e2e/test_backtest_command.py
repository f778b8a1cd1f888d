"""`obrador backtest forecast` as a person types it."""

import csv
from datetime import date, timedelta
from pathlib import Path

from tests.e2e.conftest import Obrador


def test_a_file_is_forecast_scored_and_written(obrador: Obrador, tmp_path: Path) -> None:
    sales, target = tmp_path / "sales.csv", tmp_path / "ours.csv"
    days = [date(2025, 1, 6) + timedelta(days=n) for n in range(120)]
    rows = "".join(f"Bread,{day},{20 + 5 * day.weekday() + n % 3}\n" for n, day in enumerate(days))
    sales.write_text("unique_id,ds,y\n" + rows)

    told = obrador("backtest", "forecast", str(sales), "--origins", "2", "--out", str(target))
    found = list(csv.DictReader(target.read_text().splitlines()))

    assert "1 series, 2 origins, 7 days ahead, 14 days compared: WAPE 0.0" in told.stdout
    assert "which days are open was read off the sales" in told.stdout
    assert [row["ds"] for row in found[7:]] == [str(day) for day in days[-7:]]
    assert all(float(row["q0.1"]) <= float(row["mean"]) <= float(row["q0.9"]) for row in found)


def test_a_file_that_cannot_be_used_says_why(obrador: Obrador, tmp_path: Path) -> None:
    sales = tmp_path / "sales.csv"
    sales.write_text("unique_id,ds,y\nBread,2025-01-06,20\nBread,2025-01-07,some\n")

    refused = obrador("backtest", "forecast", str(sales), code=1)

    assert "line 3, y: 'some' is no number" in refused.stderr
