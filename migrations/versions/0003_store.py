"""Copies of sources and tables of the city's own: how each stands, and who alone may fill them.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:

    op.create_table(
        "replica",
        sa.Column("system", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("contract", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("generation", LONG, nullable=False),
        sa.Column("previous", LONG, nullable=False),
        sa.Column("form", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("fingerprint", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("as_of", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("previous_as_of", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("due", LONG, nullable=False),
        sa.Column("last_try", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("last_error", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("system", "contract", name=op.f("pk_replica")),
    )
    op.create_table(
        "lease",
        sa.Column("system", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("owner", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("until", LONG, nullable=False),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_lease")),
    )


def downgrade() -> None:

    # What was made from contracts goes with the rows that say what it is.
    for name in sa.inspect(op.get_bind()).get_table_names():
        if name.startswith(("r_", "t_")):
            op.drop_table(name)
    op.drop_table("lease")
    op.drop_table("replica")
