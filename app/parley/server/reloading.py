"""Reloading in development: a worker ends when a file changes, and its successor loads the flows.

gunicorn starts the successor immediately, and connections wait for it. The simulator's
conversations are passed on in a file that no other process can open. docs/decisions/0027 says why
gunicorn's own reloader is not used. This module is imported only in development.
"""

import importlib
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import gevent

from parley.conversation.source_lines import relative
from parley.server import blocking_flows, configuration
from parley.server.project_files import changed, changed_since, roots, state
from parley.settings import DEVELOPMENT_FILE
from parley.web import load_error

INTERVAL = 0.25
"""Seconds between two checks of the files; more if a check takes long."""
GRACE = 2
"""Seconds for which a request that is being answered delays a reload."""
EVENT = "The server was reloaded."
IN_A_ROW = 3
"""Maximum reloads in a row for a file that changes while it is loaded."""
PRELOADED = ("parley.diagnosis.throttle", "parley.web.simulator")
"""Modules that every worker imports, and that are slow to import."""


@dataclass
class Handover:
    """The state that a worker passes to its successor."""

    reason: str = ""
    """The file that was changed."""
    roots: set[Path] = field(default_factory=set)
    simulator: bytes = b""
    in_a_row: int = 0


@dataclass
class Reloader:
    """Watches the files of this process's worker."""

    file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    """Inherited by every worker."""
    inherited: frozenset[str] = frozenset()
    """Modules of the first process: a reload cannot change them."""
    booted_at: int = 0
    error: str = ""
    """Why the application could not be loaded."""

    def __post_init__(self) -> None:
        for name in PRELOADED:
            importlib.import_module(name)

    def boot(self) -> None:
        """Prepare a new worker, before it loads the application."""
        self.booted_at, self.inherited = time.time_ns(), frozenset(sys.modules)
        # Compiled files are identified by second and size: two changes in the same second could be
        # mistaken for one.
        sys.dont_write_bytecode = True

    def failed(self, error: BaseException) -> Any:
        """Return an application that shows this error, because the project's cannot be loaded."""
        self.error = load_error.described(error)
        if configuration.settings is None:  # the start would have failed
            raise error
        return load_error.make_app(self.error, configuration.settings)

    def start(self, application: Any, at_exit: Callable[[], None]) -> bool:
        """Continue where the previous worker ended, and watch; return whether it is a reload."""
        before = self._read()
        simulator = getattr(application, "extensions", {}).get("parley_simulator")
        if simulator and before.simulator:
            simulator.restore(before.simulator)
            if not self.error:
                simulator.note(EVENT)
        own = (each for name, each in list(sys.modules.items()) if name not in self.inherited)
        watched = roots(own) | {DEVELOPMENT_FILE.absolute()}
        if self.error:
            watched |= before.roots  # a module that failed is not among those loaded
        self._write(replace(before, reason=""))
        gevent.spawn(self._watch, watched, simulator, before.in_a_row, at_exit)
        if self.error:
            print(f"{self.error}\nThe flows could not be loaded: correct the file and save it.")
        elif before.reason:
            print(f"Reloaded: {before.reason} was changed.")
        sys.stdout.flush()
        return bool(before.reason or self.error)

    def _watch(
        self, watched: set[Path], simulator: Any, in_a_row: int, at_exit: Callable[[], None]
    ) -> None:
        """End this process once a file has changed, also one that changed while it was loaded."""
        before = state(watched)
        reason = changed_since(self.booted_at, before) if in_a_row < IN_A_ROW else None
        in_a_row = in_a_row + 1 if reason else 0
        while reason is None:
            began = time.process_time()
            reason = changed(before, state(watched))
            gevent.sleep(0 if reason else max(INTERVAL, 10 * (time.process_time() - began)))
        limit = time.monotonic() + GRACE
        while blocking_flows.is_serving() and time.monotonic() < limit:
            gevent.sleep(0.01)
        snapshot = simulator.snapshot() if simulator else self._read().simulator
        self._write(Handover(relative(reason), watched, snapshot, in_a_row))
        at_exit()
        sys.stdout.flush()
        os._exit(0)  # Python's own exit takes half a second under gevent

    def _read(self) -> Handover:
        self.file.seek(0)
        content = self.file.read()
        found: Handover = pickle.loads(content) if content else Handover()  # noqa: S301
        return found

    def _write(self, handover: Handover) -> None:
        self.file.seek(0)
        self.file.truncate()
        self.file.write(pickle.dumps(handover))
        self.file.flush()


reloader = Reloader()
