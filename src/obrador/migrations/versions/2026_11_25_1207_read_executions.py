"""What lists of executions and statistics of a period read by."""

from alembic import op

revision = "2026_11_25_1207"
down_revision = "2026_11_25_1206"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_executions_due_at_id", "executions", ["due_at", "id"])
    # Rows come day by day, so an index of ranges finds a period, and costs next to nothing to keep.
    for table in ("runs", "run_steps"):
        op.create_index(
            f"ix_{table}_period",
            table,
            ["business_date"],
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
        )
