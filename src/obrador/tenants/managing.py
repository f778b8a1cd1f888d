"""Use cases of people who manage bakeries over HTTP."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId, founding
from obrador.authz.access import may_run_platform, see_own, visible_tenants
from obrador.authz.requester import Requester
from obrador.kit.cron import check_rule
from obrador.kit.errors import Forbidden
from obrador.kit.pagination import Page, PageRequest
from obrador.tenants import repository, service
from obrador.tenants.domain import Hours, NewBakery, check_coordinates, check_place, check_policy
from obrador.tenants.models import Tenant
from obrador.tenants.repository import Closures
from obrador.tenants.schemas import (
    ClosureInput,
    ClosureOutput,
    HoursInput,
    TenantChanges,
    TenantInput,
    TenantOutput,
)

_PLATFORM_ONLY = {"status", "tier"}


async def page(
    session: AsyncSession, requester: Requester, paging: PageRequest
) -> Page[TenantOutput]:
    """The bakeries that the requester may see."""
    await see_own(session, requester)
    found = await repository.page_of_tenants(session, visible_tenants(requester), paging)
    items = [_shown(row) for row in found.rows]
    return Page[TenantOutput](items=items, next_cursor=found.next_cursor)


async def create(
    session: AsyncSession, requester: Requester, new_id: UUID, given: TenantInput
) -> TenantOutput:
    """A new bakery of the requester's.

    Raises:
        Forbidden: the requester is a program.
        Invalid: its place is wrong.
    """
    hours = given.opening_hours
    bakery = NewBakery(
        **given.model_dump(exclude={"opening_hours"}),
        opening_hours=None if hours is None else tuple(_hours(day) for day in hours),
    )
    tenant = await service.create(session, bakery, founding.own_id(requester, new_id))
    await founding.make_owner(session, requester, tenant)
    return await get(session, tenant)


async def get(session: AsyncSession, tenant: TenantId) -> TenantOutput:
    """The bakery."""
    return _shown(await repository.get_tenant(session, tenant))


async def change(
    session: AsyncSession, requester: Requester, tenant: TenantId, changes: TenantChanges
) -> TenantOutput:
    """Other values for the fields that are given; they count as confirmed.

    Raises:
        Forbidden: status and tier are for who runs the platform.
        Invalid: its place is wrong, or a rule or its policy cannot be followed.
    """
    given = changes.model_fields_set
    if given & _PLATFORM_ONLY and not may_run_platform(requester):
        raise Forbidden("Who runs the platform changes a bakery's status and tier.")
    row = await repository.get_tenant(session, tenant, for_update=True)
    values: dict[str, Any] = changes.model_dump(include=given - {"policy", "opening_hours"})
    if "policy" in given:
        values["policy"] = row.policy | changes.policy.model_dump(exclude_unset=True)
        check_policy(service.to_policy(values["policy"]))
    if "opening_hours" in given:
        values["opening_hours"] = service.hours_row([_hours(day) for day in changes.opening_hours])
    for name, value in values.items():
        setattr(row, name, value)
    check_place(row.time_zone, row.country, row.subdivision, row.locale, row.currency)
    check_coordinates(row.latitude, row.longitude)
    check_rule(row.weekend_rule, "weekend_rule")
    check_rule(row.holiday_rule, "holiday_rule")
    row.assumed = [name for name in row.assumed if name not in given]
    await session.flush()
    return _shown(row)


async def page_of_closures(
    session: AsyncSession, tenant: TenantId, paging: PageRequest
) -> Page[ClosureOutput]:
    """Days on which the shop stays closed."""
    found = await Closures(session, tenant).page(paging)
    items = [ClosureOutput.of(row) for row in found.rows]
    return Page[ClosureOutput](items=items, next_cursor=found.next_cursor)


async def add_closure(
    session: AsyncSession, tenant: TenantId, closure_id: UUID, given: ClosureInput
) -> ClosureOutput:
    """Close the shop for some days."""
    closures = Closures(session, tenant)
    return ClosureOutput.of(await closures.add(closures.made(closure_id, given.model_dump())))


async def remove_closure(session: AsyncSession, tenant: TenantId, closure_id: UUID) -> None:
    """Open the shop on these days after all.

    Raises:
        NotFound: it is not there.
    """
    await Closures(session, tenant).delete(closure_id)


def _hours(day: HoursInput | None) -> Hours | None:
    return None if day is None else Hours(day.opens, day.closes)


def _shown(row: Tenant) -> TenantOutput:
    own: Mapping[str, Any] = {name: getattr(row, name) for name in TenantOutput.model_fields}
    return TenantOutput.model_validate({**own, "policy": asdict(service.to_policy(row.policy))})
