from parley import Message, Reply, Session


def message_number(message: Message, session: Session) -> Reply:
    """Greet every text with its number in this conversation."""
    number = session.get_int("count") + 1
    thanks = "the new message." if number == 1 else f"message number {number}"
    return Reply(f"Hello, thanks for {thanks}", session=session.remember(count=number))
