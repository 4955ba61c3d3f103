from collections.abc import Callable
from typing import Annotated, Any

from parley import Script, call, choice, confirm, script, text

from ._contacts import SAMPLE, ContactsFile

UNKNOWN = "Sorry, I don't know anyone with that name."


@script(first_message_answers=True)
def directory(
    *,
    find_contacts: Callable[[str, str], Any],
    directory_file: Annotated[ContactsFile, "the people that it finds"] = SAMPLE,
) -> Script:
    """Find a person's number and address by name."""
    wanted = yield from text("Whose number are you looking for?", max=80)
    found = yield call(find_contacts, directory_file, wanted)
    people = found["people"]
    if not people:
        return UNKNOWN
    person = people[0]
    if found["is_guess"]:
        if not (yield from confirm(f"Did you mean {person[0]}?")):
            return UNKNOWN
    elif len(people) > 1:
        count = f"I found {found['count']}. The first are listed. " if found["more"] else ""
        labels = [each[3] for each in people]
        person = people[labels.index((yield from choice(f"{count}Which one?", labels)))]
    return "\n".join(part for part in person[:3] if part)
