import re

import click

from parley.cli.credentials import auth_token
from parley.cli.options import is_text, numbers
from parley.cli.text import show
from parley.cli.urls import webhook
from parley.simulator.delivery import Delivery, Webhook
from parley.simulator.simulator import TwilioSimulator

ORDERS = "/forget the cookie, /later 4h, /again, /quit"

_DURATION = re.compile(r"([0-9]{1,6})\s*(s|m|h)?")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, None: 1}


@click.command()
@click.argument("flow")
@click.option("--url", help="The server's URL, instead of PUBLIC_URL: a deployed one does as well.")
@numbers
def chat(flow: str, url: str | None, from_: str, to: str) -> None:
    """Text a server from the terminal: type, read, and /quit.

    /forget deletes the cookie, /later 4h advances the clock, /again delivers the last text again.
    The auth token comes from TWILIO_AUTH_TOKEN, or from var/development.env.

    \b
    Example:
      parley chat counter --url https://sms.example.com
    """
    simulator, target = TwilioSimulator(), Webhook(webhook(flow, url), auth_token())
    click.echo(f"Texting {flow} from {from_} to {to}. {ORDERS}.")
    while True:
        try:
            line = click.prompt(">", prompt_suffix=" ", default="", show_default=False)
        except click.Abort:
            return
        if line == "/quit":
            return
        say(simulator, target, from_, to, line)


def say(simulator: TwilioSimulator, target: Webhook, from_: str, to: str, line: str) -> None:
    """Run a command, or send a text."""
    if not is_text(line):
        click.echo("That was no text in UTF-8.")
        return
    word, _, rest = line.partition(" ")
    if word == "/forget":
        simulator.forget(from_, to)
        click.echo("The cookie is forgotten.")
    elif word == "/later":
        click.echo(later(simulator, rest))
    elif word == "/again":
        delivery = simulator.again(from_, to)
        if delivery is None:
            click.echo("Nothing has been texted yet.")
        else:
            answered(delivery.parameters["Body"], delivery)
    elif word.startswith("/"):
        click.echo(f"There are {ORDERS}.")
    else:
        answered(line, simulator.text(target, from_, to, line))


def later(simulator: TwilioSimulator, duration: str) -> str:
    """Advance the clock by `4h`, `90m` or `30s`; return a sentence about it."""
    parts = _DURATION.fullmatch(duration.strip())
    if parts is None:
        return "Say how much later: /later 4h, /later 90m or /later 30s."
    simulator.later(int(parts[1]) * _SECONDS[parts[2]])
    return f"It is {duration.strip()} later."


def answered(body: str, delivery: Delivery) -> None:
    """Print the response, or the error if there is none."""
    try:
        show(body, delivery)
    except click.ClickException as error:
        error.show()
