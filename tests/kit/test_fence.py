"""The second fence: with the application's own filters taken away, PostgreSQL still shows nothing
of another bakery."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import Column, Connection, Select, Table, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.kit.db import Base, Database, TenantOwned, copy_rows
from obrador.kit.errors import Misconfigured
from obrador.kit.fence import ROLE, confine, lift, ready_role
from obrador.kit.ids import new_id
from obrador.migrations.apply import migrate
from tests.factories import make_tenant
from tests.factories.things import added

OWNED = [
    Base.metadata.tables[mapper.local_table.name]  # type: ignore[attr-defined]
    for mapper in Base.registry.mappers
    if issubclass(mapper.class_, TenantOwned)
]
_FENCED = text("""
    select c.relname from pg_class c join pg_policies p on p.tablename = c.relname
    where c.relrowsecurity and p.roles = array[:role]::name[] and p.cmd in ('ALL', 'SELECT')
""")
_RULES = text(
    "select conname from pg_constraint where contype = 'c' and conrelid = cast(:table as regclass)"
)


@pytest.fixture
async def bakeries(own_database: Database) -> tuple[TenantId, TenantId]:
    """Two bakeries with a row in every table there is."""
    async with own_database.transaction() as session:
        both = (await make_tenant(session), await make_tenant(session, "La Competencia"))
        connection = await session.connection()
        await connection.run_sync(_fill, both)
    return both


def _fill(connection: Connection, bakeries: tuple[UUID, ...]) -> None:
    """Rows that make no sense: keys, rules and triggers are not looked at."""
    connection.execute(text("set local session_replication_role = replica"))
    for table in OWNED:
        for rule in connection.scalars(_RULES, {"table": table.name}).all():
            connection.execute(text(f'alter table "{table.name}" drop constraint "{rule}"'))
        connection.execute(text(f'alter table "{table.name}" disable trigger user'))
        connection.execute(table.delete())
        connection.execute(table.insert(), [_row(table, tenant) for tenant in bakeries])


def _row(table: Table, tenant: UUID) -> dict[str, Any]:
    needed = [c for c in table.c if c.primary_key or not (c.nullable or c.server_default)]
    return {column.name: _value(column) for column in needed} | {"tenant_id": tenant}


def _value(column: Column[Any]) -> Any:
    name = type(column.type).__name__
    if name in ("JSONB", "JSON"):
        return {}
    if name == "ARRAY":
        return []
    if name == "DateTime":
        return "2026-03-03T05:30:00Z"
    kind = column.type.python_type
    word = uuid4().hex[: getattr(column.type, "length", None)]
    samples = {UUID: uuid4(), str: word, bytes: b"x", bool: True}
    other = {"date": "2026-03-03", "time": "05:30", "timedelta": "1 day"}
    return samples.get(kind, other.get(kind.__name__, 1))


@asynccontextmanager
async def inside(database: Database, *tenants: UUID) -> AsyncIterator[AsyncSession]:
    """What a request has whose door has named these bakeries."""
    fenced = database.fenced()
    try:
        async with fenced.transaction() as session:
            if tenants:
                await confine(session, tenants)
            yield session
    finally:
        await fenced.close()


async def test_every_table_of_bakeries_is_fenced(session: AsyncSession) -> None:
    fenced = set(await session.scalars(_FENCED, {"role": ROLE}))
    with_tenant = {table.name for table in Base.metadata.tables.values() if "tenant_id" in table.c}

    assert (with_tenant | {"tenants"}) - fenced == set()


async def test_who_requests_come_as_can_neither_pass_nor_change_the_fence(
    session: AsyncSession,
) -> None:
    role = (
        await session.execute(text("select * from pg_roles where rolname = :r"), {"r": ROLE})
    ).one()
    owned = await session.scalar(
        text("select count(*) from pg_class where relowner = cast(:r as regrole)"), {"r": ROLE}
    )

    powers = (role.rolsuper, role.rolbypassrls, role.rolcanlogin, role.rolcreaterole)
    assert powers == (False, False, False, False)
    assert owned == 0


async def test_nothing_of_another_bakery_is_seen_in_any_table(
    own_database: Database, bakeries: tuple[TenantId, TenantId]
) -> None:
    own, _ = bakeries
    async with inside(own_database, own) as session:
        seen = {t.name: (await session.scalars(select(t.c.tenant_id))).all() for t in OWNED}
        names = (await session.scalars(text("select id from tenants"))).all()

    assert len(seen) > 55
    assert {name: found for name, found in seen.items() if found != [own]} == {}
    assert names == [own]


async def test_nothing_of_another_bakery_is_changed_or_removed(
    own_database: Database, bakeries: tuple[TenantId, TenantId]
) -> None:
    async with inside(own_database, bakeries[0]) as session:
        for table in OWNED:
            async with session.begin_nested() as savepoint:
                changed = await session.execute(
                    table.update().values(tenant_id=table.c.tenant_id).returning(table.c.tenant_id)
                )
                removed = await session.execute(table.delete().returning(table.c.tenant_id))
                await savepoint.rollback()
            found = (changed.scalars().all(), removed.scalars().all())
            assert found == ([bakeries[0]], [bakeries[0]]), table.name


async def test_nothing_is_written_for_another_bakery(
    own_database: Database, bakeries: tuple[TenantId, TenantId]
) -> None:
    own, other = bakeries
    async with inside(own_database, own) as session:
        for table in OWNED:
            with pytest.raises(ProgrammingError, match="row-level security"):
                async with session.begin_nested():
                    await session.execute(table.insert(), [_row(table, other)])
            with pytest.raises(ProgrammingError, match="row-level security"):
                async with session.begin_nested():
                    await session.execute(table.update().values(tenant_id=other))


async def test_before_the_door_there_is_nothing_and_after_lifting_there_is_all(
    own_database: Database, bakeries: tuple[TenantId, TenantId]
) -> None:
    async with inside(own_database) as session:
        before = {t.name: (await session.scalars(select(t.c.tenant_id))).all() for t in OWNED}
        await lift(session)
        after = {t.name: (await session.scalars(select(t.c.tenant_id))).all() for t in OWNED}

    assert {name: found for name, found in before.items() if found} == {}
    assert {name: found for name, found in after.items() if set(found) != set(bakeries)} == {}


async def test_the_next_transaction_of_a_connection_begins_with_nothing(
    own_database: Database, bakeries: tuple[TenantId, TenantId]
) -> None:
    fenced = own_database.fenced()
    async with fenced.transaction() as session:
        await confine(session, bakeries)
        assert len((await session.scalars(text("select id from tenants"))).all()) == 2
    async with fenced.transaction() as session:
        assert (await session.scalars(text("select id from tenants"))).all() == []
    await fenced.close()


async def test_a_query_without_its_filter_shows_the_bakerys_own(
    owner: AsyncClient,
    outsider: AsyncClient,
    url: str,
    other_tenant: TenantId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await added(owner, f"{url}/products", {"name": "Barra", "unit": "piece"})
    theirs = f"/api/v1/tenants/{other_tenant}"
    secret = await added(outsider, f"{theirs}/products", {"name": "Secreto", "unit": "piece"})

    def unfiltered(self: ScopedRepository[Any]) -> Select[Any]:
        return select(self.model)

    monkeypatch.setattr(ScopedRepository, "query", unfiltered)
    found = (await owner.get(f"{url}/products")).json()["items"]
    one = await owner.get(f"{url}/products/{secret['id']}")
    changed = await owner.patch(f"{url}/products/{secret['id']}", json={"name": "Mío"})

    assert [each["name"] for each in found] == ["Barra"]
    assert (one.status_code, changed.status_code) == (404, 404)


async def test_values_that_read_like_statements_are_values(owner: AsyncClient, url: str) -> None:
    for name in ("x'; reset role; --", "set_config('obrador.tenants', '*', true)"):
        kept = await added(owner, f"{url}/products", {"name": name, "unit": "piece"})

        assert kept["name"] == name
    assert len((await owner.get("/api/v1/tenants")).json()["items"]) == 1


async def test_many_rows_are_copied_where_policies_are(
    own_database: Database, bakeries: tuple[TenantId, TenantId]
) -> None:
    own, other = bakeries
    closures = Base.metadata.tables["closures"]
    names = ["tenant_id", "id", "first_day", "last_day"]
    rows = [[own, new_id(), *(_day(n), _day(n))] for n in range(3)]
    async with inside(own_database, own) as session:
        assert await copy_rows(session, closures, names, rows[:2]) == 2
        assert await copy_rows(session, closures, names, rows[2:]) == 1
        assert len((await session.execute(select(closures))).all()) == 4
        with pytest.raises(ProgrammingError, match="row-level security"):
            await copy_rows(session, closures, names, [[other, new_id(), _day(0), _day(0)]])
        await session.rollback()


def _day(number: int) -> date:
    return date(2026, 3, 1 + number)


async def test_an_owner_without_power_over_the_server_is_enough(own_empty: Database) -> None:
    """As at a provider: a user who owns the database, once the role is there and granted."""
    await migrate(own_empty)
    async with own_empty.transaction() as session:
        tenant = await make_tenant(session)
        assert (await session.scalars(text("select id from tenants"))).all() == [tenant]


@pytest.fixture
async def own_empty(empty_database_url: str) -> AsyncIterator[Database]:
    """An empty database that belongs to a plain user."""
    owner = f"baker_{uuid4().hex}"
    superuser = Database(empty_database_url)
    async with superuser.transaction() as session:
        await session.execute(text(f"create role {owner}"))
        await session.execute(text(f"create schema if not exists public authorization {owner}"))
        await session.execute(text(f"alter schema public owner to {owner}"))
        await (await session.connection()).run_sync(ready_role)
        await session.execute(text(f"grant {ROLE} to {owner}"))
    plain = Database(empty_database_url, role=owner)
    yield plain
    await plain.close()
    async with superuser.transaction() as session:
        await session.execute(text(f"reassign owned by {owner} to current_user"))
        await session.execute(text(f"drop owned by {owner}"))
        await session.execute(text(f"drop role {owner}"))
    await superuser.close()


async def test_who_may_not_make_the_role_is_told_what_to_do(session: AsyncSession) -> None:
    plain = f"plain_{uuid4().hex}"
    await session.execute(text(f"create role {plain}"))
    await session.execute(text(f"set local role {plain}"))
    connection = await session.connection()

    with pytest.raises(Misconfigured, match=f"grant {ROLE} to {plain}; then start again"):
        await connection.run_sync(ready_role)


async def test_a_role_that_would_confine_nobody_is_refused(session: AsyncSession) -> None:
    await session.execute(text(f"alter role {ROLE} bypassrls"))
    connection = await session.connection()

    with pytest.raises(Misconfigured, match="would confine nobody"):
        await connection.run_sync(ready_role)
