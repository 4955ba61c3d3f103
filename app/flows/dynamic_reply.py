from parley import Message, Reply, Session


def dynamic_reply(message: Message, session: Session) -> Reply:
    """Reply to hello and to bye."""
    said = message.body.casefold()
    if "hello" in said:
        return Reply("Hello, there!")
    if "bye" in said:
        return Reply("Goodbye!")
    return Reply("Not sure what you meant! Please say hello or bye!")
