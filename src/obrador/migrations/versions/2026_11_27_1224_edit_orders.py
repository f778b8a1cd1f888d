"""Edit orders and review purchasing: what a person changed of a line, and the week's report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_1224"
down_revision = "2026_11_26_1223"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "purchase_order_lines",
        sa.Column("edited", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
