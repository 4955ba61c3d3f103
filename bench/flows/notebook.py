from app.conversation import Message, Reply, Session


def notebook(message: Message, session: Session) -> Reply:
    """Note every text behind the others."""
    notes = str(session.get("notes", "")) + message.body
    return Reply("Noted.", session=session.remember(notes=notes))
