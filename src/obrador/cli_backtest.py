"""Commands that plan the past and compare."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track

if TYPE_CHECKING:
    from obrador.simulation.forecasts import Origin
    from obrador.simulation.series_file import SeriesFile

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
app = typer.Typer(no_args_is_help=True, help="Plan the past, and compare with what came.")


@app.callback()
def backtest() -> None:
    """Plan the past, and compare with what came."""


@app.command()
def forecast(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with columns unique_id, ds, y; if it has them: open, price, holiday, special."
        ),
    ],
    horizon: Annotated[int, typer.Option(min=1, max=28, help="Days ahead.")] = 7,
    origins: Annotated[int, typer.Option(min=1, help="Weeks to forecast from, the last.")] = 8,
    refit: Annotated[int, typer.Option(min=1, help="Weeks after which to train anew.")] = 4,
    target: Annotated[
        Path | None, typer.Option("--out", help="Write the forecasts there, as CSV.")
    ] = None,
) -> None:
    """Forecast a file of series from past weeks as mornings would have, and score it."""
    from obrador.simulation.forecasts import backtest, score
    from obrador.simulation.series_file import read_series

    series = read_series(file)
    made = backtest(series, horizon, origins, refit)
    found = list(track(made, "Forecasting ...", total=origins, console=err, transient=True))
    scores = score(found)
    out.print(
        f"{len(series.names)} series, {origins} origins, {horizon} days ahead, {scores.days} days"
        f" compared: WAPE {scores.wape:.4f}, scaled pinball loss {scores.scaled_pinball:.4f},"
        f" coverage of the 80 % interval {scores.coverage:.1%}, bias {scores.bias:+.1%}.",
        soft_wrap=True,
    )
    if not series.states_open:
        out.print("The file has no column open: which days are open was read off the sales.")
    if target is not None:
        _write(target, series, found)
        out.print(f"Forecasts are in {target}.", soft_wrap=True)


def _write(target: Path, series: "SeriesFile", found: "list[Origin]") -> None:
    import csv
    from datetime import timedelta

    from obrador.kit.spreadsheets import harmless
    from obrador.simulation.forecasts import LEVELS

    with target.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["unique_id", "cutoff", "ds", "mean", *(f"q{level}" for level in LEVELS)])
        for origin in found:
            for row, name in enumerate(series.names):
                for ahead in range(origin.mean.shape[1]):
                    day = origin.cutoff + timedelta(days=ahead + 1)
                    values = (origin.mean[row, ahead], *origin.quantiles[row, ahead])
                    rows.writerow(
                        [harmless(name), origin.cutoff, day, *(f"{value:.4f}" for value in values)]
                    )
