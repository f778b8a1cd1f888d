"""The bakery as one workbook: download it, change it, send it back."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Owner
from obrador.dashboard.forms import Sent, error_words, tried
from obrador.dashboard.visiting import Visiting
from obrador.kit.errors import Invalid
from obrador.kit.http import uploaded
from obrador.kit.i18n import Speech
from obrador.onboarding import workbook
from obrador.onboarding.storage.changes import SaveReport

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/workbook", include_in_schema=False)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/bakery.xlsx")
async def export(visit: Visiting) -> Response:
    """All that the bakery has."""
    with TemporaryDirectory(prefix="obrador-") as folder:
        path = Path(folder) / "bakery.xlsx"
        await workbook.export_bakery(visit.session, visit.tenant, path)
        return _workbook(path.read_bytes(), "bakery.xlsx")


@router.get("/template.xlsx")
async def template(visit: Visiting) -> Response:
    """Explanations and a small example."""
    with TemporaryDirectory(prefix="obrador-") as folder:
        path = Path(folder) / "template.xlsx"
        await asyncio.to_thread(
            workbook.write_template,
            path,
            visit.say.language,
            currency=visit.bakery.currency,
            clock=lambda: visit.now,
        )
        return _workbook(path.read_bytes(), "template.xlsx")


@router.post("", response_class=HTMLResponse)
async def take_over(visit: Visiting, _: Owner, sent: Sent) -> Response:
    """Store what a workbook says: all of it, or nothing and a list of what is wrong. Sent again, it
    changes nothing."""
    reports: list[SaveReport] = []

    async def work() -> None:
        if sent is None:
            raise Invalid("Choose a file first.")
        async with uploaded(sent) as path:
            reports.append(
                await workbook.import_bakery(visit.session, visit.tenant, path, visit.now)
            )

    error = await tried(visit.session, work())
    return visit.page(
        "import_workbook.html",
        "setup",
        error.status if error else 200,
        report=reports[0] if reports else None,
        parts=part_words(visit.say),
        error=error,
        error_words=error_words(visit.say, error) if error else "",
    )


def part_words(say: Speech) -> dict[str, str]:
    """What a workbook holds."""
    return {
        "products": say.phrase("Products"),
        "recipes": say.phrase("Recipes"),
        "equipment": say.phrase("Equipment"),
        "shifts": say.phrase("Shifts"),
        "ingredients": say.phrase("Ingredients"),
        "suppliers": say.phrase("Suppliers"),
        "prices": say.phrase("Prices"),
        "lots": say.phrase("Stock"),
        "open_orders": say.phrase("Open orders"),
        "customer_orders": say.phrase("Customers' orders"),
        "opening_hours": say.phrase("Opening hours"),
        "closures": say.phrase("Days closed"),
    }


def _workbook(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_XLSX, headers=headers)
