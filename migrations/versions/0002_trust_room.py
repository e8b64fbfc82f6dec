"""Clients that prove themselves by keys; assertions that were used, tokens that were revoked.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("jwks", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.alter_column("secret_sha256", existing_type=sqlmodel.sql.sqltypes.AutoString(), nullable=True)

    op.create_table(
        "assertion",
        sa.Column("client", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("jti", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client", "jti", name=op.f("pk_assertion")),
    )
    op.create_table(
        "revoked_token",
        sa.Column("jti", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_revoked_token")),
    )
    for table in ("assertion", "revoked_token"):
        op.create_index(op.f(f"ix_{table}_expires"), table, ["expires"], unique=False)


def downgrade() -> None:

    op.drop_table("revoked_token")
    op.drop_table("assertion")
    op.execute("DELETE FROM client WHERE secret_sha256 IS NULL")
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.alter_column("secret_sha256", existing_type=sqlmodel.sql.sqltypes.AutoString(), nullable=False)
        batch_op.drop_column("jwks")
