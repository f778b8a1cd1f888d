"""Bring sales in: send a file, see how it is read and what is wrong with it, then import it."""

from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Manager
from obrador.authz.roles import Role
from obrador.catalogue import service as catalogue
from obrador.dashboard.forms import Form, Given, Sent, error_words, see, tried
from obrador.dashboard.import_words import (
    days_words,
    delimiter_words,
    encoding_words,
    faults_csv,
    field_words,
    found_names,
    outcome_words,
    told_faults,
)
from obrador.dashboard.visiting import Visit, Visiting
from obrador.integrations.pos_files import Layout
from obrador.kit.errors import Invalid, NotFound, ObradorError
from obrador.orchestration import service as orchestration
from obrador.sales import service as sales
from obrador.sales.service import FIELDS, ImportOptions, ImportReport, Peek, Upload, Written

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/import", include_in_schema=False)

FAULTS_SHOWN = 50
NAMES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Check:
    """How a file is read, and what its import would do."""

    options: ImportOptions
    peek: Peek | None = None
    report: ImportReport | None = None
    error: ObradorError | None = None


@router.get("", response_class=HTMLResponse)
async def choose(visit: Visiting) -> Response:
    """Choose a file; or go on with the one that waits."""
    return await _choose(visit)


@router.post("", response_class=HTMLResponse)
async def send(visit: Visiting, _: Manager, sent: Sent) -> Response:
    """Take a file in, and show how it is read."""
    kept: list[UUID] = []

    async def work() -> None:
        if sent is None:
            raise Invalid("Choose a file first.")
        kept.append(
            await sales.keep_upload(
                visit.session, visit.tenant, sent.filename or "", sent.file, visit.now
            )
        )

    error = await tried(visit.session, work())
    if error is None:
        return see(f"{visit.home}/setup/import/{kept[0]}")
    return await _choose(visit, error)


@router.get("/{upload_id}", response_class=HTMLResponse)
async def look(visit: Visiting, _: Manager, upload_id: UUID) -> Response:
    """How the file is read and what is wrong with it; or what its import did."""
    try:
        upload = await sales.find_upload(visit.session, visit.tenant, upload_id, visit.now)
    except NotFound:
        return see(f"{visit.home}/setup/import", gone="yes")
    if outcome := sales.outcome_of(upload):
        return visit.page(
            "import_done.html",
            "setup",
            name=upload.name,
            outcome=outcome,
            words=outcome_words(visit.say, outcome),
            is_first=await orchestration.last_date(visit.session, visit.tenant) is None,
        )
    return await _look(visit, upload)


@router.post("/{upload_id}", response_class=HTMLResponse)
async def decide(visit: Visiting, _: Manager, upload_id: UUID, given: Form) -> Response:
    """Read it in another way; import it; or throw it away."""
    here = f"{visit.home}/setup/import"
    try:
        upload = await sales.find_upload(visit.session, visit.tenant, upload_id, visit.now)
    except NotFound:
        return see(here, gone="yes")
    if given.get("do") == "discard":
        await sales.remove_upload(visit.session, visit.tenant, upload_id)
        return see(here)
    if upload.outcome is None:
        options = said(given, sales.options_of(upload))
        await sales.note_options(visit.session, upload, options)
        if given.get("do") == "import":
            error = await tried(visit.session, _import(visit, upload, options))
            if error is not None:
                return await _look(visit, upload, error)
            if await orchestration.last_date(visit.session, visit.tenant) is None:
                return see(f"{visit.home}/setup/start/hours", imported=str(upload_id))
    return see(f"{here}/{upload_id}")


@router.get("/{upload_id}/faults.csv")
async def faults(visit: Visiting, _: Manager, upload_id: UUID) -> Response:
    """The rows that would be left out, as a table."""
    upload = await sales.find_upload(visit.session, visit.tenant, upload_id, visit.now)
    report = (await _checked(visit, upload)).report
    say = visit.say
    told = told_faults(say, report.row_faults, told_columns(report)) if report else ()
    headers = {"Content-Disposition": 'attachment; filename="left-out.csv"'}
    content = faults_csv(say, told).encode("utf-8-sig")
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def said(given: Given, before: ImportOptions) -> ImportOptions:
    """What a form says of a file. Where it is laid out otherwise than before, its columns are other
    ones, so these are guessed anew."""
    signs = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
    layout = Layout(
        signs.get(given.get("delimiter", "")),
        given.get("encoding") or None,
        given.get("sheet") or None,
    )
    order, decimal = given.get("order"), given.get("decimal")
    written = Written(
        order if order in ("day_first", "month_first") else None,  # type: ignore[arg-type]
        decimal if decimal in (".", ",") else None,  # type: ignore[arg-type]
    )
    own = replace(before, layout=layout, written=written)
    if layout != before.layout:
        return replace(own, columns={}, product_names={}, ignored=())
    names = [key.removeprefix("product.") for key in given if key.startswith("product.")]
    ignored = {given[f"product.{each}"] for each in names if f"ignore.{each}" in given}
    meant = {given[f"product.{each}"]: given.get(f"name.{each}", "") for each in names}
    return replace(
        own,
        columns={field: given[f"column.{field}"] for field in FIELDS if f"column.{field}" in given},
        product_names={a: b for a, b in meant.items() if b and a != b and a not in ignored},
        ignored=sorted(ignored),
        create_products=given.get("unknown") != "reject",
    )


def told_columns(report: ImportReport) -> dict[str, str]:
    """The columns by what faults are about."""
    columns = cast("dict[str, str]", dict(report.columns))
    return {**columns, "money": columns.get("price") or columns.get("revenue", "")}


async def _import(visit: Visit, upload: Upload, options: ImportOptions) -> None:
    async with sales.opened(visit.session, visit.tenant, upload) as path:
        report = await sales.import_sales(
            visit.session, visit.tenant, visit.bakery, path, options, visit.now
        )
    await sales.note_outcome(visit.session, visit.tenant, upload, report)


async def _checked(visit: Visit, upload: Upload) -> Check:
    """Everything an import does, and nothing kept."""
    options = replace(sales.options_of(upload), dry_run=True)
    peeks: list[Peek] = []
    reports: list[ImportReport] = []

    async def work() -> None:
        async with sales.opened(visit.session, visit.tenant, upload) as path:
            peeks.append(await sales.peek(visit.session, visit.tenant, path, options))
            reports.append(
                await sales.import_sales(
                    visit.session, visit.tenant, visit.bakery, path, options, visit.now
                )
            )

    error = await tried(visit.session, work())
    return Check(
        options,
        peeks[0] if peeks else None,
        reports[0] if reports else None,
        error,
    )


async def _choose(visit: Visit, error: ObradorError | None = None) -> Response:
    say, asked = visit.say, visit.request.query_params
    return visit.page(
        "import.html",
        "setup",
        error.status if error else 200,
        waiting=await sales.waiting_upload(visit.session, visit.tenant, visit.now),
        last_day=await sales.last_sale_date(visit.session, visit.tenant),
        is_gone=asked.get("gone") == "yes",
        is_owner=visit.role.includes(Role.OWNER),
        error=error,
        error_words=error_words(say, error) if error else "",
    )


async def _look(visit: Visit, upload: Upload, error: ObradorError | None = None) -> Response:
    say, found = visit.say, await _checked(visit, upload)
    error, report = error or found.error, found.report
    told = list(
        told_faults(say, report.row_faults[:FAULTS_SHOWN], told_columns(report)) if report else ()
    )
    known = await catalogue.load_product_names(visit.session, [visit.tenant])
    names = found_names(found.options, report)
    return visit.page(
        "import_check.html",
        "setup",
        error.status if error else 200,
        upload=upload,
        address=f"{visit.home}/setup/import/{upload.id}",
        found=found,
        report=report,
        peek=found.peek,
        fields=field_words(say),
        delimiters=delimiter_words(say),
        encodings=encoding_words(say),
        span=days_words(say, report.first_day, report.last_day)
        if report and report.first_day and report.last_day
        else "",
        faults=told,
        names=names[:NAMES_SHOWN],
        doubtful=[each for each in names if each.is_doubtful],
        known_names=sorted(name for name, _ in known.values())[:1000],
        error=error,
        error_words=error_words(say, error) if error else "",
    )
