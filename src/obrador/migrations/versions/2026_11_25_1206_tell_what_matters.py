"""Validations, alerts, insights and notifications, and which morning archived a plan."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_1206"
down_revision = "2026_11_25_1205"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("relevant_until", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=20), server_default="open", nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_alerts_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_alerts_tenant_id_key")),
    )
    op.create_index(
        "ix_alerts_active",
        "alerts",
        ["tenant_id", "relevant_until"],
        unique=False,
        postgresql_where=sa.text("status in ('open', 'acknowledged')"),
    )
    op.create_index(
        "ix_alerts_resolved",
        "alerts",
        ["tenant_id", "resolved_at"],
        unique=False,
        postgresql_where=sa.text("status = 'resolved'"),
    )
    op.create_table(
        "insights",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("value_minor", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feedback", sa.String(length=20), nullable=True),
        sa.Column("comment", sa.String(length=500), server_default="", nullable=False),
        sa.Column("feedback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("feedback_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_insights_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_insights")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_insights_tenant_id_key")),
    )
    op.create_index(
        op.f("ix_insights_tenant_id_business_date"),
        "insights",
        ["tenant_id", "business_date"],
        unique=False,
    )
    op.create_table(
        "notification_wishes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_notification_wishes_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "recipient", "kind", name=op.f("pk_notification_wishes")
        ),
    )
    op.create_table(
        "notifications",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_notifications_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notifications")),
        sa.UniqueConstraint(
            "tenant_id",
            "business_date",
            "kind",
            "role",
            name=op.f("uq_notifications_tenant_id_business_date_kind_role"),
        ),
    )
    op.create_table(
        "retraining_decisions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("is_due", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("mape", sa.REAL(), nullable=True),
        sa.Column("mape_before", sa.REAL(), nullable=True),
        sa.Column("mape_lately", sa.REAL(), nullable=True),
        sa.Column("wape", sa.REAL(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_retraining_decisions_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "business_date", name=op.f("pk_retraining_decisions")),
    )
    op.create_table(
        "validation_runs",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("health", sa.String(length=10), nullable=False),
        sa.Column("products", sa.SmallInteger(), nullable=False),
        sa.Column("unforeseen", sa.SmallInteger(), nullable=False),
        sa.Column("zero_sales", sa.SmallInteger(), nullable=False),
        sa.Column("coverage", sa.REAL(), nullable=False),
        sa.Column("mae", sa.REAL(), nullable=False),
        sa.Column("mape", sa.REAL(), nullable=True),
        sa.Column("wape", sa.REAL(), nullable=False),
        sa.Column("rmse", sa.REAL(), nullable=False),
        sa.Column("r2", sa.REAL(), nullable=True),
        sa.Column("accuracy", sa.REAL(), nullable=False),
        sa.Column("bias", sa.REAL(), nullable=False),
        sa.Column("bias_percent", sa.REAL(), nullable=False),
        sa.Column("interval_coverage", sa.REAL(), nullable=False),
        sa.Column("pinball", sa.REAL(), nullable=False),
        sa.Column("by_product", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_validation_runs_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_validation_runs")),
        sa.UniqueConstraint(
            "tenant_id", "business_date", name=op.f("uq_validation_runs_tenant_id_business_date")
        ),
    )
    op.create_table(
        "notification_reads",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "notification_id"],
            ["notifications.tenant_id", "notifications.id"],
            name=op.f("fk_notification_reads_tenant_id_notification_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_notification_reads_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "notification_id", "reader_id", name=op.f("pk_notification_reads")
        ),
    )
    op.add_column("procurement_plans", sa.Column("archived_on", sa.Date(), nullable=True))
    op.add_column("production_schedules", sa.Column("archived_on", sa.Date(), nullable=True))
