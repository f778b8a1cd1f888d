"""Files of series, and forecasts that past mornings would have made."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from obrador.forecasting.domain import Floats
from obrador.kit.errors import Invalid
from obrador.simulation.forecasts import LEVELS, backtest, score
from obrador.simulation.series_file import read_series

FIRST = date(2023, 1, 2)


def written(folder: Path, sold: Floats, extra: str = "", first: date = FIRST) -> Path:
    """A file of P series over D days; each row ends with `extra`, whose names are its header."""
    names = [each.split("=")[0] for each in extra.split(",") if each]
    values = [each.split("=")[1] for each in extra.split(",") if each]
    rows = [",".join(["unique_id", "ds", "y", *names])]
    for series, days in enumerate(sold):
        for number, units in enumerate(days):
            day = first + timedelta(days=number)
            rows.append(",".join([f"s{series}", day.isoformat(), f"{units:g}", *values]))
    path = folder / "series.csv"
    path.write_text("\n".join(rows))
    return path


def bakery(days: int, series: int = 3) -> Floats:
    rng = np.random.default_rng(3)
    weekday = np.array([1.0, 0.9, 1.0, 1.1, 1.3, 1.8, 0.6])[np.arange(days) % 7]
    return rng.poisson(weekday * np.arange(10, 10 + 8 * series, 8)[:, None]).astype(float)


def test_every_origin_is_forecast_by_what_was_known_then(tmp_path: Path) -> None:
    sold = bakery(200)
    other = sold.copy()
    other[:, 180:] = np.random.default_rng(1).permutation(sold[:, 180:].ravel()).reshape(3, -1)

    cutoff = FIRST + timedelta(days=179)
    made = [
        next(
            each
            for each in backtest(read_series(written(tmp_path, values)), 6, 3, 1)
            if each.cutoff == cutoff
        )
        for values in (sold, other)
    ]

    assert (made[0].mean == made[1].mean).all()
    assert (made[0].quantiles == made[1].quantiles).all()
    assert (made[0].sold != made[1].sold).any()


def test_origins_are_the_last_weeks(tmp_path: Path) -> None:
    found = list(backtest(read_series(written(tmp_path, bakery(100))), 14, 3, 1))

    last = FIRST + timedelta(days=99 - 14)
    assert [each.cutoff for each in found] == [last - timedelta(days=days) for days in (14, 7, 0)]
    assert found[0].mean.shape == (3, 14)
    assert found[0].quantiles.shape == (3, 14, len(LEVELS))


def test_scores_are_what_they_say(tmp_path: Path) -> None:
    found = list(backtest(read_series(written(tmp_path, bakery(120))), 7, 2, 1))
    sold = np.concatenate([each.sold for each in found], axis=1)
    mean = np.concatenate([each.mean for each in found], axis=1)

    scores = score(found)

    assert scores.days == 3 * 14
    assert scores.wape == pytest.approx(np.abs(mean - sold).sum() / sold.sum())
    assert scores.bias == pytest.approx((mean - sold).sum() / sold.sum())
    assert 0 < scores.scaled_pinball < scores.wape
    assert 0.5 < scores.coverage <= 1


def test_closed_days_are_foreseen_as_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, bakery(120), "open=1")
    closed = (FIRST + timedelta(days=116)).isoformat()
    lines = [
        ",".join([*line.split(",")[:2], "0", "0"]) if f",{closed}," in line else line
        for line in path.read_text().splitlines()
    ]
    path.write_text("\n".join(lines))

    (found,) = backtest(read_series(path), 7, 1, 1)

    assert (found.mean[:, 3] == 0).all()
    assert (found.quantiles[:, 3] == 0).all()
    assert (np.delete(found.mean, 3, axis=1) > 0).all()
    assert np.isnan(found.sold[:, 3]).all()


def test_prices_are_used_where_they_help_and_may_be_missing(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    price = np.where(rng.random(400) < 0.15, 1.0, 2.0)
    sold = rng.poisson(np.where(price == 1, 80, 40), (2, 400)).astype(float)
    lines = written(tmp_path, sold).read_text().splitlines()
    path = tmp_path / "priced.csv"
    prices = ["" if n == 30 else "0" if n == 31 else f"{price[n]:g}" for n in range(400)]
    rows = [f"{line},{prices[n % 400]}" for n, line in enumerate(lines[1:])]
    path.write_text("\n".join([f"{lines[0]},price", *rows]))

    without = score(list(backtest(read_series(written(tmp_path, sold)), 7, 8, 8)))
    with_it = score(list(backtest(read_series(path), 7, 8, 8)))

    assert with_it.wape < 0.8 * without.wape


@pytest.mark.parametrize(
    ("name", "sold"),
    [
        ("three days", np.array([[4.0] * 10, [np.nan] * 7 + [3.0] * 3])[:1]),
        ("all zeros", np.array([[0.0] * 100, [5.0] * 100])),
        ("nothing at all", np.zeros((2, 100))),
        ("constant", np.full((2, 100), 7.0)),
        ("a spike of a million", np.where(np.arange(100) == 60, 1e6, 9.0)[None]),
        (
            "a gap of months",
            np.where((np.arange(300) > 90) & (np.arange(300) < 200), 0, 12.0)[None],
        ),
        ("fractions", np.full((1, 90), 0.4)),
    ],
)
def test_whatever_was_sold_the_forecast_is_sane(name: str, sold: Floats, tmp_path: Path) -> None:
    for found in backtest(read_series(written(tmp_path, sold)), 7, 1, 1):
        for values in (found.mean, found.quantiles):
            assert np.isfinite(values).all(), name
            assert (values >= 0).all(), name
        assert (np.diff(found.quantiles, axis=2) >= 0).all(), name
        assert found.mean.max() <= 2 * np.median(sold[sold > 0]) if (sold > 0).any() else True, name


def test_a_leap_day_and_clock_changes_are_days_like_others(tmp_path: Path) -> None:
    path = written(tmp_path, np.full((1, 120), 20.0), first=date(2024, 1, 1))

    series = read_series(path)

    assert series.days.date_of(59) == date(2024, 2, 29)
    assert [each.mean.mean() for each in backtest(series, 7, 4, 1)] == pytest.approx(
        [20] * 4, rel=0.05
    )


@pytest.mark.parametrize(
    ("rows", "message", "where"),
    [
        ("unique_id,ds\na,2023-01-01", "lacks the column y", "y"),
        ("unique_id,ds,y\n", "no rows", None),
        ("unique_id,ds,y\na,31.1.2023,3", "cannot be used", "line 2, ds"),
        ("unique_id,ds,y\na,2023-01-01,many", "cannot be used", "line 2, y"),
        ("unique_id,ds,y\na,2023-01-01,-3", "cannot be used", "line 2, y"),
        ("unique_id,ds,y\na,2023-01-01,nan", "cannot be used", "line 2, y"),
        ("unique_id,ds,y\na,2023-01-01,1\na,2023-01-01,2", "cannot be used", "line 3, ds"),
        ("unique_id,ds,y,open\na,2023-01-01,1,yes", "cannot be used", "line 2, open"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    rows: str, message: str, where: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "series.csv"
    path.write_text(rows)

    with pytest.raises(Invalid, match=message) as refused:
        read_series(path)

    assert [fault.where for fault in refused.value.faults][:1] == ([where] if where else [])


def test_a_file_that_is_not_there_or_too_short_says_so(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="There is no file"):
        read_series(tmp_path / "nowhere.csv")
    (tmp_path / "latin.csv").write_bytes("unique_id,ds,y\nCroasán,2023-01-01,1".encode("cp1252"))
    with pytest.raises(Invalid, match="Save it as CSV in UTF-8, with commas"):
        read_series(tmp_path / "latin.csv")
    series = read_series(written(tmp_path, bakery(30)))
    with pytest.raises(Invalid, match="too few for 9 origins") as refused:
        list(backtest(series, 7, 9, 1))
    assert refused.value.faults[0].message == "at most 4"
