"""One walk through a script, from its beginning to where it has to wait for an answer."""

import traceback
from binascii import b2a_base64
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from app.conversation.claims import claimed
from app.conversation.session import NotRemembered
from app.conversation.steps import (
    Chance,
    Outside,
    Question,
    Refused,
    Script,
    ScriptChanged,
    ScriptFailed,
    Seed,
    Step,
)

MARK = 3
"""Characters by which a session knows a step again: 18 bits over all that was asked up to it."""
MOST_STEPS = 500
"""Steps outside between two questions; no cookie holds the results of as many."""


class Walk:
    """`step` is the step that waits; None at the end of the script, where `last_words` are said.

    `answers` is what was remembered up to there: str or int for an answer, `()` for a question
    given up, `(result,)` for a step outside. `marks` has MARK characters for each of them and for
    the step that waits. Left as a context manager. Raises ScriptFailed, as all methods do.
    """

    def __init__(self, script: Script, words: Sequence[str]) -> None:
        self._script = script
        self._words = words
        self._asked = blake2b(digest_size=3)
        self._frame = script.gi_frame  # type: ignore[attr-defined]
        self._raised: int | None = None
        self.answers: list[Any] = []
        self.marks = ""
        self.last_words = ""
        self.step = self._resumed(None)

    def repeat(self, answers: Sequence[Any], marks: str) -> None:
        """Hand over what was remembered, each only to the step that it was the answer to.

        Raises ScriptChanged at the first that is another.
        """
        for answer in answers:
            if not marks.startswith(self.marks):
                raise ScriptChanged
            self.give(answer)
        if self.step is None or self.marks != marks:
            raise ScriptChanged

    def give(self, answer: Any) -> None:
        """Go on from the step that waits with what is remembered of it."""
        if self.step is not None:
            self.answers.append(answer)
            self.step = self._resumed(self.step.value(answer))

    def read(self, text: str) -> str | int:
        """What is remembered of an answer to the question that waits; raises Refused."""
        read = self.step.read if isinstance(self.step, Question) else str
        try:
            answer = read(text)
        except Refused:
            raise
        except Exception as error:
            raise self._failed(f"met {type(error).__name__} in reading an answer") from error
        if not isinstance(answer, str | int):
            raise self._failed(f"reads an answer as {type(answer).__name__}, not str or int")
        return answer

    def go_outside(self, sid: str, seed: Seed) -> None:
        """Run the steps outside up to the next question, or the end."""
        for number in range(MOST_STEPS):
            if not isinstance(self.step, Outside | Chance):
                return
            name = f"{sid} {len(self.answers)} {number}"
            try:
                result = self.step.run(lambda name=name: seed(name))  # type: ignore[misc]
            except (NotRemembered, RecursionError) as error:
                raise self._failed("has a result outside that is no JSON") from error
            except Exception as error:
                raise self._failed(f"met {type(error).__name__} outside") from error
            self.give((result,))
        raise self._failed(f"asks nothing in {MOST_STEPS} steps")

    def __enter__(self) -> "Walk":
        return self

    def __exit__(self, _kind: object, failed: BaseException | None, _traceback: object) -> None:
        """End the generator here, so that nobody else does later."""
        try:
            self._script.close()
        except Exception as error:
            if failed is None:
                raise self._failed(f"raised {type(error).__name__} when it was left") from error

    def _resumed(self, value: Any) -> Step | None:
        step: Step
        try:
            step = self._script.send(value)
        except StopIteration as ended:
            self.last_words = self._checked(ended.value, "returned")
            return None
        except Exception as error:
            self._raised = self._raised_in(error)
            raise self._failed(f"raised {type(error).__name__}") from error
        step = Question(step) if isinstance(step, str) else step
        if isinstance(step, Question):
            kind = f"{step.kind}\0{self._checked(step.text, 'asked')}"
            if step.claims and (word := claimed(step.claims, self._words)):
                raise self._failed(f"has a question that claims the word {word}")
        elif isinstance(step, Outside | Chance):
            kind = step.kind
        else:
            raise self._failed(f"yielded {type(step).__name__}, no question and no step")
        said = kind.encode(errors="surrogatepass")
        self._asked.update(b"%d:%b" % (len(said), said))
        self.marks += b2a_base64(self._asked.digest(), newline=False)[:MARK].decode()
        return step

    def _checked(self, text: Any, did: str) -> str:
        if not isinstance(text, str):
            raise self._failed(f"{did} {type(text).__name__}, no text")
        if not text.strip():
            raise self._failed(f"{did} an empty text")
        return text

    def _raised_in(self, error: BaseException) -> int | None:
        """The last line of the script's own file in a traceback."""
        frames = traceback.walk_tb(error.__traceback__)
        lines = [line for frame, line in frames if frame.f_code.co_filename == self._file]
        return lines[-1] if lines else None

    @property
    def _file(self) -> str:
        return str(self._script.gi_code.co_filename)  # type: ignore[attr-defined]

    def _failed(self, did: str) -> ScriptFailed:
        name = self._script.__name__.replace("_", "-")  # type: ignore[attr-defined]
        line = self._raised or self._frame.f_lineno
        return ScriptFailed(f"the script {name} {did}: {self._file}, line {line}")
