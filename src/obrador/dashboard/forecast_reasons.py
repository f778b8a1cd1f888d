"""What makes forecasts, in plain words: the model, what it looks at, how good it is, what is known
of the days to come, and what people say instead."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from obrador.drivers.domain import Promotion, WeatherDay
from obrador.forecasting.override_schemas import OverrideOutput
from obrador.forecasting.service import DriverFigures, ModelDetail, ProductFigures
from obrador.kit.i18n import Speech
from obrador.orchestration.foresight_days import ProductForesight

HOW = {
    "set": ("set", 1),
    "more": ("add", 1),
    "fewer": ("add", -1),
    "percent_more": ("percent", 1),
    "percent_fewer": ("percent", -1),
}
"""What a form offers, as the API says it: kind and sign."""


def how_words(say: Speech, unit: str) -> dict[str, str]:
    """What a form offers, by its value."""
    return {
        "set": say.phrase("exactly ({unit})", unit=unit),
        "more": say.phrase("more ({unit})", unit=unit),
        "fewer": say.phrase("fewer ({unit})", unit=unit),
        "percent_more": say.phrase("% more"),
        "percent_fewer": say.phrase("% fewer"),
    }


def quick_reasons(say: Speech) -> tuple[str, ...]:
    """Why people usually know better."""
    return (
        say.phrase("School trip"),
        say.phrase("Market day"),
        say.phrase("Local festival"),
        say.phrase("Street closed"),
        say.phrase("Bad weather"),
    )


def said_words(say: Speech, said: OverrideOutput, unit: str) -> str:
    """What somebody said of a day: "exactly 80", "12 more", "20 % fewer"."""
    value = float(said.value)
    amount = say.quantity(abs(value), unit)
    if said.kind == "withdrawn":
        return say.phrase("taken back")
    if said.kind == "set":
        return say.phrase("exactly {n}", n=amount)
    if said.kind == "percent":
        amount = say.percent(abs(value) / 100)
    return say.phrase("{n} fewer", n=amount) if value < 0 else say.phrase("{n} more", n=amount)


def maker_words(say: Speech, product: ProductForesight, model: ModelDetail | None) -> list[str]:
    """What makes the forecast, since when, from what, and how good it is where it was tried."""
    words = [_basis_words(say, product)]
    if model is None:
        words.append(
            say.phrase(
                "No model has been trained here yet. One is, by itself, once there are some months"
                " of sales, and only if it foresees better."
            )
        )
        return words
    words.append(
        say.phrase(
            "Model {n} corrects that, since {day}. It has learned from {products} products and"
            " their sales until {last}.",
            n=say.number(model.version),
            day=say.short_day((model.promoted_at or model.created_at).date()),
            products=say.number(model.products),
            last=say.short_day(model.last_day),
        )
    )
    words.append(
        say.phrase(
            "Tried on weeks that it had not seen, it was {share} off; what forecast before was"
            " {before} off.",
            share=say.percent(model.scores.challenger.wape / 100),
            before=say.percent(model.scores.champion.wape / 100),
        )
    )
    return words + [driver_words(say, each) for each in model.drivers if each.days]


def driver_words(say: Speech, driver: DriverFigures) -> str:
    """Whether weather, promotions or prices are looked at, and what that brings."""
    name = {
        "weather": say.phrase("Weather"),
        "promotion": say.phrase("Promotions"),
        "price": say.phrase("Prices"),
    }[driver.group]
    if not driver.is_used:
        return say.phrase("{driver}: left out, it would not help here.", driver=name)
    return say.phrase(
        "{driver}: counted in; on days when it matters, that takes away {share} of the errors.",
        driver=name,
        share=say.percent(driver.gain),
    )


def looks_at_weather(model: ModelDetail | None) -> bool:
    """Whether the weather moves the forecast; otherwise it need not be told of."""
    return model is not None and any(
        each.is_used for each in model.drivers if each.group == "weather"
    )


def known_words(
    say: Speech,
    product_id: UUID,
    days: Sequence[date],
    promotions: Sequence[Promotion],
    weather: Sequence[WeatherDay],
) -> Mapping[date, str]:
    """Promotions and weather of the days to come, in sentences."""
    words: dict[date, list[str]] = defaultdict(list)
    for each in promotions:
        if each.product_id in (None, product_id):
            for day in days:
                if each.first_day <= day <= each.last_day:
                    words[day].append(_promotion_words(say, each))
    for foreseen in weather:
        if foreseen.temperature is not None or foreseen.precipitation is not None:
            words[foreseen.day].append(_weather_words(say, foreseen))
    return {day: " ".join(told) for day, told in words.items()}


def accuracy_words(say: Speech, figures: ProductFigures | None, unit: str) -> str:
    """How near the forecasts of a product have come lately."""
    if figures is None or figures.wape is None:
        return say.phrase(
            "Nothing could be compared with sales yet: each morning compares the day before."
        )
    words = say.counted(
        "Compared on {n} day: {share} off, {units} a day.",
        "Compared on {n} days: {share} off, {units} a day.",
        figures.days,
        share=say.percent(figures.wape / 100),
        units=say.estimate(figures.mae, unit),
    )
    return f"{words} {_leaning(say, figures, unit)}"


def _promotion_words(say: Speech, promotion: Promotion) -> str:
    if promotion.percent_off is not None:
        share = say.percent(promotion.percent_off / 100)
        return say.phrase("Promotion: {share} off the price.", share=share)
    if promotion.price_minor is not None:
        return say.phrase("Promotion at {price}.", price=say.money(promotion.price_minor))
    return say.phrase("Promotion.")


def _weather_words(say: Speech, weather: WeatherDay) -> str:
    if weather.temperature is None:
        rain = say.number(weather.precipitation or 0.0, 1)
        return say.phrase("Weather: {rain} mm of rain.", rain=rain)
    degrees = say.number(weather.temperature)
    if not weather.precipitation:
        return say.phrase("Weather: {degrees} °C, dry.", degrees=degrees)
    rain = say.number(weather.precipitation, 1)
    return say.phrase("Weather: {degrees} °C, {rain} mm of rain.", degrees=degrees, rain=rain)


def _leaning(say: Speech, figures: ProductFigures, unit: str) -> str:
    sold = figures.sold / max(figures.days, 1)
    if abs(figures.bias) < max(0.05 * sold, 0.1):
        return say.phrase("As often too much as too little.")
    amount = say.estimate(abs(figures.bias), unit)
    if figures.bias > 0:
        return say.phrase("Mostly too much: {n} a day.", n=amount)
    return say.phrase("Mostly too little: {n} a day.", n=amount)


def _basis_words(say: Speech, product: ProductForesight) -> str:
    return {
        "profile": say.phrase(
            "Made from what it has sold itself: how much lately, on which weekday, at what time of"
            " the year, and near which holidays."
        ),
        "weekday_mean": say.phrase(
            "Made from what the same weekdays have sold: there is too little history for more."
        ),
        "analogy": say.phrase(
            "Assumed: it has no sales of its own yet, so it counts like others of its category."
            " After four weeks of sales it gets a forecast of its own."
        ),
        "last_forecast": say.phrase(
            "Taken over from the last forecast: none could be made this morning."
        ),
        "weekday_history": say.phrase(
            "Made from what the same weekdays have sold: no forecast could be made this morning."
        ),
        "none": say.phrase(
            "Nothing is known of it yet: say below what to expect, or sell it for some days."
        ),
    }[product.model]
