"""Folded months keep the times of selling out as bytes: what was folded before is folded again."""

from alembic import op

revision = "2026_11_25_1208"
down_revision = "2026_11_25_1207"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "update sales_folds set version = version + 1, folded_from = null, folded_until = null"
    )
    op.execute("delete from sales_months")
