"""The second fence around bakeries: PostgreSQL itself shows a request their rows only once its door
has named them, whatever a query forgets to ask for.

Requests come to the database as `ROLE`, which policies of every table with a `tenant_id` confine to
the bakeries of a setting that lasts as long as the transaction: none at first, those that `confine`
names, or all after `lift`. Only `authz` calls these. Whoever owns the tables (migrations, planning
processes, the command line) stands outside; for them both do nothing.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.errors import Misconfigured

ROLE = "obrador_app"
_INSIDE = "fenced"
_SEEN = "seen"
_EVERY = "*"
_NAME = text("select set_config('obrador.tenants', :tenants, true)")

SEEN = """(
    (select current_setting('obrador.tenants', true) = '*')
    or {column} = any ((select case when current_setting('obrador.tenants', true) like '{{%'
        then current_setting('obrador.tenants', true)::uuid[] end)::uuid[])
)"""
"""Whether a row may be seen and written, by the column that says whose it is. As scalar subqueries,
so that the setting is looked up once for each query rather than for each row."""


def inside(is_fenced: bool) -> dict[str, bool]:
    """What a session knows of itself."""
    return {_INSIDE: is_fenced}


def is_inside(session: AsyncSession) -> bool:
    """Whether the session is confined."""
    return bool(session.info.get(_INSIDE))


async def confine(session: AsyncSession, tenants: Collection[UUID]) -> None:
    """Let the rest of the transaction see and write what belongs to these bakeries, and no
    others."""
    await _see(session, f"{{{','.join(map(str, tenants))}}}")


async def lift(session: AsyncSession) -> None:
    """Let the rest of the transaction see and write what belongs to any bakery."""
    await _see(session, _EVERY)


async def _see(session: AsyncSession, tenants: str) -> None:
    if is_inside(session) and session.info.get(_SEEN) != tenants:
        await session.execute(_NAME, {"tenants": tenants})
        session.info[_SEEN] = tenants


_STATE = text("""
    select current_user = :role as is_owner, r.rolsuper or r.rolbypassrls as is_unbound,
        pg_has_role(r.oid, case when current_setting('server_version_num')::int >= 160000
            then 'SET' else 'MEMBER' end) as is_usable
    from pg_roles r where r.rolname = :role
""")
_MAKE = """
    do $$ begin create role obrador_app nologin;
    exception when duplicate_object or unique_violation then null; end $$
"""


def ready_role(connection: Connection) -> None:
    """See to it that requests can come as `ROLE`, which all databases of a server share.

    Raises:
        Misconfigured: it cannot be made, or would confine nobody; says what the operator has to do.
    """
    state = connection.execute(_STATE, {"role": ROLE}).one_or_none()
    if state is None or not state.is_usable:
        try:
            with connection.begin_nested():
                connection.execute(text(_MAKE))
                connection.execute(text(f"grant {ROLE} to current_user"))
        except ProgrammingError as error:
            raise Misconfigured(
                "DATABASE_URL: its user may not make the role {role}, which keeps bakeries"
                " apart. Have a superuser run once: create role {role} nologin; grant"
                " {role} to {user}; then start again.",
                role=ROLE,
                user=_user(connection),
            ) from error
        state = connection.execute(_STATE, {"role": ROLE}).one()
    if state.is_unbound or state.is_owner:
        raise Misconfigured(
            "DATABASE_URL: the role {role} would confine nobody. It must be no superuser,"
            " have no BYPASSRLS, and not be who signs in: alter role {role} nologin"
            " nosuperuser nobypassrls; and let another user own the database.",
            role=ROLE,
        )


def _user(connection: Connection) -> str:
    name: str = connection.execute(text("select quote_ident(current_user)")).scalar_one()
    return name


_IS_OPTIONAL = text("""
    select not attnotnull from pg_attribute
    where attrelid = cast(:table as regclass) and attname = :column
""")


def fence(connection: Connection, tables: Sequence[str], column: str = "tenant_id") -> None:
    """Put the policy on tables that a migration has made, or put it there anew. Rows of no bakery
    are the platform's, and anybody's to write: events and logs.

    Args:
        column: that says whose a row is.
    """
    for table in tables:
        seen = SEEN.format(column=column)
        if connection.execute(_IS_OPTIONAL, {"table": table, "column": column}).scalar_one():
            seen = f"({column} is null or {seen})"
        connection.execute(text(f'grant select, insert, update, delete on "{table}" to {ROLE}'))
        connection.execute(text(f'alter table "{table}" enable row level security'))
        connection.execute(text(f'drop policy if exists own_bakeries on "{table}"'))
        connection.execute(text(f'create policy own_bakeries on "{table}" to {ROLE} using {seen}'))
