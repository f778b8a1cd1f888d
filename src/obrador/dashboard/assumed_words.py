"""What was assumed of things, as forms ask for it."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Literal

from obrador.kit.i18n import Speech


@dataclass(frozen=True, slots=True)
class Box:
    """An input for a field."""

    name: str
    label: str
    kind: Literal["number", "whole", "time", "text", "weekdays"]


def boxes_of(say: Speech, kind: str, currency: str) -> tuple[Box, ...]:
    """What can be entered of a kind of things without looking at anything else."""
    days = say.phrase("Keeps, days")
    return {
        "products": (
            Box("price", say.phrase("Price, {currency}", currency=currency), "number"),
            Box("shelf_life_days", days, "whole"),
            Box("ready_by", say.phrase("Ready by"), "time"),
            Box("category", say.phrase("Category"), "text"),
        ),
        "recipes": (
            Box("batch_max", say.phrase("Largest batch"), "number"),
            Box("lead_days", say.phrase("Made days before"), "whole"),
        ),
        "equipment": (
            Box("count", say.phrase("How many"), "whole"),
            Box("capacity", say.phrase("Holds, each"), "number"),
            Box("changeover_minutes", say.phrase("Change-over, minutes"), "whole"),
        ),
        "ingredients": (
            Box("shelf_life_days", days, "whole"),
            Box("category", say.phrase("Category"), "text"),
        ),
        "suppliers": (
            Box("lead_time_days", say.phrase("Delivers after, days"), "whole"),
            Box("order_cutoff", say.phrase("Order until"), "time"),
            Box("min_order", say.phrase("Smallest order, {currency}", currency=currency), "number"),
            Box(
                "delivery_fee",
                say.phrase("Delivery, {currency}", currency=currency),
                "number",
            ),
            Box("delivery_weekdays", say.phrase("Delivers on"), "weekdays"),
        ),
    }[kind]


def field_names(say: Speech) -> dict[str, str]:
    """Fields that are assumed and corrected elsewhere. Those that follow from others have none."""
    return {
        "recipe": say.phrase("the recipe"),
        "components": say.phrase("what goes in"),
        "steps": say.phrase("the steps"),
        "waste_share": say.phrase("what is lost"),
        "prices": say.phrase("the prices"),
        "unit": say.phrase("the unit"),
        "lead_time_sd_days": say.phrase("how much the delivery varies"),
    }


def shown(value: object) -> str:
    """A value as a field of a form holds it."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case time():
            return f"{value:%H:%M}"
        case list():
            return ",".join(map(str, value))
        case _:
            return str(value)
