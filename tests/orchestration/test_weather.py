"""The weather is fetched before mornings, and a bakery goes on without it."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.drivers import service as drivers
from obrador.drivers.domain import Place, WeatherDay
from obrador.forecasting.history import HISTORY_DAYS
from obrador.kit.db import Database
from obrador.kit.errors import ServiceAway
from obrador.kit.ids import new_id
from obrador.orchestration import due
from obrador.orchestration.definitions import WEATHER
from obrador.orchestration.driving import fetch_each
from obrador.orchestration.models import Run
from obrador.orchestration.run_state import RunKey, RunState
from obrador.orchestration.stages import bakery_stages
from obrador.orchestration.stages.weather import REVISED_DAYS, Weather, weather_provider
from obrador.settings import Settings
from obrador.tenants.models import Tenant
from tests.factories import make_tenant
from tests.factories.mornings import TODAY, mornings_of
from tests.fixtures.installation import NOW as INSTALLED
from tests.fixtures.installation import Installation
from tests.fixtures.people import NOW
from tests.statements import counted


class Station:
    """Knows the weather of everywhere, two days ahead, unless it is away."""

    name = "station"

    def __init__(self) -> None:
        self.asked: list[tuple[Place, date]] = []
        self.is_away = False
        self.degrees = 10.0

    async def weather(self, place: Place, first: date, today: date) -> list[WeatherDay]:
        self.asked.append((place, first))
        if self.is_away:
            raise ServiceAway("The weather service does not answer.")
        first = max(first, today - timedelta(days=5))
        days = (first + timedelta(days=n) for n in range((today - first).days + 3))
        return [WeatherDay(day, self.degrees, is_forecast=day >= today) for day in days]

    async def close(self) -> None:
        pass


async def _somewhere(session: AsyncSession, count: int) -> list[TenantId]:
    made = [await make_tenant(session) for _ in range(count)]
    await session.execute(
        update(Tenant).where(Tenant.id.in_(made)).values(latitude=40.4, longitude=-3.7)
    )
    return made


async def _fetched(
    session: AsyncSession, station: Station, bakeries: Sequence[TenantId], day: date = TODAY
) -> list[RunState]:
    """What the workflow's step does on a day; returns the runs that were not skipped."""
    stage = Weather(station)
    mornings = await mornings_of(session, bakeries, day)
    runs = [
        RunState(RunKey(m.tenant, day, WEATHER.name, 0), new_id(), None, "normal", m, 60)
        for m in mornings
    ]
    await stage.read(session, runs)
    going = [run for run in runs if stage.skip(run) is None]
    failures = await fetch_each(stage, going)
    fetched = [run for run in going if run.tenant not in failures]
    await stage.write(session, fetched)
    return fetched


async def _stored(
    session: AsyncSession, tenant: TenantId, today: date = TODAY
) -> list[tuple[int, bool, float | None]]:
    found = await drivers.list_weather(
        session, tenant, today - timedelta(days=9), today + timedelta(days=9)
    )
    return [((each.day - today).days, each.is_forecast, each.temperature) for each in found]


async def test_a_forecast_stays_beside_the_day_as_it_was(session: AsyncSession) -> None:
    station = Station()
    (bakery,) = await _somewhere(session, 1)

    await _fetched(session, station, [bakery])
    station.degrees = 12.0
    await _fetched(session, station, [bakery], TODAY + timedelta(days=1))

    assert station.asked[0] == (
        Place(40.4, -3.7, "Europe/Madrid"),
        TODAY - timedelta(days=HISTORY_DAYS),
    )
    assert station.asked[1][1] == TODAY - timedelta(days=REVISED_DAYS)
    assert await _stored(session, bakery) == [
        (-5, False, 10.0),
        (-4, False, 10.0),
        (-3, False, 12.0),
        (-2, False, 12.0),
        (-1, False, 12.0),
        (0, False, 12.0),
        (0, True, 10.0),
        (1, True, 12.0),
        (2, True, 12.0),
        (3, True, 12.0),
    ]


async def test_who_does_not_say_where_it_is_has_none(session: AsyncSession) -> None:
    station = Station()
    nowhere = await make_tenant(session)

    assert await _fetched(session, station, [nowhere]) == []
    assert station.asked == []


async def test_the_workflow_keeps_what_it_fetches(
    installation: Installation,
) -> None:
    station = Station()
    async with installation.database.transaction() as session:
        await due.create_workflows(session, [WEATHER])
        await session.execute(update(Tenant).values(latitude=40.4, longitude=-3.7))

    await installation.run(WEATHER.name, weather=Weather(station))
    async with installation.database.transaction() as session:
        kept = await _stored(session, installation.bakery, INSTALLED.date())
        runs = await session.execute(select(Run.workflow, Run.status))
        assert runs.all() == [(WEATHER.name, "completed")]

    assert [(day, is_forecast) for day, is_forecast, _ in kept] == [
        *((day, False) for day in range(-5, 0)),
        *((day, True) for day in range(3)),
    ]


async def test_nobody_is_asked_unless_the_settings_say_so() -> None:
    own = weather_provider(Settings(_env_file=None, weather_provider="open_meteo"))

    assert weather_provider(Settings(_env_file=None)) is None
    assert own is not None
    assert own.name == "open_meteo"
    await own.close()
    assert any(
        isinstance(stage, Weather) and not stage.is_remote for stage in bakery_stages(lambda: NOW)
    )


async def test_when_the_weather_is_away_what_was_known_stays(session: AsyncSession) -> None:
    station = Station()
    (bakery,) = await _somewhere(session, 1)
    await _fetched(session, station, [bakery])
    before = await _stored(session, bakery)
    station.is_away = True

    assert await _fetched(session, station, [bakery], TODAY + timedelta(days=1)) == []
    assert await _stored(session, bakery) == before


async def test_many_bakeries_take_as_many_statements_as_one(
    session: AsyncSession, database: Database
) -> None:
    one, three = await _somewhere(session, 1), await _somewhere(session, 3)

    with counted(database) as for_one:
        await _fetched(session, Station(), one)
    with counted(database) as for_three:
        await _fetched(session, Station(), three)

    assert len(for_three) == len(for_one)
