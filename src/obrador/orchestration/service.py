"""What the layers above ask of morning runs."""

from obrador.orchestration.morning import Outcome, run_mornings
from obrador.orchestration.repository import last_date
from obrador.orchestration.services import services
from obrador.orchestration.warming import warm_up

__all__ = ["Outcome", "last_date", "run_mornings", "services", "warm_up"]
