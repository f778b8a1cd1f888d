"""The first run without a file of sales: what is baked on a normal day."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Owner
from obrador.dashboard.forms import Form, Given, decimal, error_words, see, tried
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import Fault, Invalid, ObradorError
from obrador.onboarding.bakery_file import BakeryFile, ProductRow
from obrador.onboarding.starters.library import library, say
from obrador.onboarding.storage import store

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/start/products", include_in_schema=False)

FREE_LINES = 6
_MOST = 100_000


@router.get("", response_class=HTMLResponse)
async def ask(visit: Visiting, _: Owner) -> Response:
    """The usual products, and room for others."""
    return _page(visit, {})


@router.post("", response_class=HTMLResponse)
async def take(visit: Visiting, _: Owner, given: Form) -> Response:
    """Keep them as products whose shelves are filled to this every day."""

    async def work() -> None:
        file = BakeryFile(products=tuple(_products(given)))
        await store.save(visit.session, visit.tenant, file, visit.now)

    error = await tried(visit.session, work())
    if error is None:
        return see(f"{visit.home}/setup/start/hours")
    return _page(visit, given, error)


def _page(visit: Visit, given: Given, error: ObradorError | None = None) -> Response:
    return visit.page(
        "welcome_products.html",
        "setup",
        error.status if error else 200,
        kinds=_usual(visit.bakery.locale.partition("_")[0]),
        free=range(FREE_LINES),
        given=given,
        error=error,
        error_words=error_words(visit.say, error) if error else "",
    )


def _usual(language: str) -> Mapping[str, list[str]]:
    """The library's products by category, in the bakery's language."""
    known = library()
    found: dict[str, list[str]] = defaultdict(list)
    for formula in (each for each in known.formulas.values() if each.steps):
        names = formula.names.get(language) or formula.names["en"]
        found[say(known.categories[formula.category], language)].append(names[0].capitalize())
    return found


def _products(given: Given) -> list[ProductRow]:
    """What has a number.

    Raises:
        Invalid: nothing has, a number is none, or a name is missing.
    """
    places = [key.removeprefix("units.") for key, value in given.items() if _is_units(key, value)]
    rows, faults = [], []
    for place in places:
        name, units = given.get(f"name.{place}", ""), _units(given[f"units.{place}"])
        if not name:
            faults.append(Fault(given[f"units.{place}"], "of what? Write its name beside it."))
        elif units is None:
            faults.append(
                Fault(name, "{text} is no number of pieces", text=given[f"units.{place}"])
            )
        else:
            rows.append(ProductRow(name, par_levels=(float(units),) * 7))
    if not places:
        raise Invalid("Nothing has a number yet: say how many of at least one product.")
    if faults:
        raise Invalid("Some of it cannot be taken.", faults)
    return rows


def _is_units(key: str, value: str) -> bool:
    return key.startswith("units.") and value not in ("", "0")


def _units(text: str) -> Decimal | None:
    try:
        units = Decimal(decimal(text))
    except InvalidOperation:
        return None
    return units if 0 < units <= _MOST else None
