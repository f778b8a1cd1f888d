"""What moves demand beside the calendar, as plain data: weather and promotions."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Place:
    """Where a shop is, in degrees (WGS 84), and the time zone that its days are in."""

    latitude: float
    longitude: float
    time_zone: str


@dataclass(frozen=True, slots=True)
class WeatherDay:
    """The weather of a day; None: unknown."""

    day: date
    temperature: float | None = None
    """Mean, °C."""
    temperature_max: float | None = None
    precipitation: float | None = None
    """Millimetres of water."""
    wind: float | None = None
    """Highest speed, km/h."""
    is_forecast: bool = False
    """As it was foreseen last before the day began."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """Days on which products are promoted: at a price, at so much off, or with neither."""

    product_id: UUID | None
    """None: all of them."""
    first_day: date
    last_day: date
    price_minor: int | None = None
    percent_off: float | None = None


class WeatherProvider(Protocol):
    """Who knows the weather of places."""

    name: str

    async def weather(self, place: Place, first: date, today: date) -> list[WeatherDay]:
        """The days from `first` on, as far as they are foreseen; those from `today` on are
        forecasts.

        Raises:
            ServiceAway: it does not answer, or not with weather.
        """
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
