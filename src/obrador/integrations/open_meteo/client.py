"""Asks Open-Meteo for days: past ones as its models had them at their start, and forecasts.

The past is that of the historical forecast API, not of the archive of reanalyses: it comes from
the models that make the forecasts, without days of delay, so a model trained on it knows their
habits. Format: https://open-meteo.com/en/docs, `daily`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import httpx
import msgspec

from obrador.drivers.domain import Place, WeatherDay
from obrador.integrations.http_services.client import HttpServices
from obrador.kit.errors import ServiceAway

FORECAST = "api.open-meteo.com"
PAST = "historical-forecast-api.open-meteo.com"
MOST_DAYS_BACK = 92
"""That the forecast API has itself."""
DAYS_AHEAD = 16
FIRST_DAY = date(2022, 1, 1)
"""Of the historical forecasts."""
_DAILY = "temperature_2m_mean,temperature_2m_max,precipitation_sum,wind_speed_10m_max"
_ADVICE = "Check the bakery's latitude and longitude, and WEATHER_API_KEY."

Column = list[float | None]


@dataclass(frozen=True)
class _Daily:
    """A value for each day, or null."""

    time: list[date]
    temperature_2m_mean: Column
    temperature_2m_max: Column
    precipitation_sum: Column
    wind_speed_10m_max: Column


@dataclass(frozen=True)
class _Answer:
    daily: _Daily


class OpenMeteo:
    """A `WeatherProvider`."""

    name = "open_meteo"

    def __init__(self, api_key: str | None, seconds: float, url: str | None = None) -> None:
        """
        Args:
            api_key: of who pays; without one it is free for non-commercial use.
            seconds: that an answer may take.
            url: of another server with the same paths; None: Open-Meteo's own.
        """
        self._key = api_key
        self._url = url
        self._http = HttpServices(None, seconds, advice=_ADVICE)

    async def weather(self, place: Place, first: date, today: date) -> list[WeatherDay]:
        """The days from `first` on, to 15 days ahead. Those of which nothing is known are left
        out.

        Raises:
            ServiceAway: it does not answer, or not with weather.
        """
        first = max(first, FIRST_DAY)
        back = max((today - first).days, 0)
        days: list[WeatherDay] = []
        if back > MOST_DAYS_BACK:
            until = today - timedelta(days=MOST_DAYS_BACK + 1)
            days = await self._ask(PAST, place, start_date=first, end_date=until)
            back = MOST_DAYS_BACK
        days += await self._ask(FORECAST, place, past_days=back, forecast_days=DAYS_AHEAD)
        return [
            replace(each, is_forecast=each.day >= today)
            for each in days
            if each.day >= first and each != WeatherDay(each.day)
        ]

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close()

    async def _ask(self, host: str, place: Place, **window: date | int) -> list[WeatherDay]:
        params: dict[str, str | float | int] = {
            "latitude": place.latitude,
            "longitude": place.longitude,
            "timezone": place.time_zone,
            "daily": _DAILY,
            **{name: each if isinstance(each, int) else str(each) for name, each in window.items()},
        }
        if self._key:
            host, params["apikey"] = f"customer-{host}", self._key
        url = httpx.URL(f"{self._url or f'https://{host}'}/v1/forecast", params=params)
        try:
            content = await self._http.ask("weather", "GET", str(url))
        except ServiceAway as error:
            # The library's errors name the address, and so the key.
            raise ServiceAway(re.sub(r"apikey=[^&'\s]+", "apikey=…", error.detail)) from None
        return _days(content)


def _days(content: bytes) -> list[WeatherDay]:
    try:
        daily = msgspec.json.decode(content, type=_Answer).daily
        columns: Sequence[Column] = (
            daily.temperature_2m_mean,
            daily.temperature_2m_max,
            daily.precipitation_sum,
            daily.wind_speed_10m_max,
        )
        return [WeatherDay(*values) for values in zip(daily.time, *columns, strict=True)]
    except (msgspec.DecodeError, ValueError) as error:
        raise ServiceAway(
            f"The weather service answers with what is no weather: {error}."
        ) from error
