"""What people say of forecasts, and whether that helped."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_1212"
down_revision = "2026_11_26_1210"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forecast_overrides",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("said_by_name", sa.String(length=254), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('set', 'add', 'percent', 'withdrawn')",
            name=op.f("ck_forecast_overrides_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_forecast_overrides_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["products.tenant_id", "products.id"],
            name=op.f("fk_forecast_overrides_tenant_id_product_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_forecast_overrides")),
    )
    op.create_index(
        op.f("ix_forecast_overrides_tenant_id_business_date_product_id_id"),
        "forecast_overrides",
        ["tenant_id", "business_date", "product_id", "id"],
        unique=False,
    )
    op.add_column(
        "validation_runs",
        sa.Column("overridden", sa.SmallInteger(), server_default="0", nullable=False),
    )
    for name in ("overridden_sold", "overridden_off", "statistical_off"):
        op.add_column(
            "validation_runs", sa.Column(name, sa.REAL(), server_default="0", nullable=False)
        )
