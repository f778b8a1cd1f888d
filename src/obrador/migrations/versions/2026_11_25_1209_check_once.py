"""Batches belong to a tenant through their schedule: no second check of each."""

from alembic import op

revision = "2026_11_25_1209"
down_revision = "2026_11_25_1208"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("fk_production_batches_tenant_id", "production_batches", type_="foreignkey")
