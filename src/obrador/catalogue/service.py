"""Use cases of what is made, and how planning reads it."""

from obrador.catalogue.loading import load_catalogues
from obrador.catalogue.naming import add_named_products, product_ids

__all__ = ["add_named_products", "load_catalogues", "product_ids"]
