"""Create the tables for conversations with their queue of texts, opt-outs, timers, and messages."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
-- Numbers of server and worker processes; each holds an advisory lock on its number while it runs.
CREATE SEQUENCE parley.process_numbers AS integer CYCLE;

-- One row per conversation: the sender (person), the recipient (number), and the flow, or `menu`
-- at `/sms`.
CREATE TABLE parley.conversations (
    person text NOT NULL,
    number text NOT NULL,
    flow text NOT NULL,
    -- The session. The type json stores text unchanged: jsonb rejects \\u0000, and converts 1e300
    -- to an integer of 301 digits.
    session json NOT NULL DEFAULT '{}',
    expires_at timestamptz,
    -- Number of turns. 0: the row is that of a first text that has not been answered yet.
    version bigint NOT NULL DEFAULT 0,
    answered_at timestamptz,
    -- MessageSids of unanswered texts in order of arrival; the first is being answered.
    queue text[] NOT NULL DEFAULT '{}',
    -- The turn that answers each of them: the number of a process times 2^32, plus a count.
    holders bigint[] NOT NULL DEFAULT '{}',
    leased_at timestamptz,
    -- The last MessageSids that were answered, newest first, and the reply to each.
    answered text[] NOT NULL DEFAULT '{}',
    replies bytea[] NOT NULL DEFAULT '{}',
    -- Until when an operator answers instead of the flow, and which operator.
    paused_until timestamptz,
    handed_to text,
    PRIMARY KEY (person, number, flow)
) WITH (fillfactor = 70);  -- leaves room on the same page for the two updates of a turn

-- People who opted out of texts from a number. The row is deleted when the person opts in again.
CREATE TABLE parley.opt_outs (
    person text NOT NULL,
    number text NOT NULL,
    opted_out_at timestamptz NOT NULL,
    how text NOT NULL,
    PRIMARY KEY (person, number)
);

-- Timers of conversations, one of each kind at a time: `remind`, `expire`, `wait`, `late`. A timer
-- is dropped if the conversation has another version when it is due.
CREATE TABLE parley.timers (
    person text NOT NULL,
    number text NOT NULL,
    flow text NOT NULL,
    kind text NOT NULL,
    version bigint NOT NULL,
    due_at timestamptz NOT NULL,
    data json NOT NULL DEFAULT '{}',
    attempts smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (person, number, flow, kind)
);
CREATE INDEX timers_due ON parley.timers (due_at);

-- Messages that are sent with Twilio's REST API, and their outcome. `version` is that of the
-- conversation for which the message was written; null if it is sent in any case.
CREATE TABLE parley.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person text NOT NULL,
    number text NOT NULL,
    flow text,
    version bigint,
    body text NOT NULL DEFAULT '',
    media_urls text[] NOT NULL DEFAULT '{}',
    status text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'claimed', 'sent', 'unclear', 'failed', 'cancelled')),
    holder bigint,
    attempts smallint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    message_sid text,
    error_code integer,
    created_at timestamptz NOT NULL,
    sent_at timestamptz
);
CREATE INDEX outbox_due ON parley.outbox (next_attempt_at)
    WHERE status IN ('waiting', 'claimed', 'unclear');
CREATE INDEX outbox_of ON parley.outbox (person, number);
CREATE UNIQUE INDEX outbox_sids ON parley.outbox (message_sid) WHERE message_sid IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for name in ("outbox", "timers", "opt_outs", "conversations"):
        op.execute(f"DROP TABLE parley.{name}")
    op.execute("DROP SEQUENCE parley.process_numbers")
