"""What happens in a script, in words to count by. Nothing in them is of a person."""

ASKED, ASKED_AGAIN, ANSWERED, GIVEN_UP, WENT_BACK, LEFT = QUESTION_EVENTS = (
    "asked",
    "asked again",
    "answered",
    "given up",
    "went back",
    "left",
)
"""What can happen to a question. Each time that it is asked ends with one of the last four, or
with silence; until then it may be asked again, if a text is not an answer."""

BEGUN, FINISHED, EXIT, STOP, MENU, RESTART, CHANGED = SCRIPT_EVENTS = (
    "begun",
    "finished",
    "exit",
    "stop",
    "menu",
    "restart",
    "changed",
)
"""What can happen to a script: each one that is begun ends with one of the others, or in silence.
`exit`, `stop`, `menu` and `restart` are what a person texted. `changed`: it asks something else
than it asked when these answers were given."""


ScriptEvent = tuple[str, str, str]
"""One event of a script: its flow, what happened, and the question; empty for the script itself."""


def left(flow: str, how: str, question: str) -> list[ScriptEvent]:
    """Return the events of a script that has ended at a question; empty if it is not known.

    `how` is one of SCRIPT_EVENTS.
    """
    return [*([(flow, LEFT, question)] if question else []), (flow, how, "")]
