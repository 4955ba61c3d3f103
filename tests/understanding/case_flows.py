"""Scripts for the tests of reported texts."""

from parley.conversation import (
    Message,
    Reply,
    Script,
    Session,
    choice,
    confirm,
    date,
    flow,
    number,
    script,
    text,
    time,
)
from parley.conversation.sentences import shown


@script(lifetime=14400)
def asks() -> Script:
    name = yield "Name?"
    count = yield from number("How many?", 1, 1000)
    return f"{name}, {count}."


@script(triggers=("book",))
def triggered() -> Script:
    return str((yield "Name?"))


@script
def yes_or_no() -> Script:
    return str((yield from confirm("Sure?")))


@script
def chooses() -> Script:
    options = ("haircut", "beard trim", "café visit", "I'm not sure")
    return str((yield from choice("Which?", options)))


@script
def how_many() -> Script:
    return str((yield from number("How many?", 0, 2000)))


@script
def which_day() -> Script:
    return str((yield from date("Which day?", within=400)))


@script
def what_time() -> Script:
    return str((yield from time("What time?", "9:00", "17:00")))


@script
def people() -> Script:
    return str((yield from choice("How many?", ("2 people", "4 people"))))


@script(accepts=("tapback",))
def curious() -> Script:
    return str((yield "Name?"))


@script(language="es", several=True)
def cita() -> Script:
    """A whole appointment in Spanish."""
    service = yield from choice("¿Qué desea?", ("corte de pelo", "barba", "color"))
    day = yield from date("¿Qué día?", within=60)
    at = yield from time("¿A qué hora, de 9:00 a 17:00?", "9:00", "17:00", day=day)
    count = yield from number("¿Para cuántas personas?", 1, 4)
    name = yield from text("¿Cómo se llama?", max=60)
    summary = f"{service}, {shown(day, 'es')} a las {at:%H:%M}, {count}, {name}"
    if not (yield from confirm(f"{summary}: ¿es correcto?")):
        return "De acuerdo, no he reservado nada."
    return f"Hasta pronto: {summary}."


@flow
def blank(_message: Message, _session: Session) -> Reply:
    """Reply with white space at the end, which is a second message."""
    return Reply("x" * 1600 + "   ")
