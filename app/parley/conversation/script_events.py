"""The events of scripts, for metrics. They contain no personal data."""

ASKED, ASKED_AGAIN, ANSWERED, GIVEN_UP, WENT_BACK, LEFT = QUESTION_EVENTS = (
    "asked",
    "asked again",
    "answered",
    "given up",
    "went back",
    "left",
)
"""The events of a question. Each question that is asked ends with one of the last four, or with no
further message; before that it may be asked again, if a text is not an answer."""

BEGUN, FINISHED, EXIT, STOP, MENU, RESTART, CHANGED = SCRIPT_EVENTS = (
    "begun",
    "finished",
    "exit",
    "stop",
    "menu",
    "restart",
    "changed",
)
"""The events of a script. Each script that begins ends with one of the others, or with no further
message. `exit`, `stop`, `menu` and `restart` are texts of the person. `changed`: its questions are
not the ones to which the answers in the session belong."""


ScriptEvent = tuple[str, str, str]
"""A flow, an event, and a question; the question is empty for an event of the script itself."""


def left(flow: str, how: str, question: str) -> list[ScriptEvent]:
    """Return the events of a script that ended at a question, which is empty if it is not known.

    `how` is one of SCRIPT_EVENTS.
    """
    return [*([(flow, LEFT, question)] if question else []), (flow, how, "")]
