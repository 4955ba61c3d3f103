from parley import Message, Reply, Session, flow


@flow(lifetime=30 * 60)
def brief_counter(message: Message, session: Session) -> Reply:
    """Count the texts of this conversation, and start over after half an hour without one."""
    count = session.get_int("count")
    text = f"Your current count is {count}" if count else "Hello, thanks for the new message!"
    return Reply(text, session=session.remember(count=count + 1))
