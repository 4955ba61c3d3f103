from collections.abc import Callable
from typing import Any

from app.conversation import Script, conversation, number, outside, text


@conversation(first_text_answers=True)
def directory(*, directory_file: str, find_contacts: Callable[[str, str], Any]) -> Script:
    """Find a person's number and address by name."""
    wanted = yield from text("Whose number are you looking for?", most=80)
    found = yield outside(find_contacts, directory_file, wanted)
    if not found:
        return "I know nobody of that name."
    chosen = 1
    if len(found) > 1:
        names = "\n".join(f"{place}. {each[0]}" for place, each in enumerate(found, start=1))
        chosen = yield from number(f"Which one?\n{names}", 1, len(found))
    return "\n".join(part for part in found[chosen - 1] if part)
