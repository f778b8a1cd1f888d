"""Use cases of recipes, which are made of parts and refer to each other."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.domain import making_order
from obrador.catalogue.loading import load_recipes
from obrador.catalogue.models import Recipe, RecipeComponent, RecipeStep
from obrador.catalogue.repository import EquipmentItems, Recipes
from obrador.catalogue.schemas import ComponentOutput, RecipeOutput, StepFields

# As a module: inventory's stock needs the units of products in turn.
from obrador.inventory import service as inventory
from obrador.kit.errors import Fault, Invalid
from obrador.kit.names import name_key
from obrador.kit.schemas import in_base_unit
from obrador.resources import Resource


class RecipeResource(Resource[Recipe, RecipeOutput]):
    """Recipes with their components and steps."""

    async def columns(
        self, session: AsyncSession, tenant: TenantId, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The given fields; components in base units, steps on equipment that is there."""
        units = await Recipes(session, tenant).lock_all()
        values = await super().columns(session, tenant, given)
        if "components" in given:
            bought = {each["ingredient_id"] for each in given["components"]} - {None}
            units |= await inventory.units_of(session, tenant, bought)
            values["components"] = _components(given["components"], units)
        if "steps" in given:
            kinds = await EquipmentItems(session, tenant).kinds()
            values["steps"] = _steps(given["steps"], kinds)
        return values

    async def check(self, session: AsyncSession, tenant: TenantId, row: Recipe) -> None:
        """Batches that can be made, and no recipe that contains itself."""
        if row.batch_max is not None and row.batch_max < row.batch_min:
            raise Invalid(
                "The largest batch, {batch_max}, is smaller than the smallest.",
                [Fault("batch_max", "must be {batch_min} or more", batch_min=row.batch_min)],
                batch_max=row.batch_max,
            )
        recipes = (await load_recipes(session, [tenant]))[tenant]
        making_order(recipes, [row.id])

    async def show(
        self, session: AsyncSession, tenant: TenantId, rows: Sequence[Recipe]
    ) -> list[RecipeOutput]:
        """Recipes with the unit of every component."""
        parts = [component for row in rows for component in row.components]
        units = await Recipes(session, tenant).units_of(
            {each.component_recipe_id for each in parts if each.component_recipe_id}
        )
        units |= await inventory.units_of(
            session, tenant, {each.ingredient_id for each in parts if each.ingredient_id}
        )
        return [_shown(row, units) for row in rows]


recipes = RecipeResource(Recipes, RecipeOutput)


def _components(
    given: Iterable[Mapping[str, Any]], units: Mapping[UUID, str]
) -> list[RecipeComponent]:
    rows = []
    for position, each in enumerate(given):
        item = each["ingredient_id"] or each["recipe_id"]
        where = f"components.{position}"
        if item not in units:
            raise Invalid(
                "{place}: there is no such ingredient or recipe: {item}. Add it first.",
                [Fault(where, "is not there")],
                place=where,
                item=item,
            )
        rows.append(
            RecipeComponent(
                position=position,
                ingredient_id=each["ingredient_id"],
                component_recipe_id=each["recipe_id"],
                quantity=in_base_unit(each["quantity"], each["unit"], units[item], where),
                waste_share=each["waste_share"],
            )
        )
    return rows


def _steps(given: Iterable[Mapping[str, Any]], kinds: Iterable[str]) -> list[RecipeStep]:
    """Steps on equipment as its kind is spelled.

    Raises:
        Invalid: nobody has equipment of a kind; names the step and the kinds there are.
    """
    spelled = {name_key(kind): kind for kind in kinds}
    rows = []
    for position, each in enumerate(given):
        kind = each["equipment_kind"]
        if kind is not None and name_key(kind) not in spelled:
            known = ", ".join(spelled.values()) or "none yet"
            where = f"steps.{position}.equipment_kind"
            raise Invalid(
                "{place}: no equipment is of the kind {kind!r}. Add it to the equipment"
                " first, or name one that is there: {known}.",
                [Fault(where, "no equipment is of this kind")],
                place=where,
                kind=kind,
                known=known,
            )
        own = {**each, "equipment_kind": kind and spelled[name_key(kind)]}
        rows.append(RecipeStep(position=position, **own))
    return rows


def _shown(row: Recipe, units: Mapping[UUID, str]) -> RecipeOutput:
    components = [
        ComponentOutput.model_construct(
            **_fields(ComponentOutput, each)
            | {"recipe_id": each.component_recipe_id, "unit": units[_item_id(each)]}
        )
        for each in row.components
    ]
    steps = [StepFields.model_construct(**_fields(StepFields, each)) for each in row.steps]
    own = _fields(RecipeOutput, row) | {"components": components, "steps": steps}
    return RecipeOutput.model_construct(**own)


def _item_id(component: RecipeComponent) -> UUID:
    # A constraint of the table says that it has one of the two.
    return cast("UUID", component.ingredient_id or component.component_recipe_id)


def _fields(output: type[BaseModel], row: object) -> dict[str, Any]:
    return {name: getattr(row, name, None) for name in output.model_fields}
