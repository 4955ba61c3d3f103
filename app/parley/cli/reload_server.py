import os
import signal
import subprocess
from pathlib import Path

import click

TITLE = b"gunicorn: "
"""The process title of gunicorn if the package setproctitle is installed."""
PATIENCE = 30
"""Seconds for the check of a server's settings, configuration and flows."""


@click.command()
@click.argument("server")
def reload(server: str) -> None:
    """Reload a running server, if it would start with its current configuration.

    SERVER is the process id of gunicorn's first process, or the file with it. Settings,
    gunicorn.conf.py and flows are checked first, with the server's own command line, environment
    and folder. If there is an error, the server is not reloaded, and the exit status is 1.

    \b
    Example:
      parley reload /run/parley/parley.pid
    """
    pid = process_id(server)
    if problem := check(pid):
        raise click.ClickException(f"Not reloaded; the server continues unchanged.\n{problem}")
    os.kill(pid, signal.SIGHUP)
    click.echo(f"Reloading process {pid}.")


def process_id(server: str) -> int:
    """Return the given process id, or the one in the given file."""
    try:
        return int(server if server.isdigit() else Path(server).read_text().strip())
    except (OSError, ValueError) as error:
        raise click.ClickException(
            f"{server} is neither a process id nor a file with one: {error}. Start the server with "
            "--pid FILE, and give that file."
        ) from None


def check(pid: int) -> str:
    """Run gunicorn's check with the process's command line; return the problem, or ''."""
    process = Path(f"/proc/{pid}")
    try:
        command = (process / "cmdline").read_bytes().split(b"\0")[:-1]
        given = (process / "environ").read_bytes().split(b"\0")[:-1]
        folder = (process / "cwd").readlink()
    except OSError as error:
        raise click.ClickException(
            f"Process {pid} cannot be examined: {error.strerror}. Check that the server is "
            "running, and that you are its user."
        ) from None
    if not command or command[0].startswith(TITLE):
        raise click.ClickException(
            f"Process {pid} does not show its command line: the package setproctitle replaces it. "
            "Uninstall that package; or run the server's command with --check-config, and then "
            f"kill -HUP {pid}."
        )
    environ = dict(line.partition(b"=")[::2] for line in given)
    try:
        ended = subprocess.run(  # noqa: S603  # the server's own command
            [*command, b"--check-config"],
            env=environ,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"The check did not end: {type(error).__name__}."
    return "" if ended.returncode == 0 else reason(ended.stderr)


def reason(report: str) -> str:
    """Return the output of a failed check; only the message of a settings or flow error."""
    for error in ("SettingsError: ", "FlowError: "):
        if found := report.rpartition(error)[2] if error in report else "":
            return found.strip()
    return report.strip() or "The check ended without output. Check that there is free memory."
