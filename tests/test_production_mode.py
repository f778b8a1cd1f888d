"""What production refuses to start on."""

import pytest

from obrador.kit.errors import Misconfigured
from obrador.settings import Settings, load_settings, refuse_weak

GOOD = {
    "environment": "production",
    "secret_key": "cJ8xW2nQ5rT9vB1mK4pL7sD0fG3hY6uZ",
    "database_url": "postgresql://bakery:7uXq9ZtR2wKmPs4v@db.internal/bakery",
    "redis_url": "rediss://:Zt7uXq9R2wKmPs4v@cache.internal",
    "rabbitmq_url": "amqps://bakery:Q9Zt7uXR2wKmPs4v@queue.internal",
    "forwarded_allow_ips": "10.0.0.0/8",
    "host": "10.0.0.5",
}


def _settings(**changes: object) -> Settings:
    values = GOOD | changes
    return Settings.model_validate({k: v for k, v in values.items() if v is not None})


def _named(settings: Settings) -> list[str]:
    with pytest.raises(Misconfigured) as refused:
        refuse_weak(settings)
    return [fault.where for fault in refused.value.faults]


def test_good_settings_start() -> None:
    refuse_weak(_settings())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", None),
        ("secret_key", "change-me-change-me-change-me-1234"),
        ("secret_key", "a" * 64),
        ("service_token", "short"),
        ("database_url", "postgresql://bakery@db.internal/bakery"),
        ("database_url", "postgresql://postgres:postgres@db.internal/bakery"),
        ("redis_url", "redis://cache.internal"),
        ("rabbitmq_url", "amqp://guest:guest@queue.internal"),
        ("debug", True),
        ("production_test_mode", True),
        ("webhook_allow_private", True),
        ("forwarded_allow_ips", None),
        ("forwarded_allow_ips", "0.0.0.0/0"),
        ("rate_limit_address", 0),
        ("public_url", "http://pan.example"),
        ("production_service_url", "http://planner.internal"),
    ],
)
def test_a_weak_one_does_not(name: str, value: object) -> None:
    assert _named(_settings(**{name: value})) == [name.upper()]


def test_all_are_told_at_once() -> None:
    found = _named(_settings(secret_key=None, debug=True, forwarded_allow_ips=None))

    assert found == ["SECRET_KEY", "DEBUG", "FORWARDED_ALLOW_IPS"]


@pytest.mark.parametrize(
    "url", ["postgresql:///bakery?host=/run/postgresql", "postgresql://bakery@localhost/bakery"]
)
def test_a_database_on_this_machine_may_know_who_asks(url: str) -> None:
    refuse_weak(_settings(database_url=url))


def test_development_starts_on_anything() -> None:
    refuse_weak(_settings(environment="development", debug=True, secret_key=None))


def test_the_start_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    load_settings.cache_clear()

    with pytest.raises(Misconfigured, match="ENVIRONMENT=production") as refused:
        load_settings()

    load_settings.cache_clear()
    assert "openssl rand" in refused.value.faults[0].message


@pytest.mark.parametrize("name", ["REDIS_URL", "DATABASE_URL", "RABBITMQ_URL"])
def test_a_url_that_cannot_be_read_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    scheme = {"REDIS_URL": "redis", "DATABASE_URL": "postgresql", "RABBITMQ_URL": "amqp"}[name]
    monkeypatch.setenv(name, f"{scheme}://user:hid/den@host:1/0")
    load_settings.cache_clear()

    with pytest.raises(Misconfigured, match=f"{name}: cannot be read.*%2F") as refused:
        load_settings()

    load_settings.cache_clear()
    assert "hid" not in str(refused.value)
