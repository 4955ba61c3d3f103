"""Conversations with their queue of texts, opt-outs, timers, and messages to send."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
-- Numbers of server and worker processes; each holds an advisory lock on its own while it lives.
CREATE SEQUENCE parley.process_numbers AS integer CYCLE;

-- One row a conversation: who texts (person), whom (number), and the flow, or `menu` at `/sms`.
CREATE TABLE parley.conversations (
    person text NOT NULL,
    number text NOT NULL,
    flow text NOT NULL,
    -- What is remembered. The type json keeps text as it is: jsonb refuses \\u0000, and turns 1e300
    -- into an integer of 301 digits.
    session json NOT NULL DEFAULT '{}',
    expires_at timestamptz,
    -- Counts the turns. 0: the row was made by a first text that has not been answered yet.
    version bigint NOT NULL DEFAULT 0,
    answered_at timestamptz,
    -- MessageSids that came and are not answered, in their order; the first is being answered.
    queue text[] NOT NULL DEFAULT '{}',
    -- Who answers each of them: the number of a process, times 2^32, plus a count of its texts.
    holders bigint[] NOT NULL DEFAULT '{}',
    leased_at timestamptz,
    -- The last MessageSids that were answered, newest first, and what each was answered with.
    answered text[] NOT NULL DEFAULT '{}',
    replies bytea[] NOT NULL DEFAULT '{}',
    -- A person answers instead of the flow: until when, and who.
    paused_until timestamptz,
    handed_to text,
    PRIMARY KEY (person, number, flow)
) WITH (fillfactor = 70);  -- two updates a turn, which find room on the same page

-- Who opted out of texts from which number. The row goes when the person opts in again.
CREATE TABLE parley.opt_outs (
    person text NOT NULL,
    number text NOT NULL,
    opted_out_at timestamptz NOT NULL,
    how text NOT NULL,
    PRIMARY KEY (person, number)
);

-- What is to happen to a conversation later, one of each kind at a time: `remind`, `expire`,
-- `wait`, `late`. It is dropped if the conversation has another version by then.
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

-- Messages that are sent by Twilio's REST interface, and what became of them. `version` is that of
-- the conversation for which the message was written; it is null if it is sent in any case.
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
