from parley import Message, Reply, Session


def static_reply(message: Message, session: Session) -> Reply:
    """Greet the world, whatever is said."""
    return Reply("Hello, World!")
