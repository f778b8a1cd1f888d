"""What is too weak for production, though it is right on one's own machine."""

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

if TYPE_CHECKING:
    from obrador.settings import Settings

_SAMPLES = re.compile(
    r"change.?me|secret|password|passwd|example|sample|default|admin|obrador|postgres|guest|test"
    r"|12345|qwerty|letmein",
    re.IGNORECASE,
)
_MOST_SAMPLE = 16
"""A longer word that has a sample in it may still be nobody's guess."""
_LEAST_DIFFERENT = 10
"""Characters of a key that differ: fewer have been typed, not made."""


def weaknesses(settings: "Settings") -> list[tuple[str, str]]:
    """The settings that are too weak for production, each with what to do about it."""
    return [
        *_weak_secrets(settings),
        *_weak_urls(settings),
        *_forgotten(settings),
        *_open_to_strangers(settings),
    ]


def _weak_secrets(settings: "Settings") -> Iterator[tuple[str, str]]:
    if settings.secret_key is None:
        yield "SECRET_KEY", "set it, the same for all processes: openssl rand -base64 48"
    elif _is_guessable(settings.secret_key, 32):
        yield "SECRET_KEY", "is a word that others know; make one: openssl rand -base64 48"
    if settings.service_token is not None and _is_guessable(settings.service_token, 24):
        yield "SERVICE_TOKEN", "is too short or known; make one: openssl rand -base64 32"


def _weak_urls(settings: "Settings") -> Iterator[tuple[str, str]]:
    for name in ("database_url", "redis_url", "rabbitmq_url"):
        url: SecretStr | None = getattr(settings, name)
        parts = urlsplit(url.get_secret_value() if url else "")
        if not parts.hostname or _is_loopback(parts.hostname):
            continue  # a socket, or this machine
        password = unquote(parts.password or "")
        if not password and "sslcert" not in parts.query:
            yield name.upper(), "leads over the network without a password: give it one"
        elif password and len(password) <= _MOST_SAMPLE and _SAMPLES.search(password):
            yield name.upper(), "has a sample password: give it one that nobody knows"
    for name in (n for n in type(settings).model_fields if n.endswith("_service_url")):
        if _is_plain(getattr(settings, name)):
            yield name.upper(), "starts with http://: the token would be readable; use https://"
    if _is_plain(settings.public_url):
        yield "PUBLIC_URL", "starts with http://: passwords would be readable; use https://"


def _forgotten(settings: "Settings") -> Iterator[tuple[str, str]]:
    if settings.debug:
        yield "DEBUG", "is on: take it out"
    if settings.production_test_mode:
        yield "PRODUCTION_TEST_MODE", "is on: take it out"
    if settings.webhook_allow_private:
        yield "WEBHOOK_ALLOW_PRIVATE", "lets bakeries reach into this network: take it out"


def _open_to_strangers(settings: "Settings") -> Iterator[tuple[str, str]]:
    trusted = [each.strip() for each in settings.forwarded_allow_ips.split(",") if each.strip()]
    if any(ip_network(each).prefixlen == 0 for each in trusted):
        yield "FORWARDED_ALLOW_IPS", "trusts everybody: name the proxy's address or network"
    if not trusted and not _is_loopback(settings.host):
        yield (
            "FORWARDED_ALLOW_IPS",
            "name the proxy that speaks HTTPS and hands requests on, or keep HOST=127.0.0.1",
        )
    if not settings.rate_limit_address:
        yield "RATE_LIMIT_ADDRESS", "lets strangers ask without end: give it a number"


def _is_guessable(secret: SecretStr, least: int) -> bool:
    words = secret.get_secret_value()
    is_sample = len(words) <= least + _MOST_SAMPLE and _SAMPLES.search(words) is not None
    return len(words) < least or len(set(words)) < _LEAST_DIFFERENT or is_sample


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_plain(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")
