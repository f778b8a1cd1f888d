"""What a workflow may consist of."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.kit.errors import Invalid
from obrador.orchestration.checking import BEHIND, NEEDS, PLANS, check_steps
from obrador.orchestration.definitions import MORNING, Scope, StepSpec
from obrador.orchestration.progress import estimated_end

STAGES: dict[str, Scope] = {
    **dict.fromkeys(("snapshot", *NEEDS, *BEHIND, "validation", "digest"), "tenant"),
    "rollup": "platform",
}
AT = datetime(2026, 3, 3, tzinfo=UTC)


@given(st.lists(st.sampled_from(sorted(STAGES)), min_size=1, max_size=8))
def test_what_is_accepted_has_all_that_it_needs_before_it(names: list[str]) -> None:
    try:
        scope = check_steps(MORNING, [StepSpec(name) for name in names], STAGES)
    except Invalid:
        return

    assert {STAGES[name] for name in names} == {scope}
    assert len(set(names)) == len(names)
    for place, name in enumerate(names):
        assert name not in NEEDS or NEEDS[name] in names[:place]
        assert not set(BEHIND.get(name, ())) & set(names[place:])


@given(st.lists(st.sampled_from(sorted(STAGES)), min_size=1, max_size=4))
def test_no_other_workflow_plans(names: list[str]) -> None:
    if PLANS & set(names):
        with pytest.raises(Invalid):
            check_steps("other", [StepSpec(name) for name in names], STAGES)


def test_the_usual_morning_may_be_shortened_and_reordered_where_that_is_allowed() -> None:
    usual = ["snapshot", *NEEDS, "validation", *BEHIND]
    for names in (usual, usual[:3], ["validation", *usual[:5]], ["validation", "notifications"]):
        assert check_steps(MORNING, [StepSpec(name) for name in names], STAGES) == "tenant"


def test_steps_for_bakeries_and_for_the_platform_do_not_mix() -> None:
    with pytest.raises(Invalid, match="platform"):
        check_steps("mixed", [StepSpec("digest"), StepSpec("rollup")], STAGES)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 10**6))
def test_the_estimated_end_is_never_in_the_past(done: int, left: int, seconds: float) -> None:
    end = estimated_end(done, left, seconds, AT)

    assert (end is None) is (done == 0)
    assert end is None or end >= AT


def test_half_way_through_the_other_half_takes_as_long() -> None:
    assert estimated_end(50, 50, 30, AT) == AT + timedelta(seconds=30)
