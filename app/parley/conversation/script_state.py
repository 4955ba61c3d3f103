"""The state of a script between two texts."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from parley.conversation.replay import MARK
from parley.conversation.session import Session

SID = 4
"""Length of a digest of a MessageSid, in characters."""
MOST_SIDS = 5
"""Number of messages that are recognized if Twilio delivers them again."""


@dataclass(frozen=True, repr=False)
class ScriptState:
    """The answers with the marks of their steps, digests of the last messages, and failed tries.

    The session stores each under one letter, and failed tries as a number, if there are any.
    `sids` are the digests of the last messages, newest first. `is_repeated`: the open question was
    also sent to other numbers, and was repeated since.
    """

    answers: tuple[Any, ...]
    marks: str
    sids: str
    tries: int = 0
    is_repeated: bool = False

    @classmethod
    def of(cls, session: Session) -> "ScriptState | None":
        """Return the state in a session; None if the session does not belong to a script."""
        answers, marks, sids = session.get("a"), session.get("m"), session.get("s")
        if not isinstance(answers, tuple) or not isinstance(marks, str):
            return None
        if not isinstance(sids, str):
            return None
        if len(marks) != (len(answers) + 1) * MARK:
            return None
        return cls(answers, marks, sids, session.get_int("t"), bool(session.get_int("r")))

    @property
    def question(self) -> int:
        """The number of the open question, from 1; calls are not counted."""
        return 1 + sum(not (isinstance(each, tuple) and each) for each in self.answers)

    @property
    def session(self) -> Session:
        tries = {"t": self.tries} if self.tries else {}
        repeated = {"r": 1} if self.is_repeated else {}
        return Session({"a": self.answers, "m": self.marks, "s": self.sids, **tries, **repeated})

    def has_seen(self, sid: str) -> bool:
        """Return whether a message is one of the last MOST_SIDS, by its SID."""
        digest = sid_digest(sid)
        return digest in (self.sids[n : n + SID] for n in range(0, len(self.sids), SID))

    def is_last(self, sid: str) -> bool:
        """Return whether a message is the last one, by its SID."""
        return self.sids.startswith(sid_digest(sid))

    def sids_with(self, sid: str) -> str:
        """Return the digests of this message and of the last ones before it."""
        digest = sid_digest(sid)
        others = [self.sids[n : n + SID] for n in range(0, len(self.sids), SID)]
        return "".join([digest, *(each for each in others if each != digest)][:MOST_SIDS])

    def before_the_last_question(self) -> "ScriptState":
        """Return the state when the previous question was asked; at the first, this state."""
        answers = list(self.answers)
        while answers and isinstance(answers[-1], tuple) and answers[-1]:
            answers.pop()  # a call after that question
        if not answers:
            return ScriptState(self.answers, self.marks, self.sids)
        answers.pop()
        return ScriptState(tuple(answers), self.marks[: (len(answers) + 1) * MARK], self.sids)


def sid_digest(sid: str) -> str:
    """Return a short digest of a MessageSid, for recognizing a message that is delivered again."""
    return b64encode(blake2b(sid.encode(errors="surrogatepass"), digest_size=3).digest()).decode()
