"""Row-level security: requests see rows of the bakeries that their door has named."""

import sqlalchemy as sa
from alembic import op

from obrador.kit.fence import ROLE, fence

revision = "2026_11_27_1229"
down_revision = "2026_11_27_1228"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables = f"select, insert, update, delete on all tables in schema public to {ROLE}"
    op.execute(f"grant usage on schema public to {ROLE}")
    op.execute(f"grant {tables}")
    op.execute(f"grant usage on all sequences in schema public to {ROLE}")
    op.execute(
        "alter default privileges in schema public"
        f" grant select, insert, update, delete on tables to {ROLE}"
    )
    op.execute(f"alter default privileges in schema public grant usage on sequences to {ROLE}")
    op.execute(f"revoke all on alembic_version from {ROLE}")
    connection = op.get_bind()
    inspector = sa.inspect(connection)
    owned = [
        table
        for table in inspector.get_table_names()
        if any(column["name"] == "tenant_id" for column in inspector.get_columns(table))
    ]
    fence(connection, owned)
    fence(connection, ["tenants"], column="id")
