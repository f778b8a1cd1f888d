"""Follow schedules from draft to bread: who changed plans, what batches really gave, lots made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_26_1220"
down_revision = "2026_11_26_1214"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_changes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.String(length=20), nullable=False),
        sa.Column("to_status", sa.String(length=20), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_by_name", sa.String(length=254), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column(
            "facts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_plan_changes_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_plan_changes")),
    )
    op.create_index(
        op.f("ix_plan_changes_tenant_id_plan_id"), "plan_changes", ["tenant_id", "plan_id"]
    )
    # Append-only: nobody can rewrite who decided what. Rows go with their bakery only.
    op.execute("""
        create function keep_plan_changes() returns trigger language plpgsql as $$
        begin raise exception 'plan_changes are never altered'; end $$
    """)
    op.execute("""
        create trigger keep_plan_changes before update on plan_changes
        for each statement execute function keep_plan_changes()
    """)

    for table in ("production_schedules", "procurement_plans"):
        op.add_column(table, sa.Column("replaces_id", sa.Uuid(), nullable=True))

    batches = "production_batches"
    op.add_column(
        batches,
        sa.Column("is_pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    for name in ("started_at", "ended_at"):
        op.add_column(batches, sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("made", "wasted"):
        op.add_column(batches, sa.Column(name, sa.Numeric(precision=14, scale=3), nullable=True))
    op.add_column(
        batches, sa.Column("note", sa.String(length=500), server_default="", nullable=False)
    )
    op.add_column(
        batches,
        sa.Column(
            "shortages",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
    )
    op.add_column(batches, sa.Column("posting_id", sa.Uuid(), nullable=True))

    for name in ("recipe_id", "batch_id"):
        op.add_column("stock_lots", sa.Column(name, sa.Uuid(), nullable=True))
    op.add_column("stock_lots", sa.Column("counted_on", sa.Date(), nullable=True))
    op.drop_constraint(op.f("ck_stock_lots_one_item"), "stock_lots", type_="check")
    op.create_check_constraint(
        op.f("ck_stock_lots_one_item"),
        "stock_lots",
        "num_nonnulls(ingredient_id, product_id, recipe_id) = 1",
    )
    op.create_foreign_key(
        op.f("fk_stock_lots_tenant_id_recipe_id"),
        "stock_lots",
        "recipes",
        ["tenant_id", "recipe_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_stock_lots_made_in_stock",
        "stock_lots",
        ["tenant_id", sa.text("coalesce(product_id, recipe_id)")],
        postgresql_where=sa.text("remaining > 0 and ingredient_id is null"),
    )
