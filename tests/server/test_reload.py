"""`parley reload` checks first; a plain SIGHUP behaves as docs/operations.md says."""

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.running import PARLEY, Server, completed, free_port, running, until
from tests.server.senders import to
from tests.server.test_starting import copy_of_the_project
from tests.webhook import SECRET, SETTINGS, Twilio

pytestmark = pytest.mark.live


@dataclass
class Site:
    """A server in a copy of the project, with its session secret in a file."""

    folder: Path
    server: Server

    @property
    def secret(self) -> Path:
        return self.folder / "secret"

    def reload(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return completed(self.folder, [PARLEY, "reload", *arguments])

    def write(self, path: str, old: str, new: str) -> None:
        """Change a file: replace the old text, if any, with the new one."""
        file = self.folder / path
        content = file.read_text() if file.exists() else ""
        assert old in content
        file.write_text(content.replace(old, new) if old else new)


def settings(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in SETTINGS.items() if name != "SESSION_SECRET"}
    return {**kept, "SESSION_SECRET_FILE": str(folder / "secret")}


class site:  # noqa: N801  # read as a function
    """A running site whose process ID is in the file `pid`."""

    def __init__(self, folder: Path) -> None:
        self._project = copy_of_the_project(folder)
        (self._project / "secret").write_text(SECRET)
        conf, pid = str(self._project / "gunicorn.conf.py"), str(self._project / "pid")
        self._running = running(self._project, settings(self._project), "-c", conf, "--pid", pid)

    def __enter__(self) -> Site:
        return Site(self._project, self._running.__enter__())

    def __exit__(self, *_: object) -> None:
        self._running.__exit__(None, None, None)


MISTAKES: dict[str, tuple[Callable[[Site], None], str]] = {
    "a session secret that is too short": (
        lambda site: site.write("secret", SECRET, "too short"),
        "SESSION_SECRET has 9 characters",
    ),
    "a flow with a syntax error": (
        lambda site: site.write("app/flows/broken.py", "", "def broken(:\n"),
        "SyntaxError",
    ),
    "a configuration with a syntax error": (
        lambda site: site.write("gunicorn.conf.py", 'wsgi_app = "wsgi:app"', "wsgi_app = ("),
        "SyntaxError",
    ),
    "a configuration with a wrong value": (
        lambda site: site.write("gunicorn.conf.py", "wsgi_app", 'keepalive = "long"\nwsgi_app'),
        "keepalive",
    ),
    "an application that cannot be imported": (
        lambda site: site.write("wsgi.py", "import sys\n", "import sys\nimport nothing_like_it\n"),
        "nothing_like_it",
    ),
    "an application that does not exist": (
        lambda site: site.write("gunicorn.conf.py", '"wsgi:app"', '"wsgi:application"'),
        "application",
    ),
}


@pytest.mark.threat("S28")
def test_after_a_failed_check_the_old_workers_go_on(tmp_path: Path) -> None:
    with site(tmp_path) as running_site:
        server = running_site.server
        sender = Twilio(to(server))
        sender.text("counter")
        noticed = {}
        for name, (plant, expected) in MISTAKES.items():
            files = {
                each: each.read_bytes()
                for each in running_site.folder.rglob("*")
                if each.suffix == ".py" or each == running_site.secret
            }
            plant(running_site)
            ended = running_site.reload(str(running_site.folder / "pid"))
            noticed[name] = ended.returncode == 1 and expected in ended.stderr
            for each in {*running_site.folder.glob("app/flows/*.py")} - set(files):
                each.unlink()
            for each, content in files.items():
                each.write_bytes(content)
        assert [name for name, is_noticed in noticed.items() if not is_noticed] == []
        assert server.log().count("Booting worker") == 1
        body = sender.hears("counter")
        assert "Your current count is 1" in body
        running_site.secret.write_text(f"{SECRET}{SECRET},{SECRET}")
        ended = running_site.reload(str(server.process.pid))
        assert (ended.returncode, ended.stderr) == (0, "")
        assert f"Reloading process {server.process.pid}." in ended.stdout
        until(lambda: server.log().count("INFO serving") == 2)
        until(lambda: "Worker exiting" in server.log())
        assert "Your current count is 2" in sender.hears("counter")


def test_the_error_without_a_server_says_what_is_wrong(tmp_path: Path) -> None:
    nowhere = Site(tmp_path, Server(free_port(), None, tmp_path))  # type: ignore[arg-type]
    ended = nowhere.reload("nowhere.pid")
    assert ended.returncode == 1
    assert "nowhere.pid is neither a process id nor a file with one" in ended.stderr
    ended = nowhere.reload("4194305")
    assert ended.returncode == 1
    assert "Process 4194305 cannot be examined" in ended.stderr


@pytest.mark.threat("S28")
def test_a_plain_hup_with_invalid_settings_ends_the_server(tmp_path: Path) -> None:
    """gunicorn starts new workers and stops the old ones; it ends when a new one cannot boot."""
    with site(tmp_path) as running_site:
        server = running_site.server
        running_site.secret.write_text("too short")
        server.process.send_signal(signal.SIGHUP)
        assert server.process.wait(timeout=40) == 3
        assert "SESSION_SECRET has 9 characters" in server.log()
        assert "Worker failed to boot" in server.log()


def test_a_server_without_its_command_line_cannot_be_reloaded(tmp_path: Path) -> None:
    """The package setproctitle, if it is installed, replaces gunicorn's command line."""
    title = ["gunicorn: master [wsgi:app]", "-c", "input()"]
    with subprocess.Popen(title, executable=sys.executable, stdin=subprocess.PIPE) as process:
        server = Server(free_port(), process, tmp_path)
        ended = Site(tmp_path, server).reload(str(process.pid))
        process.communicate(b"\n")
    assert ended.returncode == 1
    assert "Uninstall that package" in ended.stderr
    assert f"kill -HUP {process.pid}" in ended.stderr
    assert process.returncode == 0, "it got a signal"
