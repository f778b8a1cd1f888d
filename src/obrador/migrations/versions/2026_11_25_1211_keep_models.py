"""Trained models and their training; the weekly evaluation trains what is due."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_1211"
down_revision = "2026_11_25_1209"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forecast_models",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("products", sa.SmallInteger(), nullable=False),
        sa.Column("data_hash", sa.String(length=64), nullable=False),
        sa.Column("compared_with", sa.Integer(), nullable=True),
        sa.Column("unseen_first", sa.Date(), nullable=False),
        sa.Column("unseen_last", sa.Date(), nullable=False),
        sa.Column("scores", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_forecast_models_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_forecast_models")),
        sa.UniqueConstraint(
            "tenant_id", "version", name=op.f("uq_forecast_models_tenant_id_version")
        ),
    )
    op.create_index(
        "ix_forecast_models_champion",
        "forecast_models",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("status = 'champion'"),
    )
    # It is packed already: not worth trying to compress again.
    op.execute("alter table forecast_models alter column content set storage external")
    op.create_table(
        "training_jobs",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("improvement", sa.REAL(), nullable=True),
        sa.Column("is_promoted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_training_jobs_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_training_jobs")),
    )
    op.create_index(
        "ix_training_jobs_open",
        "training_jobs",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("status in ('queued', 'running')"),
    )
    # As new installations have it, unless somebody has changed it.
    op.execute("""
        update workflows set
            steps = jsonb_set(steps, '{0,on_failure}', '"fallback"'),
            description = 'Looks at 30 days of validation and trains the forecasting models that'
                ' are due.',
            max_duration_seconds = coalesce(max_duration_seconds, 21600)
        where name = 'retraining_evaluation' and jsonb_array_length(steps) = 1
            and steps -> 0 ->> 'stage' = 'retraining_evaluation'
            and steps -> 0 ->> 'on_failure' = 'record'
    """)
