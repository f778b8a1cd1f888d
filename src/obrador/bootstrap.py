"""What every way into Obrador does first: settings, then a database that is up and migrated."""

import asyncio

from sqlalchemy.exc import OperationalError

from obrador.kit import postgres
from obrador.kit.db import Database
from obrador.kit.errors import Misconfigured
from obrador.migrations.apply import migrate
from obrador.observability.metrics import tenant_labels
from obrador.observability.pool_metrics import watch_pool
from obrador.settings import Settings, load_settings


async def open_database(settings: Settings | None = None) -> Database:
    """The database of the settings, started if it is the embedded one, with the newest schema.

    Raises:
        Misconfigured: it cannot be started or reached; the message says why.
    """
    settings = settings or load_settings()
    tenant_labels.limit(settings.metrics_tenants)
    if settings.database_url is None:
        url = await asyncio.to_thread(postgres.start, settings.obrador_home)
    else:
        url = settings.database_url.get_secret_value()
    database = Database(url)
    watch_pool(database.engine.sync_engine)
    try:
        await migrate(database)
    except OperationalError as error:
        await database.close()
        reason = str(error.orig).strip().splitlines()[0]
        raise Misconfigured(f"DATABASE_URL: the server does not answer: {reason}") from error
    return database
