from parley import Message, Reply, Session


def counter(message: Message, session: Session) -> Reply:
    """Count the texts of this conversation, without a limit."""
    count = session.get_int("count")
    text = f"Your current count is {count}" if count else "Hello, thanks for the new message!"
    return Reply(text, session=session.remember(count=count + 1))
