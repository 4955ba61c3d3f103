from app.conversation import Message, Reply, Session


def says_back(message: Message, session: Session) -> Reply:
    """Say every text again."""
    return Reply(message.body, session=session.remember(texts=session.whole_number("texts") + 1))
