"""States that things pass through, and which may follow which. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from obrador.kit.errors import Conflict


class WrongState(Conflict):
    """What was asked for does not follow from the state that the thing is in."""

    type, title = "wrong-state", "That is not possible in this state"


@dataclass(frozen=True, slots=True)
class StateMachine:
    """The states of one kind of thing."""

    noun: str
    """What it is called in errors: `schedule`."""
    follows: Mapping[str, frozenset[str]]
    """Of each state, those that may follow; none follow an end."""

    def may(self, current: str, wanted: str) -> bool:
        """Whether `wanted` may follow `current`."""
        return wanted in self.follows.get(current, frozenset())

    def check(self, current: str, wanted: str) -> None:
        """See that `wanted` may follow `current`.

        Raises:
            WrongState: it may not; says what may.
        """
        if self.may(current, wanted):
            return
        allowed = " or ".join(sorted(self.follows.get(current, ()))) or "nothing any more"
        raise WrongState(
            "The {noun} is {current}, so it cannot become {wanted}: it can become {allowed}.",
            noun=self.noun,
            current=current,
            wanted=wanted,
            allowed=allowed,
        )


def machine(noun: str, **follows: str) -> StateMachine:
    """A state machine: for each state, those that may follow, separated by spaces."""
    return StateMachine(noun, {state: frozenset(after.split()) for state, after in follows.items()})
