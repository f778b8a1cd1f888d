"""What of its role a program's key is for: areas of the API, to read or to write."""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

AREAS = (
    "access", "alerts", "audit", "calendar", "equipment", "forecasting", "ingredients", "insights",
    "inventory", "notifications", "orders", "planning-for-others", "procurement", "production",
    "products", "promotions", "recipes", "runs", "sales", "shifts", "stock", "suppliers",
    "tenants", "training", "waste-reasons", "weather", "webhooks",
)  # fmt: skip
"""By the tags of the routes of a bakery; a test compares them."""
SCOPES = tuple(f"{area}:{how}" for area in AREAS for how in ("read", "write"))
_SAFE = {"GET", "HEAD"}


def _known(scope: str) -> str:
    if scope not in SCOPES:
        raise ValueError(f"{scope!r} is no scope such as sales:write; areas: {', '.join(AREAS)}")
    return scope


Scope = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(SCOPES)})
]


def area_of(tag: str) -> str:
    """The area that a tag belongs to: `calendar/events` is part of the calendar."""
    return tag.split("/", maxsplit=1)[0].replace(" ", "-")


def needed_scope(tags: list[str], method: str) -> str | None:
    """The scope that a route asks for; None where no key with scopes may go."""
    how = "read" if method in _SAFE else "write"
    return f"{area_of(tags[0])}:{how}" if tags else None


def covers(scopes: list[str], needed: str) -> bool:
    """Whether a key may; who may write may read."""
    return needed in scopes or needed.replace(":read", ":write") in scopes
