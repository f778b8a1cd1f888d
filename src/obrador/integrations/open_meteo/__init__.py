"""Weather of any place on earth from Open-Meteo, https://open-meteo.com."""

from obrador.integrations.open_meteo.client import OpenMeteo

__all__ = ["OpenMeteo"]
