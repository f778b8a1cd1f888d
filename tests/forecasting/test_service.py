"""Forecasts in the database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting.domain import Floats, Forecast, Override
from obrador.forecasting.models import Forecast as StoredForecast
from obrador.forecasting.override import override, statistical
from obrador.forecasting.profile import forecast
from obrador.forecasting.service import load_forecasts, read_forecast, save_forecasts
from obrador.kit.pack import pack, unpack
from obrador.tenants.domain import Morning
from obrador.tenants.models import Tenant
from tests.forecasting.bakeries import BAKERY, MONDAY, history

FIRST_DAY = MONDAY + timedelta(days=100)


@pytest.fixture
async def mornings(session: AsyncSession) -> list[Morning]:
    ids = [uuid4(), uuid4()]
    for number in ids:
        session.add(
            Tenant(
                id=number,
                name="Obrador",
                time_zone="Europe/Madrid",
                country="ES",
                locale="es",
                currency="EUR",
                opening_hours=[],
            )
        )
    await session.flush()
    now = datetime(2024, 4, 10, 5, tzinfo=UTC)
    return [Morning(TenantId(number), BAKERY, FIRST_DAY, 0, now) for number in ids]


def _forecast(level: float) -> Forecast:
    sold: Floats = level * (1.0 + np.arange(200.0).reshape(2, 100) % 7)
    return forecast(history(sold, horizon=14))


async def test_forecasts_of_many_tenants_read_back_as_saved(
    session: AsyncSession, mornings: list[Morning]
) -> None:
    made = [_forecast(3), _forecast(50)]

    await save_forecasts(session, list(zip(mornings, made, strict=True)))

    for morning, saved in zip(mornings, made, strict=True):
        read = await read_forecast(session, morning.tenant, FIRST_DAY, 0)
        assert read is not None
        assert (read.product_ids, read.first_day) == (saved.product_ids, saved.first_day)
        assert read.models == saved.models
        assert np.array_equal(read.mean, saved.mean)
        assert np.array_equal(read.quantiles, saved.quantiles)
        assert (np.diff(read.quantiles, axis=2) >= 0).all()
        names = [[day.holiday_name for day in row] for row in read.drivers]
        assert names == [[day.holiday_name for day in row] for row in saved.drivers]
        assert read.drivers[1][3].weekday == pytest.approx(saved.drivers[1][3].weekday, abs=1e-4)


async def test_a_forecast_of_no_product_reads_back(
    session: AsyncSession, mornings: list[Morning]
) -> None:
    await save_forecasts(session, [(mornings[0], forecast(history(np.zeros((0, 100)))))])

    read = await read_forecast(session, mornings[0].tenant, FIRST_DAY, 0)

    assert read is not None
    assert (read.product_ids, len(read.drivers)) == ((), 0)


async def test_a_morning_without_forecast_has_none(
    session: AsyncSession, mornings: list[Morning]
) -> None:
    await save_forecasts(session, [(mornings[1], _forecast(3))])

    assert await read_forecast(session, mornings[0].tenant, FIRST_DAY, 0) is None
    assert list(await load_forecasts(session, mornings)) == [mornings[1].tenant]


async def test_what_was_stored_before_people_could_change_it_reads_back(
    session: AsyncSession, mornings: list[Morning]
) -> None:
    saved = _forecast(3)
    await save_forecasts(session, [(mornings[0], saved)])
    row = (await session.scalars(select(StoredForecast))).one()
    fields = unpack(row.content, dict[str, Any])
    del fields["overridden"]
    row.content = pack(fields)
    await session.flush()

    read = await read_forecast(session, mornings[0].tenant, FIRST_DAY, 0)

    assert read is not None
    assert read.overridden == ()
    assert np.array_equal(read.mean, saved.mean)


async def test_what_people_changed_reads_back(
    session: AsyncSession, mornings: list[Morning]
) -> None:
    foreseen = _forecast(3)
    said = Override(foreseen.product_ids[0], FIRST_DAY, "add", 12, "school trip", "Ana")
    saved = override(foreseen, [said])
    await save_forecasts(session, [(mornings[0], saved)])

    read = await read_forecast(session, mornings[0].tenant, FIRST_DAY, 0)

    assert read is not None
    assert read.overridden == saved.overridden
    assert np.array_equal(statistical(read).quantiles, foreseen.quantiles)


async def test_revisions_live_side_by_side_and_each_is_written_once(
    session: AsyncSession, mornings: list[Morning]
) -> None:
    first, again = mornings[0], replace(mornings[0], revision=1)
    await save_forecasts(session, [(first, _forecast(3)), (again, _forecast(4))])

    before = await read_forecast(session, first.tenant, FIRST_DAY, 0)
    after = await read_forecast(session, first.tenant, FIRST_DAY, 1)
    assert before is not None
    assert after is not None
    assert after.mean[0, 0] > before.mean[0, 0]
    with pytest.raises(UniqueViolation):
        await save_forecasts(session, [(first, _forecast(3))])
