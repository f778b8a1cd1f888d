"""The demo bakery as browsers meet it."""

from collections.abc import Iterator

import pytest

from obrador.kit.clock import system_clock
from obrador.onboarding.demo import loading as demo_bakery
from obrador.orchestration.service import run_mornings
from obrador.settings import Settings
from tests.conftest import new_database
from tests.fixtures.served import Served, served


@pytest.fixture(scope="module")
def site(server_url: str, template: str) -> Iterator[Served]:
    """A server with the demo bakery's morning."""

    async def plan(running: Served) -> None:
        async with running.database.transaction() as session:
            now = system_clock()
            tenants = await demo_bakery.load(session, now, days=120)
            await run_mornings(session, tenants, now)

    for url in new_database(server_url, template):
        with served(url, Settings(_env_file=None, secret_key="k" * 32)) as running:
            running.run(plan(running))
            yield running
