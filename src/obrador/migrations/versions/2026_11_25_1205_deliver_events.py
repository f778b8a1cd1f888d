"""Deliver events: of the platform too, with a schema version, each handled once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_1205"
down_revision = "2026_11_25_1204"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Neither rewrites the table: a constant default is kept beside it.
    op.add_column(
        "outbox_events",
        sa.Column("schema_version", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
    )
    op.alter_column("outbox_events", "tenant_id", nullable=True)
    op.create_table(
        "consumed_events",
        sa.Column("consumer", sa.String(length=80), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column(
            "consumed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_consumed_events")),
    )
    op.create_table(
        "failed_deliveries",
        sa.Column("consumer", sa.String(length=80), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_failed_deliveries")),
    )
    op.create_index(
        "ix_failed_deliveries_due",
        "failed_deliveries",
        ["retry_at"],
        unique=False,
        postgresql_where=sa.text("retry_at is not null"),
    )
    # However the outbox is written, row by row, in bulk or by COPY, its commit wakes the relay;
    # PostgreSQL folds equal notifications of a transaction into one.
    op.execute(
        "create function call_relay() returns trigger language plpgsql as $$"
        " begin perform pg_notify('outbox_events', ''); return null; end $$"
    )
    op.execute(
        "create trigger call_relay after insert on outbox_events"
        " for each statement execute function call_relay()"
    )
