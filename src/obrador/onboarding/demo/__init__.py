"""An invented bakery in Madrid, to look around in and to benchmark with."""

from obrador.onboarding.demo.bakery import Demo, demo
from obrador.onboarding.demo.loading import load

__all__ = ["Demo", "demo", "load"]
