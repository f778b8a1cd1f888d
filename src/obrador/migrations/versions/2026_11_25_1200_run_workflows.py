"""Workflows, executions, chunks and runs with their steps; calendar rules of bakeries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_1200"
down_revision = "2026_11_22_0252"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "executions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workflow", sa.String(length=60), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.String(length=10), server_default="normal", nullable=False),
        sa.Column("status", sa.String(length=20), server_default="pending", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenants", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "steps",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("tenant_timeout_seconds", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("triggered_by", sa.String(length=200), server_default="schedule", nullable=False),
        sa.Column("instance", sa.Uuid(), nullable=True),
        sa.Column("fencing_token", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_executions")),
    )
    op.create_index(
        "ix_executions_unfinished",
        "executions",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status in ('pending', 'running')"),
    )
    op.create_index(
        op.f("ix_executions_workflow_due_at"), "executions", ["workflow", "due_at"], unique=False
    )
    op.create_table(
        "instances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), server_default="alive", nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "heartbeat_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instances")),
    )
    op.create_index(
        "ix_instances_known",
        "instances",
        ["status"],
        unique=False,
        postgresql_where=sa.text("status <> 'buried'"),
    )
    op.create_table(
        "leadership",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("token", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("instance", sa.Uuid(), nullable=True),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leadership")),
    )
    op.execute("insert into leadership (id) values (1)")
    op.create_table(
        "workflow_days",
        sa.Column("workflow", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("executions", sa.Integer(), nullable=False),
        sa.Column("executions_failed", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("runs_failed", sa.Integer(), nullable=False),
        sa.Column("runs_partial", sa.Integer(), nullable=False),
        sa.Column("seconds_p50", sa.REAL(), nullable=True),
        sa.Column("seconds_max", sa.REAL(), nullable=True),
        sa.Column("compute_seconds", sa.REAL(), nullable=False),
        sa.Column("rows_written", sa.BigInteger(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workflow", "day", name=op.f("pk_workflow_days")),
        sa.UniqueConstraint("day", "workflow", name=op.f("uq_workflow_days_day_workflow")),
    )
    op.create_table(
        "workflows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=10), server_default="tenant", nullable=False),
        sa.Column("cron", sa.String(length=100), nullable=True),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("max_duration_seconds", sa.Integer(), nullable=True),
        sa.Column("tenant_timeout_seconds", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "fired_until",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflows")),
        sa.UniqueConstraint("name", name=op.f("uq_workflows_name")),
    )
    op.create_table(
        "chunks",
        sa.Column("execution_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("status", sa.String(length=20), server_default="pending", nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("tenants", sa.Integer(), nullable=False),
        sa.Column("steps_done", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("instance", sa.Uuid(), nullable=True),
        sa.Column(
            "progress_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
            name=op.f("fk_chunks_execution_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("execution_id", "number", name=op.f("pk_chunks")),
    )
    op.create_index(
        "ix_chunks_open",
        "chunks",
        ["progress_at"],
        unique=False,
        postgresql_where=sa.text("status <> 'done'"),
    )
    op.create_table(
        "run_logs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("execution_id", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=True),
        sa.Column("revision", sa.SmallInteger(), nullable=True),
        sa.Column("step", sa.String(length=40), nullable=True),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column(
            "data",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_run_logs_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_logs")),
    )
    op.create_index(
        op.f("ix_run_logs_execution_id_id"), "run_logs", ["execution_id", "id"], unique=False
    )
    op.create_index(op.f("ix_run_logs_tenant_id_id"), "run_logs", ["tenant_id", "id"], unique=False)
    op.create_table(
        "run_snapshots",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "missing",
            postgresql.ARRAY(sa.String(length=20)),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_run_snapshots_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "business_date", "revision", name=op.f("pk_run_snapshots")
        ),
    )
    op.create_table(
        "run_steps",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("workflow", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compute_ms", sa.REAL(), nullable=False),
        sa.Column("rows_written", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("instance", sa.Uuid(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_run_steps_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "business_date", "workflow", "revision", "step", name=op.f("pk_run_steps")
        ),
    )
    op.create_table(
        "triggers",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("workflow", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("is_forced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_triggers_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "workflow", name=op.f("pk_triggers")),
    )
    op.create_index(op.f("ix_triggers_due_at"), "triggers", ["due_at"], unique=False)
    op.add_column(
        "runs",
        sa.Column(
            "workflow", sa.String(length=60), server_default="daily_operations", nullable=False
        ),
    )
    op.drop_constraint("pk_runs", "runs", type_="primary")
    op.create_primary_key("pk_runs", "runs", ["tenant_id", "business_date", "workflow", "revision"])
    op.add_column(
        "runs", sa.Column("serial", sa.BigInteger(), sa.Identity(always=True), nullable=False)
    )
    op.add_column("runs", sa.Column("execution_id", sa.Uuid(), nullable=True))
    op.add_column("runs", sa.Column("chunk", sa.Integer(), nullable=True))
    op.add_column(
        "runs", sa.Column("attempt", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "runs", sa.Column("type", sa.String(length=20), server_default="manual", nullable=False)
    )
    op.add_column(
        "runs", sa.Column("priority", sa.String(length=10), server_default="normal", nullable=False)
    )
    op.add_column(
        "runs",
        sa.Column(
            "triggered_by", sa.String(length=200), server_default="command line", nullable=False
        ),
    )
    op.add_column("runs", sa.Column("instance", sa.Uuid(), nullable=True))
    op.add_column("runs", sa.Column("fencing_token", sa.BigInteger(), nullable=True))
    op.add_column(
        "runs",
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    )
    op.add_column("runs", sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "runs", sa.Column("steps_total", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "runs", sa.Column("steps_completed", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "runs", sa.Column("compensations", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "runs",
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column("runs", sa.Column("compute_ms", sa.REAL(), server_default="0", nullable=False))
    op.add_column(
        "runs", sa.Column("rows_written", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "runs", sa.Column("retries", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "runs",
        sa.Column("is_exhausted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "runs", sa.Column("strikes", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column("runs", sa.Column("error", sa.Text(), nullable=True))
    op.add_column(
        "runs", sa.Column("error_details", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    )
    op.add_column("runs", sa.Column("fulfilment_rate", sa.REAL(), nullable=True))
    op.add_column("runs", sa.Column("on_time_delivery_rate", sa.REAL(), nullable=True))
    op.add_column("runs", sa.Column("cost_accuracy", sa.REAL(), nullable=True))
    op.add_column("runs", sa.Column("quality_score", sa.REAL(), nullable=True))
    op.alter_column(
        "runs", "started_at", existing_type=postgresql.TIMESTAMP(timezone=True), nullable=True
    )
    op.create_index(
        op.f("ix_runs_execution_id_chunk"), "runs", ["execution_id", "chunk"], unique=False
    )
    op.create_index(
        "ix_runs_failed",
        "runs",
        ["business_date"],
        unique=False,
        postgresql_where=sa.text("status in ('failed', 'partial_success')"),
    )
    op.create_index(
        "ix_runs_unfinished",
        "runs",
        ["tenant_id", "business_date"],
        unique=False,
        postgresql_where=sa.text("status in ('pending', 'running')"),
    )
    op.create_foreign_key(
        op.f("fk_runs_execution_id"),
        "runs",
        "executions",
        ["execution_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column(
        "tenants",
        sa.Column("weekend_rule", sa.String(length=100), server_default="run", nullable=False),
    )
    op.add_column(
        "tenants",
        sa.Column("holiday_rule", sa.String(length=100), server_default="run", nullable=False),
    )
    op.create_index(
        "ix_tenants_calendar",
        "tenants",
        ["time_zone", "country", "subdivision", "weekend_rule", "holiday_rule"],
        unique=False,
        postgresql_where=sa.text("status = 'active' and not is_demo"),
    )
