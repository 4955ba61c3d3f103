"""Rate limits of a conversation, and detection of loops between two machines.

A sender can send 30 texts at once, and then one every two seconds. In a chain of the same texts the
fifth gets no reply, in a chain of automatic replies the third, in one that echoes the replies the
third or fourth. The state is one number in the session, so no database is required.

This runs in every turn at `/sms`, so it is optimized: `make bench-quick` counts its instructions.
"""

from zlib import adler32

from parley.conversation.understanding.automatic_replies import has_mark, is_automatic

LIFETIME = 600
"""Lifetime in seconds of a session that contains only the limits."""
CHAIN_END = 6
TOO_FAST, CHAIN = "too many texts", "a chain of the same texts"
"""The reasons for refusing a text, for the log."""

_EACH = 2
"""Seconds per text in the queue."""
_MOST = 30 * _EACH
_REPEATED, _ECHOED = 2, 3
"""The increments of a chain: for a repeated text; for an echo or an automatic reply."""

# A state is, from its lowest bit: digests of the last reply and of the last text (9 bits each),
# whether the sender was told of a refusal (1), the chain (3), and when the queue is empty (21). All
# but the last are the history.
_DIGEST = (1 << 9) - 1
_TOLD = 1 << 18
_CHAIN = 19
_DUE = 22
_TIME = (1 << 21) - 1
"""Times are stored modulo 24 days; with a database, a conversation can last longer."""
_LARGEST = (1 << 43) - 1
_CLOCKS = 5
"""Tolerated clock difference between two servers, in seconds."""


def read(state: object, now: int) -> tuple[int, int]:
    """Return the seconds until the queue is empty, and the history; `now` is in seconds.

    The texts of a conversation fill a queue that drains by one every two seconds. Any value that is
    not a state counts as a first text.
    """
    if type(state) is not int or not 0 <= state <= _LARGEST:
        return 0, 0
    due = state >> _DUE
    queued = due - now & _TIME
    if queued > _MOST + _CLOCKS:  # it is in the past
        queued = 0
    return queued, state - (due << _DUE)


def refusal(queued: int, history: int, body: str) -> str:
    """Return why a text gets no reply; empty if it gets one."""
    if queued > _MOST - _EACH:
        return TOO_FAST
    if history < CHAIN_END << _CHAIN:
        return ""
    is_again = body and _digest(body) in (history >> 9 & _DIGEST, history & _DIGEST)
    return CHAIN if is_again or is_automatic(body) else ""


def is_told(history: int) -> bool:
    """Return whether the sender was notified of too many texts."""
    return history & _TOLD != 0


def after_refusal(queued: int, history: int, now: int, *, told: bool) -> int:
    """Return the state after a refused text; `told`: the sender was notified."""
    if queued <= _MOST - _EACH:
        queued += _EACH
    return (now + queued & _TIME) << _DUE | history | (_TOLD if told else 0)


def after_answer(queued: int, history: int, now: int, body: str, reply: str) -> int:
    """Return the state after an answered text."""
    text = body.encode("utf-8", "surrogatepass")
    heard = adler32(text) & _DIGEST
    said = adler32(reply.encode("utf-8", "surrogatepass")) & _DIGEST
    state = (now + queued + _EACH & _TIME) << _DUE | heard << 9 | said
    if heard == said or heard == history & _DIGEST or (has_mark(text) and is_automatic(body)):
        later = _ECHOED
    elif history & _TOLD - 1 == heard << 9 | said:
        later = _REPEATED
    else:
        return state
    chain = min((history >> _CHAIN) + later, CHAIN_END)
    return state | chain << _CHAIN if body else state


def _digest(text: str) -> int:
    return adler32(text.encode("utf-8", "surrogatepass")) & _DIGEST
