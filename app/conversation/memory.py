"""What a script remembers between two texts."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from app.conversation.session import Session
from app.conversation.walk import MARK


@dataclass(frozen=True, repr=False)
class Memory:
    """The answers with the marks of their steps, who brought the last one, and failed tries.

    In the session under one letter each; failed tries only where there are some, and only their
    number.
    """

    answers: tuple[Any, ...]
    marks: str
    sid: str
    tries: int = 0

    @classmethod
    def of(cls, session: Session) -> "Memory | None":
        """The memory in a session; None where the session is not a script's."""
        answers, marks, sid = session.get("a"), session.get("m"), session.get("s")
        if not isinstance(answers, tuple) or not isinstance(marks, str) or not isinstance(sid, str):
            return None
        if len(marks) != (len(answers) + 1) * MARK:
            return None
        return cls(answers, marks, sid, session.whole_number("t"))

    @property
    def session(self) -> Session:
        tries = {"t": self.tries} if self.tries else {}
        return Session({"a": self.answers, "m": self.marks, "s": self.sid, **tries})

    def before_the_last_question(self) -> "Memory":
        """What was remembered when the previous question was asked; the first has none before."""
        answers = list(self.answers)
        while answers and isinstance(answers[-1], tuple) and answers[-1]:
            answers.pop()  # a step outside, which came after that question
        if not answers:
            return Memory(self.answers, self.marks, self.sid)
        answers.pop()
        return Memory(tuple(answers), self.marks[: (len(answers) + 1) * MARK], self.sid)


def known_by(sid: str) -> str:
    """A few characters by which a message that is delivered again is known."""
    return b64encode(blake2b(sid.encode(errors="surrogatepass"), digest_size=3).digest()).decode()
