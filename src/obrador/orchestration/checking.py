"""Whether a workflow can be carried out, seen before it is stored. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from obrador.kit.cron import check_cron
from obrador.kit.errors import Fault, Invalid
from obrador.orchestration.definitions import MORNING, Scope, StepSpec

NEEDS: Mapping[str, str] = {
    "forecasting": "snapshot",
    "production": "forecasting",
    "procurement": "production",
    "projection": "procurement",
}
"""What a step plans from, which has to come before it."""
BEHIND: Mapping[str, Collection[str]] = {
    "insights": (*NEEDS, "validation"),
    "notifications": (*NEEDS, "validation", "insights"),
}
"""What a step tells of: it comes after those of them that the workflow has."""
PLANS = frozenset(NEEDS) | {"snapshot"}


def check_steps(workflow: str, steps: Sequence[StepSpec], stages: Mapping[str, Scope]) -> Scope:
    """See that a workflow can go through its steps; returns whether bakery by bakery, or once.

    Raises:
        Invalid: it cannot; names every step that is wrong.
    """
    faults = [
        Fault(f"steps.{index}.stage", message)
        for index, step in enumerate(steps)
        for message in _wrong(workflow, steps[:index], step.stage, steps, stages)
    ]
    if not steps:
        faults = [Fault("steps", "at least one")]
    if faults:
        raise Invalid("The steps cannot be followed in this order.", faults)
    scopes = {stages[step.stage] for step in steps}
    if len(scopes) > 1:
        raise Invalid(
            "Some of these steps are for each bakery and some for the platform as a whole.",
            [Fault("steps", "put them into two workflows")],
        )
    return scopes.pop()


def _wrong(
    workflow: str,
    before: Sequence[StepSpec],
    stage: str,
    steps: Sequence[StepSpec],
    stages: Mapping[str, Scope],
) -> Iterator[str]:
    earlier = {step.stage for step in before}
    if stage not in stages:
        yield f"there is no step {stage!r}; there are {', '.join(sorted(stages))}"
    if stage in earlier:
        yield f"{stage} is there already"
    if stage in NEEDS and NEEDS[stage] not in earlier:
        yield f"{stage} comes after {NEEDS[stage]}"
    for other in BEHIND.get(stage, ()):
        if other not in earlier and any(step.stage == other for step in steps):
            yield f"{stage} comes after {other}"
    if stage in PLANS and workflow != MORNING:
        yield f"only {MORNING} plans: a date has one plan"


def check_timing(kind: str, cron: str | None) -> None:
    """See that what fires by itself says when, and what does not, does not.

    Raises:
        Invalid: it is not so, or the cron expression cannot be followed.
    """
    if cron is not None:
        check_cron(cron)
    if kind == "on_demand" and cron is not None:
        raise Invalid("It runs on demand, so it has no cron.", [Fault("cron", "leave it out")])
    if kind != "on_demand" and cron is None:
        raise Invalid(
            "It runs {kind}, so say when.",
            [Fault("cron", "such as 30 5 * * *, or on_demand")],
            kind=kind,
        )
