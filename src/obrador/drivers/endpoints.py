"""HTTP face of weather and promotions."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile

from obrador.authz.access import Manager, Viewer
from obrador.authz.roles import Role
from obrador.crud import crud_routes
from obrador.drivers import service
from obrador.drivers.schemas import (
    PromotionChanges,
    PromotionInput,
    RejectedRow,
    WeatherImportOutput,
    WeatherListOutput,
    WeatherOutput,
)
from obrador.kit.errors import TooLarge
from obrador.kit.http import IN_A_TENANT, Now, Session, problems, uploaded
from obrador.kit.schemas import Day

_DAYS_BACK, _DAYS_AHEAD = 7, 28

weather = APIRouter(prefix="/weather", tags=["weather"], responses=IN_A_TENANT)
routers = (
    weather,
    crud_routes(
        "/promotions",
        "days on which products are promoted",
        service.promotions,
        given=PromotionInput,
        changes=PromotionChanges,
        kept_by=Role.PRODUCTION_MANAGER,
    ),
)


@weather.get("")
async def list_weather(
    tenant: Viewer,
    session: Session,
    now: Now,
    first: Annotated[Day | None, Query(description="A week ago without it.")] = None,
    last: Annotated[Day | None, Query(description="Four weeks ahead without it.")] = None,
) -> WeatherListOutput:
    """What is known of some days, a year at most: as they were, and as they were foreseen."""
    first = first or now.date() - timedelta(days=_DAYS_BACK)
    last = last or max(first, now.date()) + timedelta(days=_DAYS_AHEAD)
    found = await service.list_weather(session, tenant, first, last)
    return WeatherListOutput(
        items=[WeatherOutput.model_validate(each, from_attributes=True) for each in found]
    )


@weather.post("/import", responses=problems(TooLarge))
async def import_weather(
    tenant: Manager,
    session: Session,
    now: Now,
    file: Annotated[UploadFile, File(description="CSV or XLSX.")],
    dry_run: Annotated[bool, Form(description="Check everything, keep nothing.")] = False,
) -> WeatherImportOutput:
    """A file of days. Days from today on are forecasts."""
    async with uploaded(file) as path:
        report = await service.import_weather(session, tenant, path, now, dry_run=dry_run)
    return WeatherImportOutput(
        days=report.days,
        rejected=report.rejected,
        faults=[RejectedRow(where=each.where, message=each.message) for each in report.faults],
        first_day=report.first_day,
        last_day=report.last_day,
        dry_run=dry_run,
    )
