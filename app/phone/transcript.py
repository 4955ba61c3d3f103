"""A conversation as it stands in a test."""

from app.phone.delivery import Delivery


def transcript(body: str, delivery: Delivery) -> list[str]:
    """One turn as the lines of a transcript: `> text`, then `< ` before each line of the answers.

    A line break in the text is written `\\n`; `(to +1555…)` stands before what goes elsewhere.
    """
    lines = [f"> {body}".replace("\n", "\\n")]
    for message in delivery.messages:
        text = f"(to {message.to}) {message.body}" if message.to else message.body
        lines += [f"< {line}".rstrip() for line in text.splitlines()]
        lines += [f"< [{url}]" for url in message.media_urls]
    return lines
