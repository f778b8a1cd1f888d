"""Use cases: a whole bakery in from a workbook, out to one, and the workbook to start with."""

import asyncio
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz.tenant import TenantId
from obrador.kit.clock import Clock, system_clock
from obrador.onboarding.storage import store
from obrador.onboarding.storage.changes import SaveReport
from obrador.onboarding.workbook.example import example
from obrador.onboarding.workbook.reading import read
from obrador.onboarding.workbook.vocabulary import vocabulary
from obrador.onboarding.workbook.writing import write
from obrador.tenants import service as tenants


async def import_bakery(
    session: AsyncSession, tenant: TenantId, path: Path, now: datetime
) -> SaveReport:
    """Store what the workbook says; see `store.save`.

    Raises:
        Invalid: something is wrong; all of it is told with its sheet and cell, nothing is stored.
        UnreadableFile, TooLarge: see `reading.read`.
    """
    currency = await tenants.currency_of(session, tenant)
    file, origin = await asyncio.to_thread(read, path, currency)
    return await store.save(session, tenant, file, now, origin=origin)


async def export_bakery(
    session: AsyncSession, tenant: TenantId, path: Path, *, since: date = date.min
) -> None:
    """Write all that the bakery has to a workbook in its language; importing that changes nothing.

    Of customers' orders, those due from `since` on.
    """
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    file = await store.load(session, tenant, since=since)
    await asyncio.to_thread(write, path, file, bakery.locale, bakery.currency)


def write_template(
    path: Path, locale: str, *, currency: str = "EUR", clock: Clock = system_clock
) -> None:
    """Write the workbook to start with: explanations and a small example bakery of today."""
    write(path, example(vocabulary(locale).language, clock().date()), locale, currency)
