"""schemathesis asks everything that the document allows, and much that it does not.

It finds no 5xx, no answer that is not documented, and none that breaks its schema.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from obrador.authn.tokens import access_token
from obrador.kit.clock import system_clock
from tests.conftest import new_database
from tests.e2e.one_of_everything import OWNER, SETTINGS, THING, document, found, furnish
from tests.e2e.walking import Walks, walk
from tests.fixtures.people import KEY
from tests.fixtures.served import Served, served

EXAMPLES = 8
KEPT = (
    "ingredients|suppliers|products|recipes|equipment|shifts|closures|promotions|waste-reasons"
    "|calendar/events|orders"
)
"""What people make, change and delete."""
schema = schemathesis.openapi.from_dict(
    document(),
    config=schemathesis.Config.from_dict(
        {
            "parameters": {
                "tenant_id": str(THING),
                "path.id": str(THING),
                "path.run_id": str(THING),
                "path.delivery_id": str(THING),
                "path.user_id": str(OWNER),
            },
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
        }
    ),
)


@pytest.fixture(scope="module")
def api(server_url: str, template: str) -> Iterator[Served]:
    for url in new_database(server_url, template):
        with served(url, SETTINGS) as running:
            running.run(found(running.database))
            yield running


@pytest.fixture
def things(api: Served) -> None:
    """One of everything, also when the test before has removed it."""
    api.run(furnish(api.database))


# Not checked: that what the schema allows is accepted, for rules say more than schemas; and that
# query parameters that nobody knows are refused, for they are ignored.
@schema.parametrize()
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_answer_is_documented(
    case: schemathesis.Case[Any], api: Served, things: None
) -> None:
    token = access_token(OWNER, KEY, system_clock())
    case.call_and_validate(
        base_url=api.url,
        headers={"Authorization": f"Bearer {token}"},
        excluded_checks=[positive_data_acceptance, negative_data_rejection],
    )


def test_what_is_made_is_read_changed_and_deleted(api: Served, things: None) -> None:
    walks = Walks()

    walk(
        api.url,
        walks,
        only=rf"/tenants/[^/]+/({KEPT})(/{{id}})?$",
        seeds=range(3),
        steps=15,
    )

    assert walks.total > 50
    assert {200, 201} <= walks.statuses.keys()
    assert {call.split()[0] for call in walks.calls} >= {"POST", "GET", "PATCH", "DELETE"}
