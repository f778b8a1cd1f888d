"""What is copied in binary is read back as it was."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.db import driver_connection
from obrador.kit.pgcopy import encoded

REALS = st.floats(width=32, allow_nan=False, allow_infinity=False)
SHORTS = st.integers(-(2**15), 2**15 - 1)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "smallint": SHORTS,
    "integer": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "real": REALS,
    "double precision": st.floats(allow_nan=False, allow_infinity=False),
    "uuid": st.uuids(),
    "text": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    "bytea": st.binary(max_size=20),
    "date": st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    "time without time zone": st.times(),
    "timestamp with time zone": st.datetimes(
        datetime(1900, 1, 1),  # noqa: DTZ001  the zone is given apart
        datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    "numeric": st.decimals(-(10**10), 10**10, places=3, allow_nan=False),
    "jsonb": st.dictionaries(st.sampled_from("abc"), st.integers(-5, 5)),
    "smallint[]": st.lists(SHORTS, max_size=4),
    "real[]": st.lists(REALS, max_size=4),
    "text[]": st.lists(st.sampled_from(["mix", "bake", "ö"]), max_size=4),
    "uuid[]": st.lists(st.none() | st.uuids(), max_size=4),
}


@pytest.mark.parametrize("name", VALUES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_every_type_comes_back(name: str, session: AsyncSession, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | VALUES[name], max_size=5))
    await session.execute(text("drop table if exists copied"))
    await session.execute(text(f"create temp table copied (place int, value {name})"))

    content, count = encoded(["integer", name], list(enumerate(values)))
    connection = await driver_connection(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy("copy copied from stdin (format binary)") as copy,
    ):
        await copy.write(content)

    async with connection.cursor(binary=True) as cursor:
        await cursor.execute("select value from copied order by place")
        found = await cursor.fetchall()
    assert count == len(values)
    assert [row[0] for row in found] == values


@pytest.mark.parametrize("value", [0, 1, 2.5, 0.001, 9999.999, 10_000, -3.25, Decimal("1e5")])
async def test_numbers_of_any_kind_become_numeric(session: AsyncSession, value: Any) -> None:
    await session.execute(text("create temp table numbers (value numeric(14, 3))"))
    connection = await driver_connection(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy("copy numbers from stdin (format binary)") as copy,
    ):
        await copy.write(encoded(["numeric"], [[value]])[0])

    assert await session.scalar(text("select value from numbers")) == Decimal(str(value))


def test_times_of_day_and_unknown_types() -> None:
    assert encoded(["time without time zone"], [[time(5, 30)]])[1] == 1
    with pytest.raises(TypeError, match="point"):
        encoded(["point"], [])
