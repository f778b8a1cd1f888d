"""Answers as Open-Meteo documents them, https://open-meteo.com/en/docs."""

from datetime import date, timedelta
from typing import Any

UNITS = {
    "time": "iso8601",
    "temperature_2m_mean": "°C",
    "temperature_2m_max": "°C",
    "precipitation_sum": "mm",
    "wind_speed_10m_max": "km/h",
}
KEY_REFUSED = {"error": True, "reason": "The supplied API key is invalid."}
LIMIT = {"error": True, "reason": "Daily API request limit exceeded. Please try again tomorrow."}
OUT_OF_RANGE = {
    "error": True,
    "reason": "Latitude must be in range of -90 to 90°. Given: 91.0.",
}


def days(first: date, *rows: tuple[float | None, ...]) -> dict[str, Any]:
    """An answer with a row for each day: mean and maximum temperature, precipitation, wind."""
    mean, highest, rain, wind = ([*column] for column in zip(*rows, strict=True))
    return {
        "latitude": 40.4375,
        "longitude": -3.6875,
        "generationtime_ms": 0.0714,
        "utc_offset_seconds": 3600,
        "timezone": "Europe/Madrid",
        "timezone_abbreviation": "GMT+1",
        "elevation": 651.0,
        "daily_units": UNITS,
        "daily": {
            "time": [str(first + timedelta(days=day)) for day in range(len(rows))],
            "temperature_2m_mean": mean,
            "temperature_2m_max": highest,
            "precipitation_sum": rain,
            "wind_speed_10m_max": wind,
        },
    }
