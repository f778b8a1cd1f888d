"""Settings from the environment and an optional `.env`; every one has a default that works.

`obrador config` prints the effective values. A bad value stops the start with one line that
names the setting.
"""

import os
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import platformdirs
from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from obrador.kit.errors import Fault, Misconfigured
from obrador.kit.mail import check_address, check_url
from obrador.production_mode import weaknesses


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Madrid")
    return name


def _cron(expression: str) -> str:
    try:
        CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(f"{expression!r} is no cron expression: {error}") from None
    return expression


def _url_of(*schemes: str) -> AfterValidator:
    def check(url: SecretStr | None) -> SecretStr | None:
        if not url:
            return url
        if not url.get_secret_value().startswith(tuple(f"{s}://" for s in schemes)):
            raise ValueError(f"must start with {' or '.join(f'{s}://' for s in schemes)}")
        try:
            _ = urlsplit(url.get_secret_value()).port
        except ValueError:  # which tells part of a password
            raise ValueError(
                "cannot be read: write / : @ # ? of a password as %2F %3A %40 %23 %3F"
            ) from None
        return url

    return AfterValidator(check)


def _networks(given: str) -> str:
    for each in filter(None, map(str.strip, given.split(","))):
        try:
            ip_network(each)
        except ValueError:
            raise ValueError(f"{each!r} is no address or network such as 10.0.0.0/8") from None
    return given


def _mail_server(url: SecretStr | None) -> SecretStr | None:
    if url:
        check_url(url.get_secret_value())
    return url


def _mail_sender(address: str | None, given: ValidationInfo) -> str | None:
    if address:
        return check_address(address)
    if given.data.get("smtp_url"):
        raise ValueError("say whom mail comes from: with SMTP_URL it is needed")
    return None


def _http_url(url: str | None) -> str | None:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return url


def _default_home() -> Path:
    """Where data lives: per user, or `/var/lib/obrador` for root.

    PostgreSQL never runs as root, so root's own home, which is closed to others, cannot hold it.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/obrador")
    return platformdirs.user_data_path("obrador")


class Settings(BaseSettings):
    """What an operator can set. Names are those of the environment, in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    environment: Literal["development", "production"] = Field(
        default="development",
        description="production: the start is refused on settings that are too weak for it.",
    )
    obrador_home: Path = Field(
        default_factory=_default_home,
        description="Folder of the embedded database and its secrets.",
    )
    database_url: Annotated[SecretStr | None, _url_of("postgresql", "postgres")] = Field(
        default=None,
        description="postgresql://… of your own server; unset: the embedded PostgreSQL.",
    )
    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(default=8018, ge=1, le=65535, description="Port the server listens on.")
    forwarded_allow_ips: Annotated[str, AfterValidator(_networks)] = Field(
        default="",
        description="Proxies whose word for where requests come from is taken: addresses and"
        " networks, with commas between.",
    )
    public_url: Annotated[str | None, AfterValidator(_http_url)] = Field(
        default=None,
        description="Address that people reach the pages under, for links in mail.",
    )
    default_timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default="Europe/Madrid", description="Time zone of a bakery that names none."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs access tokens and webhooks; unset: made once and kept in OBRADOR_HOME.",
    )
    upload_limit_mb: int = Field(
        default=200, ge=1, le=2000, description="Largest file that an upload may have, in MB."
    )
    request_timeout_seconds: float = Field(
        default=120, gt=0, description="How long an answer may take; after uploads ten times that."
    )
    rate_limit_requester: int = Field(
        default=600, ge=0, description="Requests a minute of one person or key; 0: no limit."
    )
    rate_limit_tenant: int = Field(
        default=3000, ge=0, description="Requests a minute about one bakery; 0: no limit."
    )
    rate_limit_address: int = Field(
        default=120, ge=0, description="Requests a minute of strangers at one address; 0: no limit."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: readable on a terminal, JSON elsewhere."
    )
    debug: bool = Field(default=False, description="More words in the log.")

    redis_url: Annotated[SecretStr | None, _url_of("redis", "rediss")] = Field(
        default=None, description="redis://… for cache and leadership; unset: neither needs one."
    )
    rabbitmq_url: Annotated[SecretStr | None, _url_of("amqp", "amqps")] = Field(
        default=None, description="amqp://… to publish events to; unset: delivered in process."
    )

    smtp_url: Annotated[SecretStr | None, AfterValidator(_mail_server)] = Field(
        default=None,
        description="smtp(s)://user:password@host:port of the mail server; unset: mail is kept in"
        " the folder `outbox` of OBRADOR_HOME.",
    )
    mail_from: Annotated[str | None, AfterValidator(_mail_sender)] = Field(
        default=None,
        validate_default=True,
        description="Address that mail comes from; needed with SMTP_URL.",
    )

    daily_workflow_cron: Annotated[str, AfterValidator(_cron)] = Field(
        default="30 5 * * *", description="When mornings run, in each bakery's own time."
    )
    weekly_workflow_cron: Annotated[str, AfterValidator(_cron)] = Field(
        default="0 9 * * 1",
        description="When the weekly digest is made, in each bakery's own time.",
    )
    max_workflow_duration_seconds: int = Field(
        default=3600, ge=10, description="An execution that takes longer is cancelled."
    )
    tenant_timeout_seconds: int = Field(
        default=180, ge=1, description="Longest that one bakery's step may take."
    )
    chunk_size: int = Field(
        default=50,
        ge=1,
        le=1000,
        description="Bakeries that are read, planned and stored together.",
    )
    workers: int = Field(
        default=1, ge=1, le=64, description="Planning processes of `obrador up` and `worker`."
    )
    worker_concurrency: int = Field(
        default=2, ge=1, le=16, description="Chunks in the hands of one planning process."
    )
    max_concurrent_chunks: int | None = Field(
        default=None, ge=1, description="Chunks in hand at once, all processes together."
    )
    heartbeat_seconds: float = Field(
        default=5, gt=0, description="How often a process says that it is alive; dead after three."
    )

    enable_leader_election: bool = Field(
        default=True, description="false: this scheduler always leads; then run only one."
    )
    leader_backend: Literal["auto", "redis", "postgresql"] = Field(
        default="auto", description="Where leadership is kept; auto: Redis where REDIS_URL is set."
    )
    leader_heartbeat_seconds: float = Field(
        default=30, gt=0, description="How often the leader renews its lock."
    )
    leader_lock_ttl_seconds: float = Field(
        default=90, gt=0, description="After how long without renewal another one leads."
    )
    scheduler_disabled: bool = Field(
        default=False, description="true: nothing new is fired; what runs goes on."
    )
    production_test_mode: bool = Field(
        default=False, description="With DEBUG: fire the daily workflow every 30 minutes."
    )
    retention_days: int = Field(
        default=90, ge=1, description="Age at which runs, their steps and logs are removed."
    )
    audit_retention_days: int = Field(
        default=400, ge=30, description="Age at which what was done, and by whom, is removed."
    )
    projection_retention_days: int = Field(
        default=14, ge=1, description="Age at which projections of stock are removed."
    )
    cost_per_cpu_hour: float = Field(
        default=0.04, ge=0, description="Euro an hour of computing costs, for the cost of a run."
    )
    cost_per_million_rows: float = Field(
        default=0.05, ge=0, description="Euro a million written rows cost, kept and backed up."
    )

    forecasting_service_url: Annotated[str | None, AfterValidator(_http_url)] = Field(
        default=None, description="Forecast there over HTTP; unset: in process."
    )
    production_service_url: Annotated[str | None, AfterValidator(_http_url)] = Field(
        default=None, description="Plan production there; unset: in process."
    )
    procurement_service_url: Annotated[str | None, AfterValidator(_http_url)] = Field(
        default=None, description="Plan purchases there; unset: in process."
    )
    inventory_service_url: Annotated[str | None, AfterValidator(_http_url)] = Field(
        default=None, description="Read ingredients and stock there; unset: in process."
    )
    suppliers_service_url: Annotated[str | None, AfterValidator(_http_url)] = Field(
        default=None, description="Read suppliers and prices there; unset: in process."
    )
    recipes_service_url: Annotated[str | None, AfterValidator(_http_url)] = Field(
        default=None, description="Read products, recipes and equipment there; unset: in process."
    )
    service_token: SecretStr | None = Field(
        default=None, description="Bearer token shown to those services, and asked of them here."
    )
    service_timeout_seconds: float = Field(
        default=30, gt=0, description="How long an answer of those services may take."
    )

    weather_provider: Literal["open_meteo"] | None = Field(
        default=None,
        description="Who is asked for the weather where bakeries are; unset: nobody.",
    )
    weather_api_key: SecretStr | None = Field(
        default=None, description="Key of who pays the provider; unset: its free service."
    )

    webhook_timeout_seconds: float = Field(
        default=15, gt=0, le=20, description="How long a receiver of webhooks may take to answer."
    )
    webhook_allow_private: bool = Field(
        default=False,
        description="true: webhooks may lead into this network, and start with http://.",
    )

    metrics_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port of `worker` and `scheduler` for /metrics; 0: none.",
    )
    metrics_tenants: int = Field(
        default=100, ge=0, description="Bakeries with labels of their own in metrics; then `other`."
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None, description="Where traces are sent (OTLP over HTTP); unset: nowhere."
    )


def refuse_weak(settings: Settings) -> None:
    """Raises Misconfigured in production, if there is something too weak for it: names all."""
    found = weaknesses(settings) if settings.environment == "production" else []
    if found:
        raise Misconfigured(
            "ENVIRONMENT=production asks for more:",
            [Fault(name, remedy) for name, remedy in found],
        )


@cache
def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        Misconfigured: a value is bad, or too weak for production; the message names the setting.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise Misconfigured(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
    refuse_weak(settings)
    return settings
