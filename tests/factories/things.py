"""What a bakery has, made over HTTP as a person would."""

from typing import Any

from httpx import AsyncClient

FLOUR = {"name": "Harina", "unit": "g"}
OVEN = {"name": "Deck oven", "kind": "oven", "capacity": 8}
DOUGH = {"name": "Dough", "kind": "semi_finished", "unit": "g", "yield_quantity": 1600}
BREAD = {"name": "Bread", "unit": "piece", "yield_quantity": 4}


async def added(client: AsyncClient, path: str, thing: dict[str, Any]) -> Any:
    """The thing, as the API shows it once it is there."""
    answer = await client.post(path, json=thing)
    assert answer.status_code == 201, answer.text
    return answer.json()
