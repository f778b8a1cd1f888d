"""HTTP face of products, recipes, equipment and shifts."""

from obrador.authz.roles import Role
from obrador.catalogue.schemas import (
    EquipmentChanges,
    EquipmentInput,
    ProductChanges,
    ProductInput,
    RecipeChanges,
    RecipeInput,
    ShiftChanges,
    ShiftInput,
)
from obrador.catalogue.service import equipment, products, recipes, shifts
from obrador.crud import crud_routes

routers = (
    crud_routes(
        "/products",
        "what is sold",
        products,
        given=ProductInput,
        changes=ProductChanges,
        kept_by=Role.PRODUCTION_MANAGER,
    ),
    crud_routes(
        "/recipes",
        "how it is made, with components and process steps",
        recipes,
        given=RecipeInput,
        changes=RecipeChanges,
        kept_by=Role.PRODUCTION_MANAGER,
    ),
    crud_routes(
        "/equipment",
        "what it is made on",
        equipment,
        given=EquipmentInput,
        changes=EquipmentChanges,
        kept_by=Role.PRODUCTION_MANAGER,
    ),
    crud_routes(
        "/shifts",
        "when how many people work",
        shifts,
        given=ShiftInput,
        changes=ShiftChanges,
        kept_by=Role.PRODUCTION_MANAGER,
    ),
)
