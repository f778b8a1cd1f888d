"""What the API gives of trained models and their training."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field, computed_field

from obrador.forecasting.domain import DriverGroup, TrainingReason, Verdict
from obrador.forecasting.models import ForecastModel
from obrador.kit.schemas import Kept


class ScoreFigures(BaseModel):
    """How near forecasts came to what was sold, made a week at a time."""

    wape: float = Field(description="Per cent.")
    scaled_pinball: float = Field(description="Loss of the quantiles over mean sales.")
    coverage: float = Field(
        description="Share of sales between the quantiles 0.1 and 0.9; 0.8 is meant."
    )


class Scores(BaseModel):
    """Challenger and champion on weeks that the challenger had not seen."""

    challenger: ScoreFigures
    champion: ScoreFigures
    refitted: ScoreFigures | None = Field(
        description="Of the same, trained on these weeks as well: what it fits, not what it is"
        " worth. Null: refused."
    )


class DriverFigures(BaseModel):
    """Whether a model uses weather, promotions or prices, and why or why not."""

    group: DriverGroup
    is_used: bool
    gain: float = Field(
        description="Share of the errors that it takes away, of days on which it was not as usual;"
        " negative: adds."
    )
    days: int = Field(description="Such days, which the model had not seen.")

    # Pydantic asks for this order, which mypy does not know (its issue 1362).
    @computed_field(description="The same in words.")  # type: ignore[prop-decorator]
    @property
    def summary(self) -> str:
        """In words."""
        if not self.days:
            return f"{self.group}: not used, it was as usual on all days that could have told"
        use = "used" if self.is_used else "not used"
        change = f"{abs(self.gain):.1%}".replace("%", " %")
        told = f"{change} {'better' if self.gain >= 0 else 'worse'} on {self.days} unseen days"
        by_chance = ", within chance" if self.gain >= 0 and not self.is_used else ""
        return f"{self.group}: {use}, {told}{by_chance}"


class ModelOutput(BaseModel):
    """A trained model."""

    version: int
    method: str
    status: Literal["champion", "retired", "refused"] = Field(
        description="The champion forecasts; who did so before is retired."
    )
    reason: TrainingReason = Field(description="Why it was trained.")
    verdict: Verdict = Field(description="What came of comparing it with the champion.")
    first_day: date = Field(description="Of what it was trained on.")
    last_day: date
    records: int = Field(description="Of products and days.")
    products: int
    data_hash: str = Field(description="SHA-256 of what it was trained on.")
    compared_with: int | None = Field(
        description="Version of the champion then; null: the weekday profile alone."
    )
    unseen_first: date = Field(description="Of the weeks that both were compared on.")
    unseen_last: date
    scores: Scores
    drivers: list[DriverFigures] = Field(description="Those that there was something of.")
    checksum: str = Field(description="SHA-256 of its content.")
    size: int = Field(description="Bytes of its content.")
    created_at: datetime
    promoted_at: datetime | None
    retired_at: datetime | None

    @classmethod
    def of(cls, row: ForecastModel) -> "ModelOutput":
        """The row as the API shows it."""
        return cls.model_validate({name: getattr(row, name) for name in ModelOutput.model_fields})


class Improvement(BaseModel):
    """Validations of the four weeks before a model was promoted, and of up to four since."""

    days_before: int
    wape_before: float | None = Field(description="Per cent, mean of the days; null without any.")
    days_after: int
    wape_after: float | None
    points: float | None = Field(description="By which it became better; null: not known yet.")


class ModelDetail(ModelOutput):
    """A trained model, and what it brought."""

    improvement: Improvement | None = Field(description="Null: it was never promoted.")

    @classmethod
    def whole(cls, row: ForecastModel, improvement: Improvement | None) -> "ModelDetail":
        """The row with what it brought."""
        return cls(**ModelOutput.of(row).model_dump(), improvement=improvement)


class TrainingJobOutput(Kept):
    """The training of a model."""

    reason: TrainingReason
    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    attempts: int = Field(description="How often it was begun.")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error: str | None
    version: int | None = Field(description="Of the model that came of it.")
    improvement: float | None = Field(
        description="Points of WAPE by which it was better than the champion on unseen weeks."
    )
    is_promoted: bool | None = Field(description="Whether that model forecasts from then on.")
