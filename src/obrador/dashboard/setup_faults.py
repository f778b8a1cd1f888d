"""What is wrong with something that was entered, at its field and in the reader's language."""

from decimal import Decimal

from obrador.dashboard.forms import error_words
from obrador.kit.errors import Conflict, Fault, ObradorError
from obrador.kit.i18n import Speech

_SHARES = ("waste_share", "service_level")
"""What people enter per cent, the API limits as a share."""


def faults_of(say: Speech, error: ObradorError | None) -> dict[str, str]:
    """By field, what is wrong with it."""
    return {each.where: _words(say, each) for each in error.faults} if error else {}


def refusal_words(say: Speech, error: ObradorError) -> str:
    """What went wrong as a whole, and what to do."""
    if "users" in error.values:
        return say.phrase(
            "It is still needed: {users}. Take it out there first.",
            users=_users(say, str(error.values["users"])),
        )
    if isinstance(error, Conflict) and any(each.template == "is taken" for each in error.faults):
        return say.phrase("There is one with this name already.")
    if error.faults:
        return say.phrase("Not saved yet: put right what is marked.")
    return error_words(say, error)


def _words(say: Speech, fault: Fault) -> str:
    if fault.where.endswith(_SHARES):
        limits = {
            name: say.percent(float(value))
            for name, value in fault.values.items()
            if isinstance(value, int | float | Decimal)
        }
        fault = Fault(fault.where, fault.template, **fault.values | limits)
    return say.told(fault)


def _users(say: Speech, table: str) -> str:
    return {
        "recipe components": say.phrase("in recipes"),
        "products": say.phrase("by products"),
        "supplier prices": say.phrase("in price lists"),
        "lots": say.phrase("in stock"),
        "sales": say.phrase("in sales"),
    }.get(table, table)
