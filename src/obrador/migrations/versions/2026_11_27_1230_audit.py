"""Who did what: a table that is only ever added to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from obrador.kit.fence import ROLE, SEEN

revision = "2026_11_27_1230"
down_revision = "2026_11_27_1229"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=254), server_default="", nullable=False),
        sa.Column("action", sa.String(length=200), nullable=False),
        sa.Column("things", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=45), server_default="", nullable=False),
        sa.Column("program", sa.String(length=120), server_default="", nullable=False),
        sa.Column("once", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        sa.UniqueConstraint("once", name=op.f("uq_audit_log_once")),
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"])
    op.create_index(op.f("ix_audit_log_tenant_id_id"), "audit_log", ["tenant_id", "id"])
    # A bakery sees its own; what is about none of them may be written, and read from outside only.
    seen = SEEN.format(column="tenant_id")
    op.execute(f"revoke all on audit_log from {ROLE}")
    op.execute(f"grant select, insert on audit_log to {ROLE}")
    op.execute("alter table audit_log enable row level security")
    op.execute(f"create policy own_bakeries on audit_log for select to {ROLE} using {seen}")
    op.execute(
        f"create policy own_or_none on audit_log for insert to {ROLE}"
        f" with check (tenant_id is null or {seen})"
    )
    # Not even the owner of the table rewrites it. What is old goes, by who says how old that is.
    op.execute("""
        create function keep_audit_log() returns trigger language plpgsql as $$
        begin
            if tg_op = 'DELETE' and tg_level = 'ROW' and
                old.at < nullif(current_setting('obrador.audit_before', true), '')::timestamptz
            then
                return old;
            end if;
            raise exception 'The audit log is only ever added to.';
        end $$
    """)
    op.execute("""
        create trigger keep_audit_log before update or delete on audit_log
        for each row execute function keep_audit_log()
    """)
    op.execute("""
        create trigger keep_audit_log_whole before truncate on audit_log
        for each statement execute function keep_audit_log()
    """)
