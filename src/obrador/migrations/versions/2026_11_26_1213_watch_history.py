"""Sales of days that forecasts were made from are watched: a change of them is told from a new day."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_1213"
down_revision = "2026_11_26_1212"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sales_folds", sa.Column("watched_until", sa.Date(), nullable=True))
    op.add_column("sales_folds", sa.Column("watched_state", sa.Uuid(), nullable=True))
    op.execute("""
        create or replace function set_sales_fold_back() returns trigger language plpgsql as $$
        begin
            update sales_folds f set version = version + 1,
                folded_until = case when f.folded_until >= c.first then c.first - 1
                    else f.folded_until end,
                watched_state = case when f.watched_until >= c.first then gen_random_uuid()
                    else f.watched_state end
            from (
                select tenant_id, min(business_date) as first from changed group by tenant_id
            ) as c where c.tenant_id = f.tenant_id;
            return null;
        end $$
    """)
