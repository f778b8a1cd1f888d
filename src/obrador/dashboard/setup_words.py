"""Words that several set-up pages share."""

from collections.abc import Iterable
from datetime import date, timedelta

from obrador.authz.roles import Role
from obrador.dashboard.setup_fields import Choices
from obrador.kit.i18n import Speech

_A_MONDAY = date(2024, 1, 1)


def weekday_name(say: Speech, weekday: int, *, is_short: bool = False) -> str:
    """Monday, of 0."""
    day = _A_MONDAY + timedelta(days=weekday)
    return say.short_weekday(day) if is_short else say.weekday(day)


def weekday_words(say: Speech, weekdays: Iterable[int]) -> str:
    """Mon, Tue, Wed; or every day."""
    days = sorted(weekdays)
    if len(days) == 7:
        return say.phrase("Every day")
    return ", ".join(weekday_name(say, day, is_short=True) for day in days)


def unit_choices(say: Speech) -> Choices:
    """What things are counted in."""
    return (
        ("piece", say.phrase("the piece")),
        ("g", say.phrase("weight (g, kg)")),
        ("ml", say.phrase("volume (ml, l)")),
    )


def role_words(say: Speech, role: Role) -> str:
    """What somebody does at the bakery."""
    return {
        Role.OWNER: say.phrase("Owner"),
        Role.PRODUCTION_MANAGER: say.phrase("Bakes: plans and runs production"),
        Role.PROCUREMENT_MANAGER: say.phrase("Buys: orders, suppliers, prices"),
        Role.VIEWER: say.phrase("Looks: sees all, changes nothing"),
    }[role]


def role_choices(say: Speech) -> Choices:
    """All roles, the least first."""
    return tuple((each.value, role_words(say, each)) for each in Role)
