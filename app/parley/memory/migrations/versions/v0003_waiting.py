"""Add the script whose question is open, and indexes for the operators' queries."""

from alembic import op

revision = "0003"
down_revision = "0002"

CHANGES = """
-- The script whose question is open, or empty. It changes when a script begins and ends, not with
-- each text, so a turn does not update the index.
ALTER TABLE parley.conversations ADD COLUMN waiting text NOT NULL DEFAULT '';
CREATE INDEX conversations_waiting ON parley.conversations (waiting) WHERE waiting <> '';
CREATE INDEX conversations_held ON parley.conversations (handed_to)
    WHERE handed_to IS NOT NULL;

-- Messages that were not sent, and messages whose texts can be erased.
CREATE INDEX outbox_failed ON parley.outbox (id) WHERE status IN ('unclear', 'failed');
CREATE INDEX outbox_words ON parley.outbox (created_at)
    WHERE (body <> '' OR media_urls <> '{}') AND status NOT IN ('waiting', 'claimed');
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    for name in ("conversations_waiting", "conversations_held", "outbox_failed", "outbox_words"):
        op.execute(f"DROP INDEX parley.{name}")
    op.execute("ALTER TABLE parley.conversations DROP COLUMN waiting")
