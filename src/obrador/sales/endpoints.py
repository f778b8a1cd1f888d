"""HTTP face of sales and firm orders."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, UploadFile

from obrador.authz.access import Manager, Viewer
from obrador.authz.roles import Role
from obrador.crud import crud_routes
from obrador.kit.errors import TooLarge
from obrador.kit.http import IN_A_TENANT, Now, Session, problems, uploaded
from obrador.kit.schemas import Text
from obrador.sales import service
from obrador.sales.schemas import (
    DailySalesPage,
    ImportOutput,
    OrderChanges,
    OrderInput,
    SalesInput,
    SalesOutput,
    from_cursor,
    texts,
)
from obrador.tenants.service import load_bakeries

router = APIRouter(prefix="/sales", tags=["sales"], responses=IN_A_TENANT)
routers = (
    router,
    crud_routes(
        "/orders",
        "what customers firmly ordered",
        service.orders,
        given=OrderInput,
        changes=OrderChanges,
        kept_by=Role.PRODUCTION_MANAGER,
    ),
)

TextObject = Annotated[
    str, Form(description='JSON object of texts, such as {"quantity": "Umsatz"}.')
]


@router.get("")
async def list_sales(
    tenant: Viewer,
    session: Session,
    first: Annotated[date | None, Query(description="Earliest day.")] = None,
    last: Annotated[date | None, Query(description="Latest day.")] = None,
    product_id: UUID | None = None,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> DailySalesPage:
    """What was sold each day, by date, product and location."""
    after = from_cursor(cursor)
    return await service.list_sales(session, tenant, first, last, product_id, after, limit)


@router.post("", status_code=201)
async def add_sales(tenant: Manager, session: Session, now: Now, given: SalesInput) -> SalesOutput:
    """Sales, as lines of receipts or as totals of days; sent again, they change nothing."""
    return await service.add_sales(session, tenant, given, now)


@router.post("/import", responses=problems(TooLarge))
async def import_sales(
    tenant: Manager,
    session: Session,
    now: Now,
    file: Annotated[UploadFile, File(description="CSV or XLSX.")],
    columns: TextObject = "",
    product_names: TextObject = "",
    ignore: Annotated[Sequence[Text], Form(description="Product names that are none.")] = (),
    create_products: Annotated[bool, Form(description="Or reject unknown ones.")] = True,
    dry_run: Annotated[bool, Form(description="Check everything, keep nothing.")] = False,
) -> ImportOutput:
    """A file of sales, whatever its columns are called and its values written like.

    Good rows are kept, the others come back with their line and the reason. Importing a file
    again changes nothing. `columns` says which column is what where that cannot be guessed.
    """
    options = service.ImportOptions(
        columns=texts(columns, "columns"),
        product_names=texts(product_names, "product_names"),
        ignored=ignore,
        create_products=create_products,
        dry_run=dry_run,
    )
    bakery = (await load_bakeries(session, [tenant]))[tenant]
    async with uploaded(file) as path:
        report = await service.import_sales(session, tenant, bakery, path, options, now)
    return ImportOutput.of(report)
