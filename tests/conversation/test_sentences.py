"""The engine's own messages, in every language."""

import gettext
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from parley.conversation import Script, confirm, date, script, sentences
from parley.conversation.sentences import LOCALES, say, shown
from tests.conversation.scripts import TODAY, Sender

SENTENCES = [
    value for name, value in vars(sentences).items() if name.isupper() and type(value) is str
]
FILES = sorted(LOCALES.glob("*/LC_MESSAGES/parley.po"))


def names(sentence: str) -> set[str | None]:
    """Return the names of the values in a message."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parts[-3])
def test_every_sentence_is_translated_with_its_values(file: Path) -> None:
    with file.open("rb") as lines:
        catalog = read_po(lines)
    assert {str(each.id) for each in catalog if each.id} == set(SENTENCES)
    for each in catalog:
        if each.id:
            assert each.string, each.id
            assert names(str(each.string)) == names(str(each.id)), each.id


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parts[-3])
def test_the_compiled_translations_are_up_to_date(file: Path) -> None:
    """`make translations` compiles them."""
    language = file.parts[-3]
    compiled = gettext.translation("parley", LOCALES, [language])
    with file.open("rb") as lines:
        catalog = read_po(lines)
    for each in catalog:
        if each.id:
            assert compiled.gettext(str(each.id)) == each.string


def test_a_message_without_a_translation_is_in_english() -> None:
    assert say("xx", sentences.GO_BACK, word="BACK").startswith("To return")
    assert shown(TODAY) == "Sat 21 Nov 2026"
    assert shown(TODAY, "es") == "sáb 21 nov 2026"


def test_a_script_in_spanish_understands_and_answers_in_spanish() -> None:
    @script(language="es")
    def cita() -> Script:
        day = yield from date("¿Qué día?", within=30)
        sure = yield from confirm(f"{day}, ¿seguro?")
        return str(sure)

    sender = Sender(cita)
    sender.says("hola")
    assert sender.says("quizás").startswith(
        "Perdón, no entendí. Responde con un día, como dom 22 nov"
    )
    assert sender.says("pasado mañana, por favor") == "2026-11-23, ¿seguro?"
    assert sender.says("atrás") == "¿Qué día?"
    sender.says("el lunes")
    assert sender.says("claro que sí") == "True"
