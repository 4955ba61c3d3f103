"""Authors' mistakes, each with the error message that names the file, the line and the solution.

Each mistake is made in a development server, for the messages in the terminal and on the page, and
with the fixture `sms`, for the failure of a test. Mistakes that are found at startup are compared
with the output of the start, and with the page that the development server shows instead.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from parley import FlowError, Settings, create_app
from parley.conversation.development_checks import watching
from parley.simulator.delivery import Delivery, Webhook
from parley.simulator.in_process import over_wsgi
from parley.simulator.simulator import TwilioSimulator
from parley.testing import SETTINGS, Application, Clock, Sms
from parley.web import load_error
from tests.webhook import DEVELOPMENT, TOKEN

HEAD = "from parley import Url\nfrom parley.conversation import *\n\n"
"""Three lines: the script of a row starts at line 4, its body at line 6."""
URL = "http://127.0.0.1:8000"
Project = Callable[[dict[str, str]], Path]


@dataclass(frozen=True)
class Mistake:
    """A file `flows/lunch.py`, and a regular expression for the message about its mistake.

    `texts` reach the mistake. `others` are additional files.
    """

    name: str
    source: str
    sentence: str
    texts: tuple[str, ...] = ("hi",)
    others: dict[str, str] = field(default_factory=dict)


def script(body: str, options: str = "", parameters: str = "") -> str:
    return f"{HEAD}@script{options}\ndef lunch({parameters}) -> Script:\n{body}\n"


def flow(body: str) -> str:
    return f"{HEAD}def lunch(message, session):\n{body}\n"


def asks(body: str, sentence: str, name: str, *texts: str, parameters: str = "") -> Mistake:
    """Return a mistake in a script whose body has one or more lines."""
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return Mistake(
        name, script(indented, parameters=parameters), sentence, texts or ("hi", "soup", "cake")
    )


LINE_4, LINE_5, LINE_6, LINE_7 = (rf"flows/lunch\.py, line {number}: " for number in (4, 5, 6, 7))

AT_THE_START = [
    asks(
        "dish = yield choice('Which?', ('soup', 'cake'))\nreturn dish",
        LINE_6 + r"choice\(…\) is not asked: write `yield from choice\(…\)`",
        "yield without from",
    ),
    asks(
        "yield 'Name?'\nif confirm('Sure?'):\n    return 'Fine.'\nreturn 'No.'",
        LINE_7 + r"confirm\(…\) is not asked: write `yield from confirm\(…\)`",
        "a question in a condition",
    ),
    asks(
        "yield 'Name?'\nreturn f\"{number('How many?', 1, 9)} it is\"",
        LINE_7 + r"number\(…\) is not asked: write `yield from number",
        "a question in an f-string",
    ),
    asks(
        "ask('Name?')\nyield 'Age?'\nreturn 'Fine.'",
        LINE_6 + r"ask\(…\) is not asked: write `yield ask\(…\)`",
        "a question of one's own without yield",
    ),
    asks(
        "yield 'Age?'\nif call(len, 'x'):\n    return 'Long.'\nreturn 'Fine.'",
        LINE_7 + r"call\(…\) is not asked: write `yield call\(…\)`",
        "a call in a condition",
    ),
    asks(
        "dish = yield from 'Which dish?'\nreturn dish",
        LINE_6 + 'a text is asked with `yield "…"`, without `from`',
        "yield from a text",
    ),
    asks(
        "price = yield from call(len, 'x')\nreturn str(price)",
        LINE_6 + r"call\(…\) is a step: write `yield call\(…\)`, without `from`",
        "yield from a call",
    ),
    asks(
        "return 'Soup.'",
        LINE_4 + "the script lunch has no `yield`, so it never asks",
        "no generator",
    ),
    Mistake(
        "a generator without @script",
        f"{HEAD}def lunch():\n    yield 'Which?'\n    return 'Fine.'\n",
        LINE_4 + "lunch has a `yield`: write @script above it",
    ),
    Mistake(
        "a flow without parameters",
        f"{HEAD}def lunch():\n    return Reply('hi')\n",
        LINE_4 + r"lunch does not take a message and a session: write `def lunch\(message, session",
    ),
    Mistake(
        "an async flow",
        f"{HEAD}async def lunch(message, session):\n    return Reply('hi')\n",
        LINE_4 + "lunch is async: write `def lunch`",
    ),
    asks(
        "yield 'Which?'\nreturn 'Fine.'",
        LINE_4
        + r"the parameters of the script lunch must be keyword-only. .* `def lunch\(\*, http\)`",
        "a positional parameter",
        parameters="http",
    ),
    asks(
        "yield 'Which?'\nreturn 'Fine.'",
        LINE_4 + "the flow lunch asks for httpp, which is neither a service .*http.* nor a setting",
        "an unknown parameter",
        parameters="*, httpp",
    ),
    asks(
        "yield 'Which?'\nreturn 'Fine.'",
        LINE_4 + "the flow lunch asks for price, .* float is not a type of settings",
        "an unknown annotation",
        parameters="*, price: float",
    ),
    Mistake(
        "a missing import",
        "from parley import Script\n\n\n@script\ndef lunch() -> Script:\n    yield '?'\n",
        LINE_4 + "cannot be imported: NameError: .*'script'.* Write `from parley import script`",
    ),
    Mistake(
        "an import of something else",
        "from parley import choise\n",
        r"flows/lunch\.py, line 1: cannot be imported: ImportError: .*choise.*Did you mean choice",
    ),
    Mistake(
        "a missing package",
        "import nowhere_at_all\n",
        r"flows/lunch\.py, line 1: cannot be imported: ModuleNotF.*\. Install nowhere_at_all",
    ),
    Mistake(
        "a syntax error",
        script("    dish = yield 'Which?'\n    return f'{dish"),
        LINE_7 + "cannot be imported: SyntaxError: unterminated",
    ),
    Mistake(
        "a trigger that Twilio answers",
        script("    yield 'Which?'\n    return 'Fine.'", "(triggers=('stop',))"),
        LINE_4 + "the script lunch uses stop, which Twilio handles: choose another word",
    ),
    Mistake(
        "triggers that are one text",
        script("    yield 'Which?'\n    return 'Fine.'", "(triggers='lunch')"),
        LINE_4 + r'@script has triggers as a single text. Write a tuple: triggers=\("lunch",\)',
    ),
    Mistake(
        "an option that does not exist",
        script("    yield 'Which?'\n    return 'Fine.'", "(trigger=('lunch',))"),
        LINE_4 + "@script has no option trigger: write triggers. It has lifetime, back",
    ),
    asks(
        "dish = yield from choice('Which?', ('soup', 'Cancel'))\nreturn dish",
        LINE_6 + "the choice offers Cancel, which Twilio or the script",
        "an option that Twilio answers",
    ),
    Mistake(
        "a lifetime over four hours",
        script("    yield 'Which?'\n    return 'Fine.'", "(lifetime=86_400)"),
        LINE_4
        + r"the lifetime of the flow lunch is 86400 seconds, and a cookie lasts 14400: set DA",
    ),
    Mistake(
        "two flows of one name",
        script("    yield 'Which?'\n    return 'Fine.'"),
        r"flows/lunch.py, line 4 and more/lunch.py, line 1 both define the flow lunch. Rename one",
        others={"more/lunch.py": "def lunch(message, session): ...\n"},
    ),
    Mistake(
        "a name that continues another's",
        script("    yield 'Which?'\n    return 'Fine.'"),
        r"more/lunch_two.py, line 1: the name lunch-two begins with the name of the flow lunch.*",
        others={"more/lunch_two.py": "def lunch_two(message, session): ...\n"},
    ),
    Mistake(
        "another function than the file's name says",
        f"{HEAD}def dinner(message, session): ...\n",
        r"flows/lunch\.py defines no lunch: write `def lunch\(message, session\):` there",
    ),
    Mistake(
        "on_finished that is not a function",
        script("    yield 'Which?'\n    return 'Fine.'", "(on_finished='answers.csv')"),
        LINE_4 + "the script lunch has on_finished='answers.csv', which is not a function",
    ),
    Mistake(
        "an option without its name",
        script("    yield 'Which?'\n    return 'Fine.'", "(1800)"),
        LINE_4 + r"@script got 1800: pass it by name, @script\(lifetime=1800\)",
    ),
    Mistake(
        "a lifetime without its name",
        f"{HEAD}@flow(1800)\ndef lunch(message, session): ...\n",
        LINE_4 + r"@flow got 1800: pass it by name, @flow\(lifetime=1800\)",
    ),
    Mistake(
        "a kind of message that does not exist",
        script("    yield 'Which?'\n    return 'Fine.'", "(accepts=('pictures',))"),
        LINE_4 + "@script accepts 'pictures', which is not one of tapback, .*picture, voice",
    ),
    Mistake(
        "a language that is not known",
        script("    yield 'Which?'\n    return 'Fine.'", "(language='klingon')"),
        LINE_4 + "@script has the language 'klingon': write one of en, es",
    ),
]

IN_A_TURN = [
    asks(
        "question = choice('Which?', ('soup', 'cake'))\ndish = yield question\nreturn dish",
        LINE_7 + r"the script lunch yielded choice\(…\): write `yield from choice\(…\)`",
        "yield of a question in a variable",
    ),
    asks(
        "dish = yield from choice('Which?', ('soup', 'cake'), 'Sorry?')\nreturn dish",
        LINE_6
        + r"the script lunch raised TypeError: choice\(\) takes 2 positional arguments but 3 "
        r"were given\. Pass the arguments after the \* by name: `choice\(text, options, \*, retry",
        "a keyword-only argument by position",
    ),
    asks(
        "count = yield from number('How many?')\nreturn str(count)",
        LINE_6 + r"the script lunch raised TypeError: number\(\) missing 2 .*\. Write `number\("
        "text, min, max",
        "a missing argument",
    ),
    asks(
        "count = yield from number('How many?', 1, 9, retries=3)\nreturn str(count)",
        LINE_6 + r".*TypeError: number\(\) got an unexpected .*Did you mean (retry|tries)\? Write",
        "an unknown argument",
    ),
    asks("yield 3\nreturn 'x'", LINE_6 + ".*yielded int, which is not a step: write", "a number"),
    asks("yield\nreturn 'x'", LINE_6 + ".*yielded nothing: write a question", "an empty yield"),
    asks(
        "yield ['soup', 'cake']\nreturn 'x'",
        LINE_6 + r".*yielded list: write `yield from choice\(…\)`",
        "a list",
    ),
    asks(
        "yield len\nreturn 'x'", LINE_6 + r".*yielded the function len: write `yield call\(len", "f"
    ),
    asks(
        "yield Finished('Thanks.')\nreturn 'x'",
        LINE_6 + r".*yielded Finished, which ends a script: write `return Finished\(…\)`",
        "yield of the last word",
    ),
    asks(
        "yield 'Name?'\nimport time\nyield f'It is {time.time_ns()}. Fine?'\nreturn 'x'",
        r"flows/lunch\.py, line 8: the script lunch asked 'It is \d+\. Fine\?' before, and 'It is "
        r"\d+\. Fine\?' now, .*Find the value that changed\. Use `yield call\(…\)`",
        "a question with the time in it",
    ),
    asks(
        "import random\nyield f'{random.random()}, fine?'\nreturn 'x'",
        LINE_7 + r".*Find the value that changed\. .*`yield rng\(\)` for random numbers",
        "a question with a random number in it",
    ),
    asks(
        "name = text('Name?')\nyield f'Hello {name}'\nreturn 'x'",
        LINE_7 + r".*says '<generator object text .*write `yield from …` for a question",
        "a question in a text",
    ),
    asks(
        "yield 'Dish?'\nreturn 3",
        LINE_7 + ".*returned int, which is neither a text nor a Reply: write",
        "an end",
    ),
    asks("yield 'Dish?'", LINE_6 + r".*returned nothing: write `return \"Thank you", "no end"),
    asks(
        "yield 'Dish?'\nreturn confirm('Sure?')",
        LINE_7 + r".*returned confirm\(…\), which asks nothing: write `answer = yield from confirm",
        "a question at the end",
    ),
    asks("yield ' '\nreturn 'x'", LINE_6 + ".*asked an empty text: write some words", "empty text"),
    asks(
        "yield from choice('Which?', ())\nreturn 'x'",
        LINE_6 + ".*choice has no options: pass at least one",
        "no options",
    ),
    asks(
        "yield from choice('Which?', ('soup', 'Soup'))\nreturn 'x'",
        LINE_6 + ".*options 1 and 2 of choice are the same",
        "duplicate options",
    ),
    asks(
        "yield from choice('Which?', ('soup'))\nreturn 'x'",
        LINE_6 + r".*the options of choice are one text: write a list of them",
        "options that are one text",
    ),
    asks(
        "yield from choice('How many?', (1, 2))\nreturn 'x'",
        LINE_6 + r".*option 1 of choice is int: write `str\(…\)`",
        "options that are numbers",
    ),
    asks(
        "yield from choice('Which?', [each.title() for each in ('soup', 'stop')])\nreturn 'x'",
        LINE_6 + ".*has a question that uses the word Stop, which Twilio or the script",
        "a computed option that Twilio answers",
    ),
    asks(
        "yield from number('How many?', 9, 1)\nreturn 'x'",
        LINE_6 + ".*min of number is 9, more than max, 1: pass the smaller number first",
        "min over max",
    ),
    asks(
        "yield from number('How many?', '1', '9')\nreturn 'x'",
        LINE_6 + ".*min of number is str: write a whole number",
        "bounds that are texts",
    ),
    asks(
        "yield from confirm('Sure?', default=False)\nreturn 'x'",
        LINE_6 + r".*confirm has a default that is never used: say .* `tries=3`",
        "a default without tries",
    ),
    asks(
        "yield from time('When?', opens='9:00', closes='9:00')\nreturn 'x'",
        LINE_6 + ".*time opens and closes at 9:00: write two different times",
        "hours without a length",
    ),
    asks(
        "yield from time('When?', opens='9am')\nreturn 'x'",
        LINE_6 + ".*'9am' is not a time from 0:00 to 24:00: write it like '9:00'",
        "a time in other words",
    ),
    asks(
        "yield from date('When?', within=-3)\nreturn 'x'",
        LINE_6 + ".*date has within=-3: write the number of days from today",
        "dates in the past",
    ),
    asks(
        "def ask_elsewhere(): raise ValueError('down')\nyield call(ask_elsewhere)\nreturn 'x'",
        LINE_7 + r".*raised ValueError in a call: raise ServiceError in the service.*: down",
        "a service that raises something else",
    ),
    asks(
        "yield call(len('x'))\nreturn 'x'",
        LINE_6 + r".*call got int, which is not a function. Pass the function and then its arg",
        "a call of a result",
    ),
    asks(
        "yield call(object)\nreturn 'x'",
        LINE_6 + r".*called a function whose result is not JSON: return text, numbers",
        "a result that is not JSON",
    ),
    asks(
        "yield ask('Name?', lambda said: None)\nreturn 'x'",
        LINE_6 + ".*reads an answer as NoneType, not str or int",
        "a reader that returns nothing",
    ),
    asks(
        "dish = yield 'Dish?'\nmenu = {}\nreturn menu[dish]",
        r"flows/lunch\.py, line 8: the script lunch raised KeyError: 'soup'",
        "any other error",
        "hi",
        "soup",
    ),
    asks(
        "yield 'Dish?'\nreturn f'{message.text} it is'",
        LINE_7 + ".*AttributeError: .*A Message has body, from_",
        "an attribute that a message does not have",
        parameters="*, message",
    ),
    asks(
        "yield 'Dish?'\nreturn 'x'",
        r"flows/lunch\.py, line 4: KITCHEN_URL not set: set it .*var/development\.env",
        "a missing setting",
        parameters="*, kitchen_url: Url",
    ),
    Mistake(
        "a reply of another type",
        flow("    return 'Hello.'"),
        LINE_4 + r'the flow lunch returned str, not a Reply: write `return Reply\("…"\)`',
    ),
    Mistake(
        "a session that is changed",
        flow("    session['count'] = 1\n    return Reply('x', session=session)"),
        LINE_5
        + r"TypeError: .* A session never changes: write `return Reply\(…, session=session\.rem",
    ),
    Mistake(
        "a session without that name",
        flow("    count = session['count'] + 1\n    return Reply(str(count))"),
        LINE_5 + r"KeyError: 'count'\. A session does not have it yet: write `session\.get",
    ),
    Mistake(
        "a session value that is not JSON",
        flow("    return Reply('x', session=session.remember(seen={1, 2}))"),
        LINE_5 + "a session stores only JSON values, not set",
    ),
    Mistake(
        "a session that is too large",
        flow("    return Reply('x', session=session.remember(said='x' * 5_000))"),
        LINE_4 + "the session needs a cookie of 6,.* remember less",
    ),
    Mistake(
        "a picture without a URL",
        flow("    return Reply(Outgoing('Look.', media_urls=('menu.jpg',)))"),
        LINE_4
        + "the picture 'menu.jpg' is not a URL that Twilio can fetch: write the full URL, https",
    ),
    Mistake(
        "a picture over http",
        flow("    return Reply(Outgoing('Look.', media_urls=('http://a.example/menu.jpg',)))"),
        LINE_4 + "the picture 'http://a.example/menu.jpg' is not .*: write the full URL, https",
    ),
    asks(
        "yield from number('How many?', 1, 9, tries=2, default='3')\nreturn 'x'",
        LINE_6 + ".*the default of number is '3', which it never returns: write 3",
        "a default that is a text",
    ),
    asks(
        "yield from choice('Which?', ('soup', 'cake'), tries=2, default=1)\nreturn 'x'",
        LINE_6 + ".*the default of choice is 1, which it never returns: write 'soup'",
        "a default that is the number of an option",
    ),
    asks(
        "yield from choice('Which?', ('soup', 'cake'), tries=2, default='Cake')\nreturn 'x'",
        LINE_6 + ".*the default of choice is 'Cake', which it never returns: write 'cake'",
        "a default that is written otherwise",
    ),
    asks(
        "yield from confirm('Sure?', tries=2, default='no')\nreturn 'x'",
        LINE_6 + ".*the default of confirm is 'no', which it never returns: write False",
        "a default in words",
    ),
    asks(
        "yield from date('When?', tries=2, default='2027-01-15')\nreturn 'x'",
        LINE_6 + ".*the default of date is '2027-01-15', .*: write a datetime.date",
        "a default day that is a text",
    ),
    asks(
        "yield from number('How many?', 1, 9, retry='From {least} on.')\nreturn 'x'",
        LINE_6 + r".*retry of number has braces that are not \{min\} or \{max\}",
        "braces in a sentence",
    ),
    asks(
        "yield ask('Number?', int)\nreturn 'x'",
        LINE_6 + ".*raised ValueError in reading an answer: raise InvalidAnswer if the",
        "a reader that raises something else",
    ),
    asks(
        "yield 'Number?'\nraise InvalidAnswer('No.')",
        LINE_7 + r".*raised InvalidAnswer: No\. Raise InvalidAnswer in a `check=`",
        "a refused answer outside a question",
    ),
    asks(
        "def closed(): raise ServiceError('closed')\nyield call(closed)\nreturn 'x'",
        LINE_7 + r".*raised ServiceError: closed\. Catch it with `except ServiceError`; in a sc",
        "a service that fails and is not caught",
    ),
    asks(
        "yield 'Dish?'\nreturn goto('dinner')",
        r"flows/lunch\.py, line 4: `goto` works only at the webhook of all flows: use POST",
        "a flow handed over at the URL of one",
    ),
    Mistake(
        "pictures that are one text",
        flow("    return Reply(Outgoing('Look.', media_urls='https://a.example/menu.jpg'))"),
        LINE_5 + r"media_urls of Outgoing is one text: write a tuple, `media_urls=\(url,\)`",
    ),
    Mistake(
        "a recipient that is a number",
        flow("    return Reply(Outgoing('Look.', to=15551230000))"),
        LINE_5 + r'to of Outgoing is int: write a text, `to="\+15551230000"`',
    ),
    Mistake(
        "a text that is not one",
        flow("    return Reply(3)"),
        LINE_5 + "a reply takes str or Outgoing, not int",
    ),
]


def write(project: Project, mistake: Mistake) -> tuple[str, ...]:
    """Write the project with the mistake, and return the location of its flows."""
    project({"flows/lunch.py": mistake.source, **mistake.others})
    return ("./flows", *(["./more"] if mistake.others else []))


def page_of(app: Flask, path: str, **query: str) -> Any:
    client = app.test_client(use_cookies=False)
    local = {"REMOTE_ADDR": "127.0.0.1"}
    response = client.get(path, base_url=URL, query_string=query, environ_base=local)
    assert response.status_code == 200
    return json.loads(response.data)


@pytest.mark.parametrize("mistake", AT_THE_START, ids=lambda each: each.name)
def test_a_mistake_found_at_startup_is_shown_in_the_terminal_and_on_the_page(
    project: Project, mistake: Mistake
) -> None:
    sources = write(project, mistake)
    with pytest.raises(FlowError) as caught:
        create_app(Settings.load(DEVELOPMENT), flows=sources)
    terminal = load_error.described(caught.value)
    assert re.match(mistake.sentence, terminal.partition("\n")[0]), terminal
    app = load_error.make_app(terminal, Settings.load(DEVELOPMENT))
    assert page_of(app, "/phone/server")["load_error"] == terminal


@pytest.mark.parametrize("mistake", IN_A_TURN, ids=lambda each: each.name)
def test_a_mistake_in_a_turn_is_shown_in_the_terminal_on_the_page_and_in_tests(
    project: Project, mistake: Mistake, caplog: pytest.LogCaptureFixture
) -> None:
    sources = write(project, mistake)
    app = create_app(Settings.load(DEVELOPMENT), flows=sources)
    delivery, pair = texted(app, mistake.texts)
    (line,) = [each for each in caplog.messages if each.startswith(("failed", "refused"))]
    state = page_of(app, "/phone/state", flow="lunch", **{"from": pair[0], "to": pair[1]})
    bubbles = state["messages"]
    *before, failure = [each["failure"] for each in bubbles if each["side"] == "mine"]
    assert not any(before)
    sentence = failure["sentence"]
    assert re.match(mistake.sentence, sentence), sentence
    assert delivery.parameters["Body"] == bubbles[len(bubbles) - 1]["body"]
    if line.startswith("failed"):
        assert sentence in line, line
        assert f"text={delivery.parameters['Body']} " in line
    else:
        assert "KITCHEN_URL not set" in line
    caplog.clear()

    sms = Sms(Application(lambda *_: create_app(Settings.load(SETTINGS), flows=sources), Clock()))
    with pytest.raises(AssertionError) as caught:
        play(sms, mistake.texts)
    told = str(caught.value).partition("The text is not answered:\n! ")[2]
    assert re.match(mistake.sentence, told.replace("\n! ", "\n")), told
    assert caught.value.__cause__ is not None
    assert watching.get() is None


def play(sms: Sms, texts: tuple[str, ...]) -> None:
    for text in texts:
        sms.text("lunch", text)


def texted(app: Flask, texts: tuple[str, ...]) -> tuple[Delivery, tuple[str, str]]:
    """Text a development server as its page does, until a text fails."""
    simulator: TwilioSimulator = app.extensions["parley_simulator"]
    simulator.send = over_wsgi(app)
    pair = "+12025550123", "+12025550199"
    for text in texts:
        delivery = simulator.text(Webhook(f"{URL}/sms/lunch", TOKEN), *pair, text)
        if delivery.errors:
            return delivery, pair
    raise AssertionError("no text failed")
