"""Whether a bakery's model is to be trained. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from statistics import fmean

from obrador.forecasting.challenge import FEWEST_DAYS
from obrador.forecasting.domain import DayAccuracy, Decision, TrainingReason
from obrador.tenants.domain import USUAL_POLICY, Policy

LOOK_BACK_DAYS = 30
_LATELY_DAYS = 7
_FEWEST_VALIDATED = 7


def train_or_not(
    looked: Decision,
    day: date,
    *,
    champion_until: date | None,
    days_of_sales: int,
    is_asked: bool,
    policy: Policy = USUAL_POLICY,
) -> Decision:
    """What `decide` found, together with what is known of the model.

    A model is trained when somebody asks; when there is none and `challenge.FEWEST_DAYS` of sales;
    when forecasts are poor; when it has not learned from the last `retrain_after_days` days, which
    means that those trained since were refused; and, otherwise, every week.

    Args:
        champion_until: last day that the model has learned from; None: there is none.
        days_of_sales: before `day`, from the first sale on.
    """
    reason = _reason(looked, day, champion_until, days_of_sales, is_asked, policy)
    if reason is not None:
        return replace(looked, is_due=True, reason=reason)
    if days_of_sales < FEWEST_DAYS:
        return replace(looked, is_due=False, reason="too_little_history")
    return looked


def _reason(
    looked: Decision,
    day: date,
    champion_until: date | None,
    days_of_sales: int,
    is_asked: bool,
    policy: Policy,
) -> TrainingReason | None:
    if is_asked:
        return "by_hand"
    if days_of_sales < FEWEST_DAYS:
        return None
    if champion_until is None:
        return "first_model"
    if looked.reason in ("inaccurate", "drifting"):
        return looked.reason
    age = (day - champion_until).days - 1
    return "too_old" if age > policy.retrain_after_days else None


def decide(days: Sequence[DayAccuracy], policy: Policy = USUAL_POLICY) -> Decision:
    """Whether forecasts have become poor: the mean MAPE of all days is above `retrain_mape`, or
    that of the last week's is more than `retrain_mape_rise` points above that of the days before.
    Fewer than a week decide nothing.

    Args:
        days: the validated days of the last `LOOK_BACK_DAYS`, in order.
    """
    measured = [day for day in days if day.accuracy.mape is not None]
    wape = fmean(day.accuracy.wape for day in measured) if measured else None
    if len(measured) < _FEWEST_VALIDATED:
        return Decision(False, "too_few_days", len(measured), None, None, None, wape)
    values = [day.accuracy.mape or 0.0 for day in measured]
    is_late = [(measured[-1].day - day.day).days < _LATELY_DAYS for day in measured]
    late = [value for value, lately in zip(values, is_late, strict=True) if lately]
    early = [value for value, lately in zip(values, is_late, strict=True) if not lately]
    mape, lately = fmean(values), fmean(late)
    before = fmean(early) if early else None
    if mape > policy.retrain_mape:
        return Decision(True, "inaccurate", len(measured), mape, before, lately, wape)
    if before is not None and lately - before > policy.retrain_mape_rise:
        return Decision(True, "drifting", len(measured), mape, before, lately, wape)
    return Decision(False, "good_enough", len(measured), mape, before, lately, wape)
