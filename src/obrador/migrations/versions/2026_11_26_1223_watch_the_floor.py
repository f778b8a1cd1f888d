"""Watch the floor: find at once what is at work, what is broken, and what was told of it."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_1223"
down_revision = "2026_11_26_1222"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_production_schedules_at_work",
        "production_schedules",
        ["business_date", "tenant_id"],
        postgresql_where=sa.text("status in ('approved', 'in_progress')"),
    )
    op.create_index(
        "ix_equipment_out_of_order",
        "equipment",
        ["tenant_id"],
        postgresql_where=sa.text("out_of_order_from is not null or out_of_order_to is not null"),
    )
    op.create_index(
        "ix_alerts_of_the_floor",
        "alerts",
        ["tenant_id"],
        postgresql_where=sa.text(
            "status in ('open', 'acknowledged') and kind in ('batch_delayed', 'equipment_out')"
        ),
    )
