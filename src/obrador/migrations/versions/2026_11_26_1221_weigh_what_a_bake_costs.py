"""Weigh what a bake costs: who is served from what, what waste and lost sales cost, several bakes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_26_1221"
down_revision = "2026_11_26_1220"
branch_labels = None
depends_on = None

COSTS = ("disposal_minor", "goodwill_minor", "holding_minor", "variable_cost_minor")


def upgrade() -> None:
    op.add_column(
        "products",
        sa.Column("issuing", sa.String(length=20), server_default="oldest_first", nullable=False),
    )
    for cost in COSTS:
        op.add_column("products", sa.Column(cost, sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "products",
        sa.Column(
            "min_display", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False
        ),
    )
    op.add_column(
        "products",
        sa.Column("waves", postgresql.ARRAY(sa.Time()), server_default="{}", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_products_costs_not_negative"), "products", f"least({', '.join(COSTS)}) >= 0"
    )
    op.create_check_constraint(
        op.f("ck_products_min_display_not_negative"), "products", "min_display >= 0"
    )
