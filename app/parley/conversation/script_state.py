"""What a script remembers between two texts."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from parley.conversation.replay import MARK
from parley.conversation.session import Session

SID = 4
"""Characters of a digest of a message's SID."""
MOST_SIDS = 5
"""Messages that are recognized if Twilio delivers them again."""


@dataclass(frozen=True, repr=False)
class ScriptState:
    """The answers with the marks of their steps, digests of the last messages, and failed tries.

    In the session under one letter each; failed tries only if there are some, and only their
    number. `sids` are the digests of the last messages, the newest first. `is_repeated` says that
    the question that waits was also sent to others, and has been repeated since.
    """

    answers: tuple[Any, ...]
    marks: str
    sids: str
    tries: int = 0
    is_repeated: bool = False

    @classmethod
    def of(cls, session: Session) -> "ScriptState | None":
        """The memory in a session; None where the session is not a script's."""
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
        """The number of the question that waits, from 1; calls are not counted."""
        return 1 + sum(not (isinstance(each, tuple) and each) for each in self.answers)

    @property
    def session(self) -> Session:
        tries = {"t": self.tries} if self.tries else {}
        repeated = {"r": 1} if self.is_repeated else {}
        return Session({"a": self.answers, "m": self.marks, "s": self.sids, **tries, **repeated})

    def has_seen(self, sid: str) -> bool:
        """Whether a message is one of the last that came."""
        digest = sid_digest(sid)
        return digest in (self.sids[n : n + SID] for n in range(0, len(self.sids), SID))

    def is_last(self, sid: str) -> bool:
        """Whether a message is the last that came."""
        return self.sids.startswith(sid_digest(sid))

    def sids_with(self, sid: str) -> str:
        """The digests of the last messages, and of this one."""
        digest = sid_digest(sid)
        others = [self.sids[n : n + SID] for n in range(0, len(self.sids), SID)]
        return "".join([digest, *(each for each in others if each != digest)][:MOST_SIDS])

    def before_the_last_question(self) -> "ScriptState":
        """The state when the previous question was asked; at the first question, this one."""
        answers = list(self.answers)
        while answers and isinstance(answers[-1], tuple) and answers[-1]:
            answers.pop()  # a call, which came after that question
        if not answers:
            return ScriptState(self.answers, self.marks, self.sids)
        answers.pop()
        return ScriptState(tuple(answers), self.marks[: (len(answers) + 1) * MARK], self.sids)


def sid_digest(sid: str) -> str:
    """A few characters by which a message that is delivered again is known."""
    return b64encode(blake2b(sid.encode(errors="surrogatepass"), digest_size=3).digest()).decode()
