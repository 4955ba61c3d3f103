from parley import Message, Reply, Session


def static_reply(message: Message, session: Session) -> Reply:
    """Reply "Hello, World!" to every text."""
    return Reply("Hello, World!")
