"""What the layers above ask of morning runs."""

from obrador.orchestration.morning import Outcome, run_mornings
from obrador.orchestration.repository import last_date
from obrador.orchestration.services import services

__all__ = ["Outcome", "last_date", "run_mornings", "services"]
