"""Know drivers: the weather where bakeries are, and promotions; and what models make of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_26_1214"
down_revision = "2026_11_26_1213"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("latitude", sa.Double(), nullable=True))
    op.add_column("tenants", sa.Column("longitude", sa.Double(), nullable=True))
    op.add_column(
        "forecast_models",
        sa.Column(
            "drivers",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
    )
    op.create_table(
        "weather_days",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_forecast", sa.Boolean(), nullable=False),
        sa.Column("temperature", sa.REAL(), nullable=True),
        sa.Column("temperature_max", sa.REAL(), nullable=True),
        sa.Column("precipitation", sa.REAL(), nullable=True),
        sa.Column("wind", sa.REAL(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_weather_days_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "day", "is_forecast", name=op.f("pk_weather_days")),
    )
    op.create_table(
        "promotions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=True),
        sa.Column("percent_off", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(price_minor, percent_off) <= 1", name=op.f("ck_promotions_one_reduction")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["products.tenant_id", "products.id"],
            name=op.f("fk_promotions_tenant_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_promotions_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_promotions")),
    )
    op.create_index(
        op.f("ix_promotions_tenant_id_first_day"), "promotions", ["tenant_id", "first_day"]
    )
    op.create_index(
        op.f("ix_promotions_tenant_id_product_id"), "promotions", ["tenant_id", "product_id"]
    )
