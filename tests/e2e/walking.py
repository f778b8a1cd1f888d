"""Walks through the API in the order that its document implies: what one answer names, the next
request asks for, changes or deletes. schemathesis finds the steps by itself."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import Case, Response
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from obrador.authn.tokens import access_token
from obrador.kit.clock import system_clock
from tests.e2e.one_of_everything import OWNER, THING, document
from tests.fixtures.people import KEY

WAYS = 5
"""Of a seed."""


@dataclass
class Walks:
    """What was asked, and how it was answered."""

    calls: Counter[str] = field(default_factory=Counter)
    """By operation."""
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Requests made."""
        return self.calls.total()


def walk(
    base_url: str, walks: Walks, *, only: str | None, seeds: Iterable[int], steps: int
) -> None:
    """Walk some ways of some steps for each seed; raises what was found wrong.

    Args:
        only: a regular expression of paths; None: all.
    """
    schema = schemathesis.openapi.from_dict(_of_the_thing(document()))
    chosen = schema if only is None else schema.include(path_regex=only)

    class Walk(chosen.as_state_machine()):  # type: ignore[misc]  # made at run time
        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:
            token = access_token(OWNER, KEY, system_clock())
            return {"base_url": base_url, "headers": {"Authorization": f"Bearer {token}"}}

        def validate_response(
            self, response: Response, case: Case[Any], additional_checks: Any = None, **more: Any
        ) -> None:
            walks.calls[f"{case.operation.method.upper()} {case.operation.path}"] += 1
            walks.statuses[response.status_code] += 1
            case.validate_response(
                response,
                additional_checks=additional_checks,
                excluded_checks=[positive_data_acceptance, negative_data_rejection],
                transport_kwargs=more or None,
                recorder=self.recorder,
            )

    rules = settings(
        max_examples=WAYS,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for number in seeds:
        # What can be asked next depends on what earlier ways have left, which hypothesis takes for
        # a mistake of the test when it sees it: the ways of that seed end there.
        with suppress(FlakyStrategyDefinition):
            seed(number)(Walk).run(settings=rules)


def _of_the_thing(whole: dict[str, Any]) -> dict[str, Any]:
    """The document of one bakery: as a parameter, its id would be made up as others are."""
    paths = {
        path.replace("{tenant_id}", str(THING)): {
            method: operation
            | {
                "parameters": [
                    each for each in operation.get("parameters", []) if each["name"] != "tenant_id"
                ]
            }
            for method, operation in operations.items()
        }
        for path, operations in whole["paths"].items()
    }
    return whole | {"paths": paths}
