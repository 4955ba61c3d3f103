"""Limits of one conversation: no more texts than a person sends, and no loop of two machines.

A conversation may send 30 texts at once, and one every two seconds after them. In a chain of the
same texts the fifth gets no answer, in a chain of automatic replies the third, in one that echoes
us the third or fourth. The state is one number in the session, so that no database is needed.

This runs in every turn at `/sms`, so it is written to be cheap: `make bench-quick` counts it.
"""

from zlib import adler32

from parley.conversation.understanding.automatic_replies import has_mark, is_automatic

LIFETIME = 600
"""Seconds for which the limits are remembered where nothing else is."""
CHAIN_END = 6
TOO_FAST, CHAIN = "too many texts", "a chain of the same texts"
"""Why a text is refused, for the log."""

_EACH = 2
"""Seconds for which a text counts."""
_MOST = 30 * _EACH
_REPEATED, _ECHOED = 2, 3
"""What a repeated text adds to a chain; and one that echoes a reply, or that a phone sent."""

# A state is, from its lowest bit: digests of the last reply and of the last text (9 bits each),
# whether the sender was told of a refusal (1), the chain (3), and when the queue is empty (21). All
# but the last are the history.
_DIGEST = (1 << 9) - 1
_TOLD = 1 << 18
_CHAIN = 19
_DUE = 22
_TIME = (1 << 21) - 1
"""Times are kept modulo 24 days: with a database, a conversation may be remembered for longer."""
_LARGEST = (1 << 43) - 1
_CLOCKS = 5
"""Seconds by which the clocks of two servers may differ."""


def read(state: object, now: int) -> tuple[int, int]:
    """The seconds until the queue is empty, and the history; `now` is in seconds.

    The texts of a conversation wait in a queue that lets one pass every two seconds. Anything that
    is not a state is a first text.
    """
    if type(state) is not int or not 0 <= state <= _LARGEST:
        return 0, 0
    due = state >> _DUE
    queued = due - now & _TIME
    if queued > _MOST + _CLOCKS:  # it is in the past
        queued = 0
    return queued, state - (due << _DUE)


def refusal(queued: int, history: int, body: str) -> str:
    """Why a text gets no answer; empty if it gets one."""
    if queued > _MOST - _EACH:
        return TOO_FAST
    if history < CHAIN_END << _CHAIN:
        return ""
    is_again = body and _digest(body) in (history >> 9 & _DIGEST, history & _DIGEST)
    return CHAIN if is_again or is_automatic(body) else ""


def is_told(history: int) -> bool:
    """Return whether the sender knows that there were too many texts."""
    return history & _TOLD != 0


def after_refusal(queued: int, history: int, now: int, *, told: bool) -> int:
    """The state after a text that was refused; `told` if the sender was."""
    if queued <= _MOST - _EACH:
        queued += _EACH
    return (now + queued & _TIME) << _DUE | history | (_TOLD if told else 0)


def after_answer(queued: int, history: int, now: int, body: str, reply: str) -> int:
    """The state after a text that was answered."""
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
