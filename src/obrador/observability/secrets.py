"""Hides secrets in what leaves the process as words: by what they look like, and by what they are
where the settings know them."""

import json
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from pydantic import SecretStr

from obrador.settings import Settings

_HIDDEN = "***"
_SHAPES = (
    # A password in a URL, or in what libpq takes instead of one.
    (re.compile(r"(?<=://)([^\s/:@\"']*):[^\s\"'/]+@"), r"\1:***@"),
    (re.compile(r"(?i)\b(password|passwd|pwd)(\s*=\s*|%3D)[^\s&\"']+"), r"\1\2***"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    # Our own tokens: signed ones, keys of the API, secrets of webhooks.
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+"), _HIDDEN),
    (re.compile(r"\b(obrador_|whsec_)[\w+/=-]{16,}"), r"\1***"),
)
_SHORTEST = 6
"""What is shorter would be found in ordinary words."""


def hiding(settings: Settings) -> Callable[[str], str]:
    """What hides secrets in words, those of these settings among them."""
    known = sorted({form for each in _known(settings) for form in _forms(each)}, key=len)
    exact = re.compile("|".join(map(re.escape, reversed(known)))) if known else None

    def hide(words: str) -> str:
        for shape, instead in _SHAPES:
            words = shape.sub(instead, words)
        return exact.sub(_HIDDEN, words) if exact else words

    return hide


def _known(settings: Settings) -> list[str]:
    given = (getattr(settings, name) for name in type(settings).model_fields)
    return [each.get_secret_value() for each in given if isinstance(each, SecretStr)]


def _forms(secret: str) -> list[str]:
    """The secret itself; of a URL the password, as it is written there and as it is meant."""
    found = re.search(r"://[^/@]*?:(.+)@", secret)
    secret = found[1] if found else secret
    if found is None and "://" in secret:
        return []
    forms = {secret, unquote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]}
    return [form for form in forms if len(form) >= _SHORTEST]
