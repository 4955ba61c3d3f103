"""Add the worker's columns and tables: order and claims of messages, sender rates, consents."""

from alembic import op

revision = "0002"
down_revision = "0001"

CHANGES = """
-- `kind`: `start`, `remind`, `expire`, `wait`, or `message` for one that is sent at any hour.
-- `after`: the message that is sent before this one. `data`: what happens once it was sent.
-- `next_attempt_at` of a claimed message is when Twilio may be asked for its outcome; infinity if
-- the outcome stayed unknown.
ALTER TABLE parley.outbox
    ADD COLUMN kind text NOT NULL DEFAULT 'message',
    ADD COLUMN after bigint,
    ADD COLUMN claimed_at timestamptz,
    ADD COLUMN reason text,
    ADD COLUMN data json NOT NULL DEFAULT '{}';
DROP INDEX parley.outbox_due;
CREATE INDEX outbox_waiting ON parley.outbox (number, next_attempt_at) WHERE status = 'waiting';
CREATE INDEX outbox_unclear ON parley.outbox (next_attempt_at)
    WHERE status IN ('claimed', 'unclear');

-- A script that the server began is a conversation with the flow '', until the person answers it at
-- a webhook: `version` is the id of its first message.

-- The server's numbers, and when each may send its next message.
CREATE TABLE parley.senders (
    number text PRIMARY KEY,
    free_at timestamptz NOT NULL DEFAULT '2000-01-01'
);

-- People who agreed to texts from a number, and how, as stated by the operator.
CREATE TABLE parley.consents (
    person text NOT NULL,
    number text NOT NULL,
    given_at timestamptz NOT NULL,
    how text NOT NULL,
    PRIMARY KEY (person, number)
);

-- The total number of messages sent, failed, cancelled, and unclear.
CREATE TABLE parley.counts (
    name text PRIMARY KEY,
    value bigint NOT NULL
);
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute("""
DROP TABLE parley.counts;
DROP TABLE parley.consents;
DROP TABLE parley.senders;
DROP INDEX parley.outbox_unclear;
DROP INDEX parley.outbox_waiting;
CREATE INDEX outbox_due ON parley.outbox (next_attempt_at)
    WHERE status IN ('waiting', 'claimed', 'unclear');
ALTER TABLE parley.outbox DROP COLUMN kind, DROP COLUMN after, DROP COLUMN claimed_at,
    DROP COLUMN reason, DROP COLUMN data;
""")
