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
    op.create_table(
        "purchase_reviews",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saving_minor", sa.Integer(), nullable=False),
        sa.Column("dead_minor", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_purchase_reviews_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_reviews")),
        sa.UniqueConstraint(
            "tenant_id", "business_date", name=op.f("uq_purchase_reviews_tenant_id_business_date")
        ),
    )
