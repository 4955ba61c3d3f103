"""The worker of a development server with a database, which sends to the simulated phone.

It uses the simulated phone's clock: "Tomorrow" there makes tomorrow's messages due.
"""

import secrets
import threading

from parley.memory.addresses import original
from parley.memory.database import Database
from parley.memory.outbox import Candidate, Outbox, Pace, Unsettled
from parley.memory.postgres import PostgresMemory
from parley.memory.timers import Timers
from parley.resuming import Resumer
from parley.settings import Settings
from parley.simulator.simulator import TwilioSimulator
from parley.starting import Starter
from parley.turn import Webhook
from parley.worker.worker import Sender, Worker


class PhoneSender:
    """Sends to the simulated phone instead of to Twilio."""

    def __init__(self, outbox: Outbox, simulator: TwilioSimulator) -> None:
        self._outbox, self._simulator = outbox, simulator

    def send(self, message: Candidate, claimed: float) -> None:  # noqa: ARG002  # as Sender.send
        sid = f"SM{secrets.token_hex(16)}"
        number, person = original(message.number), original(message.person)
        self._simulator.receive(number, person, message.body, tuple(message.media_urls), sid)
        self._outbox.sent(message, sid)

    def find_out(self, message: Unsettled) -> None:
        """Retry a message that did not arrive before a restart of the server."""
        self._outbox.retry(message, 0, "the development server was restarted")

    def cancelled(self, message: Candidate, why: str) -> None:
        """Do nothing for a cancelled message."""


class PhoneWorker:
    """Works in a thread of the development server, from `start` until the process ends."""

    def __init__(self, settings: Settings, webhook: Webhook, simulator: TwilioSimulator) -> None:
        self._settings, self._webhook, self._simulator = settings, webhook, simulator

    def start(self) -> None:
        """Begin to work, after the fork."""
        memory = self._webhook.memory.lasting
        if not isinstance(memory, PostgresMemory):  # the flows could not be loaded
            return
        worker = self._worker(memory.database)
        threading.Thread(target=worker.run, name="parley-phone-worker", daemon=True).start()

    def _worker(self, database: Database) -> Worker:
        settings, webhook, clock = self._settings, self._webhook, self._simulator.now
        starter = Starter.serving(settings, webhook)
        outbox = Outbox(database, clock, Pace(1 / settings.sends_per_second, settle=1))
        return make_worker(starter, webhook, outbox, PhoneSender(outbox, self._simulator))


def make_worker(starter: Starter, webhook: Webhook, outbox: Outbox, sender: Sender) -> Worker:
    """A worker for the flows of a server."""
    timers = Timers(outbox.database, outbox.clock, starter.quiet.end)
    memory = webhook.memory.lasting
    resumer = Resumer(webhook.flows, webhook.router, memory, webhook.metrics)
    return Worker(outbox, sender, starter.delay, timers, resumer)
