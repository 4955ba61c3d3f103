from parley import Message, Reply, Session

GREETING = "Hello, thanks for the new message! Message again to see your count update."


def reset_after_five(message: Message, session: Session) -> Reply:
    """Count to five, announce the end, and start again."""
    count = session.get_int("count")
    if count > 5:
        return Reply("You've reached the end of the count!")
    text = f"Your current count is {count}" if count else GREETING
    return Reply(text, session=session.remember(count=count + 1))
