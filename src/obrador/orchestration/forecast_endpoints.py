"""HTTP face of what is foreseen of a product."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from obrador.authz.access import Viewer
from obrador.kit.clock import business_date
from obrador.kit.http import IN_A_TENANT, Language, Now, Session
from obrador.kit.schemas import Day
from obrador.orchestration.foresight import look_ahead
from obrador.orchestration.foresight_days import PAST_DAYS, ProductForesight, Wanted
from obrador.tenants import service as tenants

router = APIRouter(tags=["forecasting"], responses=IN_A_TENANT)


async def foreseen_product(
    tenant: Viewer,
    session: Session,
    now: Now,
    product_id: UUID,
    day: Annotated[
        Day | None, Query(alias="date", description="The first day to foresee; else today.")
    ] = None,
    days: Annotated[int, Query(ge=1, le=28)] = 14,
    past_days: Annotated[int, Query(ge=0, le=366)] = PAST_DAYS,
    lang: Language = None,
) -> ProductForesight:
    """A dependency: what the newest morning foresaw of a product.

    Raises:
        NotFound: no such product, or nothing was foreseen.
    """
    time_zone = await tenants.time_zone_of(session, tenant)
    wanted = Wanted(day or business_date(now, time_zone), days, past_days, product_id)
    say = await tenants.speech_of(session, tenant, lang)
    return (await look_ahead(session, tenant, wanted, say, now, make=False)).products[0]


ForeseenProduct = Annotated[ProductForesight, Depends(foreseen_product)]


@router.get("/forecasts/{product_id}/chart")
async def get_chart(foreseen: ForeseenProduct) -> ProductForesight:
    """A product's sales, its forecast with the interval of eight days in ten, holidays, closed and
    sold-out days, and why each day is foreseen as it is."""
    return foreseen
