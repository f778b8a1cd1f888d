"""Count stock: sheets and their lines, why things are wasted, what reverses what."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_1227"
down_revision = "2026_11_27_1226"
branch_labels = None
depends_on = None

_QUANTITY = sa.Numeric(precision=16, scale=3)


def upgrade() -> None:
    op.create_table(
        "waste_reasons",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column(
            "assumed",
            sa.ARRAY(sa.String(length=40)),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_waste_reasons_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_waste_reasons")),
        sa.UniqueConstraint(
            "tenant_id", "name_key", name=op.f("uq_waste_reasons_tenant_id_name_key")
        ),
    )
    movements = "stock_movements"
    op.add_column(movements, sa.Column("cause", sa.String(length=40), nullable=True))
    op.add_column(movements, sa.Column("waste_reason_id", sa.Uuid(), nullable=True))
    op.add_column(
        movements,
        sa.Column("counterparty", sa.String(length=200), server_default="", nullable=False),
    )
    op.add_column(movements, sa.Column("reverses_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_stock_movements_tenant_id_waste_reason_id"),
        movements,
        "waste_reasons",
        ["tenant_id", "waste_reason_id"],
        ["tenant_id", "id"],
    )
    op.create_table(
        "stock_counts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("category", sa.String(length=60), server_default="", nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), server_default="counting", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_stock_counts_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_counts")),
    )
    op.create_table(
        "stock_count_lines",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("count_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("ingredient_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("recipe_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=60), server_default="", nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("expected", _QUANTITY, server_default="0", nullable=False),
        sa.Column("counted", _QUANTITY, nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_by", sa.String(length=254), server_default="", nullable=False),
        sa.Column("is_recount", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("posted", _QUANTITY, nullable=True),
        sa.Column("value_minor", sa.Integer(), nullable=True),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stock_count_lines_never_negative")),
        sa.CheckConstraint(
            "num_nonnulls(ingredient_id, product_id, recipe_id) = 1",
            name=op.f("ck_stock_count_lines_one_item"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_stock_count_lines_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "count_id"],
            ["stock_counts.tenant_id", "stock_counts.id"],
            name=op.f("fk_stock_count_lines_tenant_id_count_id"),
            ondelete="CASCADE",
        ),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{table}.tenant_id", f"{table}.id"],
                name=op.f(f"fk_stock_count_lines_tenant_id_{column}"),
                ondelete="CASCADE",
            )
            for column, table in (
                ("lot_id", "stock_lots"),
                ("ingredient_id", "ingredients"),
                ("product_id", "products"),
                ("recipe_id", "recipes"),
            )
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_count_lines")),
    )
    op.create_index(
        "uq_stock_count_lines_lot",
        "stock_count_lines",
        ["tenant_id", "count_id", "lot_id"],
        unique=True,
    )
    op.create_index(
        "ix_stock_count_lines_counted",
        "stock_count_lines",
        ["tenant_id", "lot_id", "counted_at"],
        postgresql_where=sa.text("posted is not null"),
    )
    op.create_index(
        "ix_alerts_of_stock",
        "alerts",
        ["tenant_id"],
        postgresql_where=sa.text("kind in ('stock_low', 'stock_critical') and key not like '%#%'"),
    )
