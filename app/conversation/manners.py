"""What every script listens to, and says, by itself."""

from dataclasses import dataclass

from app.conversation.message import Message
from app.conversation.session import Session


@dataclass(frozen=True, kw_only=True)
class Manners:
    """The words and sentences of a script; `@conversation(back=None, goodbye="Adieu.")`.

    `back` asks the previous question again, `restart` begins anew, `exit` ends; None turns a word
    off. They win over the answers to a question that takes any text. `goodbye` is said at the exit;
    `changed` where the script asks something else since the last answer. `welcome_back` is said to
    who comes too late: the cookie had expired, or there was none and the text is none of those that
    `begins` a conversation (any text does, where `begins` is empty). With `first_text_answers` the
    first text is the answer to the first question already.
    """

    back: str | None = "back"
    restart: str | None = "restart"
    exit: str | None = "exit"
    goodbye: str = "Goodbye."
    changed: str = "This conversation has changed in the meantime: we start anew."
    welcome_back: str = ""
    begins: tuple[str, ...] = ()
    first_text_answers: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for word in (self.back, self.restart, self.exit) if word)

    def word(self, message: Message) -> str | None:
        """Which of `back`, `restart` and `exit` a message is, whatever they are called here."""
        said = plain(message.body)
        named = {"back": self.back, "restart": self.restart, "exit": self.exit}
        return next((name for name, word in named.items() if word and plain(word) == said), None)

    def too_late(self, message: Message, session: Session) -> bool:
        """Whether a message without a conversation is the answer in one that is lost."""
        strange = bool(self.begins) and plain(message.body) not in map(plain, self.begins)
        return bool(self.welcome_back) and (session.lapsed or strange)


def plain(text: str) -> str:
    """A text as words are compared: without case, space around it, and full stop or mark."""
    return text.strip().rstrip(".!?").rstrip().casefold()
