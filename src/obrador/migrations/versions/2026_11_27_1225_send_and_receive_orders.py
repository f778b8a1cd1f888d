"""Send orders and receive goods: mail on its way, receipts, and what suppliers have shown."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_1225"
down_revision = "2026_11_27_1224"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suppliers", sa.Column("language", sa.String(length=2), nullable=True))
    orders = "purchase_orders"
    op.add_column(orders, sa.Column("number", sa.String(length=20), nullable=True))
    op.add_column(orders, sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    for name, length in (("sent_via", 20), ("sent_note", 500)):
        op.add_column(
            orders, sa.Column(name, sa.String(length=length), server_default="", nullable=False)
        )
    op.add_column(orders, sa.Column("overdue_since", sa.Date(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_purchase_orders_tenant_id_number"), orders, ["tenant_id", "number"]
    )
    op.add_column(
        "purchase_order_lines",
        sa.Column("cancelled", sa.Numeric(16, 3), server_default="0", nullable=False),
    )
    op.create_table(
        "order_mails",
        *_own_key(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_version", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("status", sa.String(length=20), server_default="queued", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), server_default="", nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_by_name", sa.String(length=254), server_default="", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        *_constraints("order_mails"),
        _reference("order_mails", "order_id", orders),
        sa.UniqueConstraint(
            "tenant_id",
            "order_id",
            "order_version",
            name=op.f("uq_order_mails_tenant_id_order_id_order_version"),
        ),
    )
    op.create_index(
        "ix_order_mails_due",
        "order_mails",
        ["retry_at"],
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_table(
        "order_receipts",
        *_own_key(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column("received_by_name", sa.String(length=254), server_default="", nullable=False),
        sa.Column("document", sa.String(length=60), server_default="", nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *_constraints("order_receipts"),
        _reference("order_receipts", "order_id", orders),
        sa.CheckConstraint(
            "jsonb_array_length(lines) >= 1", name=op.f("ck_order_receipts_says_something")
        ),
    )
    op.create_index(
        op.f("ix_order_receipts_tenant_id_order_id"), "order_receipts", ["tenant_id", "order_id"]
    )
    op.create_table(
        "supplier_deliveries",
        *_own_key(),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("shift_days", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=True),
        sa.Column("is_ended", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("ordered_minor", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), server_default="0", nullable=False)
            for name in ("in_time_minor", "accepted_minor", "refused_minor")
        ),
        *_constraints("supplier_deliveries"),
        _reference("supplier_deliveries", "supplier_id", "suppliers"),
    )
    op.create_index(
        op.f("ix_supplier_deliveries_tenant_id_supplier_id_due_on"),
        "supplier_deliveries",
        ["tenant_id", "supplier_id", "due_on"],
    )
    notes = "supplier_price_notes"
    op.create_table(
        notes,
        *_own_key(),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("ingredient_id", sa.Uuid(), nullable=False),
        sa.Column("pack_size", sa.Numeric(14, 3), nullable=False),
        sa.Column("min_packs", sa.Integer(), server_default="1", nullable=False),
        sa.Column("pack_price_minor", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column(
            "noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        *_constraints(notes),
        _reference(notes, "supplier_id", "suppliers"),
        _reference(notes, "ingredient_id", "ingredients"),
    )
    op.create_index(
        op.f("ix_supplier_price_notes_tenant_id_supplier_id_ingredient_id_noted_at"),
        notes,
        ["tenant_id", "supplier_id", "ingredient_id", "noted_at"],
    )


def _own_key() -> tuple[sa.Column[object], ...]:
    return tuple(sa.Column(name, sa.Uuid(), nullable=False) for name in ("tenant_id", "id"))


def _constraints(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
        ondelete="CASCADE",
    )
