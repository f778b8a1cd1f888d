"""The stage that fetches the weather: before mornings, so that none waits for it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.drivers import service as drivers
from obrador.drivers.domain import Place, WeatherProvider
from obrador.forecasting.history import HISTORY_DAYS
from obrador.integrations.open_meteo import OpenMeteo
from obrador.orchestration.records import Written
from obrador.orchestration.run_state import RunState
from obrador.orchestration.stages.base import Stage
from obrador.settings import Settings
from obrador.tenants.domain import Bakery

REVISED_DAYS = 3
"""So many of the last days are fetched again: what was measured late changes them."""
_NOBODY = "Left out: no WEATHER_PROVIDER is set."
_NOWHERE = "Left out: the bakery has no latitude and longitude."


class Weather(Stage):
    """Fetches what was and what is foreseen, of bakeries that say where they are."""

    name = "weather"

    def __init__(self, provider: WeatherProvider | None = None) -> None:
        self._provider = provider
        self.is_remote = provider is not None

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """From when on it is not known yet."""
        known = await drivers.last_known(session, [run.tenant for run in runs])
        for run in runs:
            last = known.get(run.tenant)
            days = timedelta(days=HISTORY_DAYS)
            run.weather_since = (
                run.morning.now.date() - days
                if last is None
                else last - timedelta(days=REVISED_DAYS - 1)
            )

    def skip(self, run: RunState) -> str | None:
        """Nobody is asked, or not of this bakery."""
        if self._provider is None:
            return _NOBODY
        return _NOWHERE if place_of(run.morning.bakery) is None else None

    async def fetch(self, run: RunState) -> None:
        """The weather of one place."""
        place = place_of(run.morning.bakery)
        if self._provider is not None and place is not None and run.weather_since is not None:
            today = run.morning.now.date()
            run.weather = await self._provider.weather(place, run.weather_since, today)

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Keep it, many bakeries' in one statement."""
        source = self._provider.name if self._provider else ""
        await drivers.save_weather(session, {run.tenant: run.weather for run in runs}, source)
        return {run.tenant: Written(len(run.weather)) for run in runs}


def place_of(bakery: Bakery) -> Place | None:
    """Where a bakery is; None: it does not say."""
    if bakery.latitude is None or bakery.longitude is None:
        return None
    return Place(bakery.latitude, bakery.longitude, bakery.time_zone)


def weather_provider(settings: Settings) -> WeatherProvider | None:
    """Who is asked by the settings; None: nobody."""
    if settings.weather_provider is None:
        return None
    key = settings.weather_api_key
    return OpenMeteo(key.get_secret_value() if key else None, settings.service_timeout_seconds)
