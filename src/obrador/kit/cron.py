"""Cron expressions that people give, and a bakery's rules for weekends and holidays."""

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from obrador.kit.errors import Fault, Invalid

RUN, SKIP = "run", "skip"


def check_cron(expression: str, where: str = "cron") -> None:
    """See that a cron expression can be followed.

    Raises:
        Invalid: it cannot; says why.
    """
    try:
        moments = CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC))
        next(moments)
    except (CronSimError, StopIteration) as error:
        because = f": {error}" if str(error) else ", or never comes true"
        raise Invalid(
            "{expression!r} is no cron expression such as 30 5 * * *{because}.",
            [Fault(where, "minute hour day month weekday")],
            expression=expression,
            because=because,
        ) from None


def check_rule(rule: str, where: str) -> None:
    """See that a weekend or holiday rule can be followed.

    Raises:
        Invalid: it is neither run, skip nor a cron expression.
    """
    if rule not in (RUN, SKIP):
        check_cron(rule, where)
