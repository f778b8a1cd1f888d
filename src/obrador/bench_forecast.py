"""The benchmark of forecasting: daily prediction from the database to the database, and refits.

Prediction runs in a process of its own, so that its memory is that of prediction alone.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from zoneinfo import ZoneInfo

import psutil
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.bench import Say, administer, loop_ms, own_database, postmaster, server_seconds, warm
from obrador.bench_peers import Peer, compare_peers, peers_at_hand
from obrador.forecasting import fitting
from obrador.forecasting import service as forecasting
from obrador.forecasting.challenge import challenge
from obrador.forecasting.champion import foreseen
from obrador.forecasting.domain import Champion, DemandHistory
from obrador.forecasting.history import demand_history
from obrador.kit.clock import business_date, system_clock
from obrador.kit.db import Database
from obrador.kit.memory import settle
from obrador.onboarding.fleet import make_fleet
from obrador.orchestration.reading import read_histories
from obrador.orchestration.references import Reference, load_references
from obrador.orchestration.training_now import train_now
from obrador.roles import parts
from obrador.sales.domain import SalesHistory
from obrador.settings import Settings
from obrador.tenants import service as tenants_service
from obrador.tenants.domain import Morning

CHUNK = 50
_REFITTED = 10
"""Bakeries whose refit is measured: each of another template."""
HORIZON = 7
"""Days ahead."""
_LOOK_SECONDS = 0.02
_PHASES = ("read", "predict", "write")


@dataclass(frozen=True)
class Phase:
    """One phase of daily prediction, all bakeries together."""

    phase: str
    python_ms: float
    """Processor time of this process, by bakery."""
    database_ms: float
    """Processor time of the database server, by bakery."""


@dataclass(frozen=True)
class Prediction:
    """What predicting all bakeries took."""

    phases: Sequence[Phase]
    series: int
    trained: int
    """Bakeries whose forecast a trained model made."""
    before_bytes: int
    """Memory of the process before its first chunk."""


@dataclass(frozen=True)
class ForecastReport:
    """What forecasting took. By bakery where not said otherwise."""

    tenants: int
    series: int
    trained: int
    setup_seconds: float
    phases: Sequence[Phase]
    series_per_second: float
    """By core, from the database to the database: processor time of Python and server."""
    predicted_per_second: float
    """By core, of the phase that predicts alone."""
    train_seconds: float
    """Processor time of fitting a model once."""
    refit_seconds: float
    """Of the weekly refit: fit, compare with the champion, fit again on everything."""
    refit_hours_by_10000: float
    process_mb: float
    """Most memory that the predicting process has held."""
    chunk_mb: float
    """Of it what a chunk of 50 bakeries added."""
    machine_ms: float
    peers: Sequence[Peer]

    def as_json(self) -> str:
        """For programs."""
        return json.dumps(asdict(self), indent=2)


@dataclass(frozen=True)
class _Task:
    """A bakery to forecast."""

    morning: Morning
    history: DemandHistory
    champion: Champion | None


async def bench_forecast(
    settings: Settings, tenants: int, *, products: int, days: int, peers: bool, say: Say
) -> ForecastReport:
    """Generate bakeries with trained models, forecast them all, refit some, report.

    Raises:
        Misconfigured: the server does not allow a database of our own, or the peers are missing.
    """
    if peers:
        peers_at_hand()  # rather now than after minutes
    async with own_database(settings) as own_settings, parts(own_settings) as own:
        say(f"Generating {tenants:,} bakeries, and training their models ...")
        began = time.perf_counter()
        ids = await make_fleet(
            own.database, tenants, system_clock(), products=products, days=days, prepare=train_now
        )
        await warm(own, ids, say)
        await asyncio.to_thread(administer, own.database.url, "vacuum analyze")
        setup = time.perf_counter() - began
        machine_ms = loop_ms()
        say(f"Predicting {tenants:,} bakeries ...")
        made, most_memory = await _predicted_apart(own.database.url, ids)
        say("Refitting ...")
        async with own.database.transaction() as session:
            tasks = _tasks(*await _read(session, ids[:_REFITTED]))
        train, refit = await asyncio.to_thread(_refitted, tasks)
        say("Comparing with peers ...")
        histories = [task.history for task in tasks]
        compared = await asyncio.to_thread(compare_peers, histories) if peers else []
    spent = sum(phase.python_ms + phase.database_ms for phase in made.phases) * tenants / 1000
    predict = made.phases[_PHASES.index("predict")]
    return ForecastReport(
        tenants=tenants,
        series=made.series,
        trained=made.trained,
        setup_seconds=setup,
        phases=made.phases,
        series_per_second=made.series / spent,
        predicted_per_second=made.series / (predict.python_ms * tenants / 1000),
        train_seconds=train,
        refit_seconds=refit,
        refit_hours_by_10000=refit * 10_000 / 3600,
        process_mb=most_memory / 1e6,
        chunk_mb=max(most_memory - made.before_bytes, 0) / 1e6,
        machine_ms=(machine_ms + loop_ms()) / 2,
        peers=compared,
    )


async def _predicted_apart(url: str, ids: Sequence[TenantId]) -> tuple[Prediction, int]:
    """In a process of its own; and the most memory, in bytes, that it has held."""
    most = 0
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        predicting = pool.submit(_predict, url, ids)
        process = psutil.Process(next(iter(pool._processes)))
        while not predicting.done():
            with suppress(psutil.Error):
                most = max(most, process.memory_info().rss)
            await asyncio.sleep(_LOOK_SECONDS)
        return predicting.result(), most


def _predict(url: str, ids: Sequence[TenantId]) -> Prediction:
    settle()
    return asyncio.run(_predicted(Database(url), ids))


async def _predicted(database: Database, ids: Sequence[TenantId]) -> Prediction:
    meter = _Meter(await postmaster(database))
    series = trained = 0
    async with database.transaction() as session:  # what every morning but the first finds ready
        for task in _tasks(*await _read(session, ids[:1])):
            foreseen(task.history, task.champion)
    before = psutil.Process().memory_info().rss
    for start in range(0, len(ids), CHUNK):
        meter.begin()
        async with database.transaction() as session:
            found = await _read(session, ids[start : start + CHUNK])
        meter.end("read")
        made = [(each.morning, foreseen(each.history, each.champion)) for each in _tasks(*found)]
        meter.end("predict")
        async with database.transaction() as session:
            await forecasting.save_forecasts(session, made)
        meter.end("write")
        series += sum(len(forecast.product_ids) for _, forecast in made)
        trained += sum(forecast.model_version is not None for _, forecast in made)
    await database.close()
    phases = [
        Phase(name, python / len(ids) * 1000, server / len(ids) * 1000)
        for name, (python, server) in meter.spent.items()
    ]
    return Prediction(phases, series, trained, before)


_Found = tuple[
    Sequence[Morning],
    dict[TenantId, SalesHistory],
    dict[TenantId, Reference],
    dict[TenantId, Champion],
]


async def _read(session: AsyncSession, ids: Sequence[TenantId]) -> _Found:
    now = system_clock()
    bakeries = await tenants_service.load_bakeries(session, ids)
    mornings = []
    for tenant, bakery in bakeries.items():
        day = business_date(now, bakery.time_zone)
        local = now.astimezone(ZoneInfo(bakery.time_zone))
        mornings.append(Morning(tenant, bakery, day, 0, local))
    histories = await read_histories(session, mornings)
    references = await load_references(session, ids)
    champions = await forecasting.load_champions(session, ids)
    return mornings, histories, {key: own for key, (_, own) in references.items()}, champions


def _tasks(
    mornings: Sequence[Morning],
    histories: dict[TenantId, SalesHistory],
    references: dict[TenantId, Reference],
    champions: dict[TenantId, Champion],
) -> list[_Task]:
    return [
        _Task(
            morning,
            demand_history(
                morning.bakery,
                references[morning.tenant].catalogue.products,
                histories[morning.tenant],
                morning.business_date,
                HORIZON,
            ),
            champions.get(morning.tenant),
        )
        for morning in mornings
    ]


def _refitted(tasks: Sequence[_Task]) -> tuple[float, float]:
    """Processor seconds of fitting a model, and of a whole refit; means."""
    began = time.process_time()
    for task in tasks:
        fitting.train(task.history)
    trained = time.process_time()
    for task in tasks:
        challenge(task.history, task.champion)
    ended = time.process_time()
    return (trained - began) / len(tasks), (ended - trained) / len(tasks)


class _Meter:
    """Processor time by phase: of this process, and of the database server."""

    def __init__(self, server: psutil.Process | None) -> None:
        self.spent = dict.fromkeys(_PHASES, (0.0, 0.0))
        self._server = server
        self.begin()

    def begin(self) -> None:
        """What was spent until now belongs to no phase."""
        self._before = self._now()

    def end(self, phase: str) -> None:
        """What was spent since the last phase belongs to this one."""
        now = self._now()
        python, server = self.spent[phase]
        self.spent[phase] = (
            python + now[0] - self._before[0],
            server + now[1] - self._before[1],
        )
        self._before = now

    def _now(self) -> tuple[float, float]:
        return time.process_time(), server_seconds(self._server)
