"""Reading a problem from a JSON file."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from obrador.kit.errors import Invalid

T = TypeVar("T")


def read_file(file: Path, made: Callable[[Mapping[str, Any]], T]) -> T:
    """What `made` makes of a file.

    Raises:
        Invalid: it is not there, is no JSON, or lacks something.
    """
    try:
        return made(json.loads(file.read_text()))
    except OSError as error:
        raise Invalid(f"{file} cannot be read ({error.strerror}): name an instance file.") from None
    except json.JSONDecodeError as error:
        raise Invalid(f"{file} is no JSON (line {error.lineno}): name an instance file.") from None
    except KeyError as error:
        raise Invalid(f"{file} is no instance: it has no {error}.") from None
    except (IndexError, TypeError, ValueError) as error:
        raise Invalid(f"{file} is no instance: {error}.") from None
