"""Open-Meteo as it answers, with gaps, with errors and with nonsense."""

from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta

import pytest
from starlette.responses import JSONResponse, Response

from obrador.drivers.domain import Place, WeatherDay
from obrador.integrations.open_meteo import OpenMeteo
from obrador.kit.errors import ServiceAway
from tests.fixtures.scripted import Scripted, scripted
from tests.integrations.open_meteo.recorded import (
    KEY_REFUSED,
    LIMIT,
    OUT_OF_RANGE,
    days,
)

TODAY = date(2026, 3, 3)
MADRID = Place(40.4168, -3.7038, "Europe/Madrid")
WEEK = days(
    TODAY - timedelta(days=2),
    (9.1, 14.2, 0.0, 12.6),
    (8.4, 13.0, 4.3, 20.5),
    (7.0, None, 0.0, 9.8),
    (None, None, None, None),
)


@pytest.fixture
def service() -> Iterator[Scripted]:
    with scripted() as running:
        running.answer = lambda before: JSONResponse(WEEK)
        yield running


@pytest.fixture
async def provider(service: Scripted) -> AsyncIterator[OpenMeteo]:
    client = OpenMeteo("secret key", seconds=2, url=service.url)
    yield client
    await client.close()


async def test_days_are_read_and_those_to_come_are_forecasts(
    provider: OpenMeteo, service: Scripted
) -> None:
    found = await provider.weather(MADRID, TODAY - timedelta(days=2), TODAY)

    assert found == [
        WeatherDay(date(2026, 3, 1), 9.1, 14.2, 0.0, 12.6),
        WeatherDay(date(2026, 3, 2), 8.4, 13.0, 4.3, 20.5),
        WeatherDay(date(2026, 3, 3), 7.0, None, 0.0, 9.8, is_forecast=True),
    ]
    asked = dict(service.requests[0].query_params)
    assert service.requests[0].url.path == "/v1/forecast"
    assert asked == {
        "latitude": "40.4168",
        "longitude": "-3.7038",
        "timezone": "Europe/Madrid",
        "daily": "temperature_2m_mean,temperature_2m_max,precipitation_sum,wind_speed_10m_max",
        "past_days": "2",
        "forecast_days": "16",
        "apikey": "secret key",
    }


async def test_a_long_past_is_asked_for_where_it_is_kept(
    provider: OpenMeteo, service: Scripted
) -> None:
    long_ago = days(date(2022, 1, 1), (5.0, 9.0, 0.0, 8.0))
    service.answer = lambda before: JSONResponse(WEEK if before else long_ago)

    found = await provider.weather(MADRID, date(2020, 1, 1), TODAY)

    assert found[0] == WeatherDay(date(2022, 1, 1), 5.0, 9.0, 0.0, 8.0)
    assert len(found) == 4
    first, second = (dict(request.query_params) for request in service.requests)
    assert first["start_date"] == "2022-01-01"
    assert date.fromisoformat(first["end_date"]) == TODAY - timedelta(days=93)
    assert second["past_days"] == "92"


async def test_a_passing_fault_is_tried_again(provider: OpenMeteo, service: Scripted) -> None:
    service.answer = lambda before: JSONResponse(WEEK) if before else Response(status_code=502)

    assert await provider.weather(MADRID, TODAY, TODAY)
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, OUT_OF_RANGE, "Latitude must be in range.*Check the bakery's latitude"),
        (401, KEY_REFUSED, "API key is invalid.*WEATHER_API_KEY"),
        (429, LIMIT, "does not answer: .*429"),
    ],
)
async def test_an_error_says_what_is_wrong_and_never_the_key(
    provider: OpenMeteo, service: Scripted, status: int, body: dict[str, object], words: str
) -> None:
    service.answer = lambda before: JSONResponse(body, status)

    with pytest.raises(ServiceAway, match=words) as raised:
        await provider.weather(MADRID, TODAY, TODAY)
    assert "secret" not in raised.value.detail


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"{}",
        b'{"daily": {"time": ["2026-03-03"]}}',
        b'{"daily": {"time": ["2026-03-03"], "temperature_2m_mean": [], "temperature_2m_max": [],'
        b' "precipitation_sum": [], "wind_speed_10m_max": []}}',
        b'{"daily": {"time": ["soon"], "temperature_2m_mean": [1], "temperature_2m_max": [1],'
        b' "precipitation_sum": [1], "wind_speed_10m_max": [1]}}',
    ],
)
async def test_what_is_no_weather_is_said_to_be_none(
    provider: OpenMeteo, service: Scripted, content: bytes
) -> None:
    service.answer = lambda before: Response(content)

    with pytest.raises(ServiceAway, match="what is no weather"):
        await provider.weather(MADRID, TODAY, TODAY)
