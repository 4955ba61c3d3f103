"""What Parley is measured beside, and how each of them is started."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLAIN = "bench/peers/gunicorn.conf.py"
EXPRESS_FOLDER = ROOT / "bench" / "peers" / "express"


@dataclass(frozen=True)
class Peer:
    """One server that answers texts: `application` is its WSGI callable, empty where it is Node's.

    `checks` is whether it checks signature and cookie; one that does not says always the same.
    """

    name: str
    title: str
    application: str = ""
    checks: bool = True

    def command(self, port: int, *options: str, workers: int = 1) -> list[str]:
        """What starts it on a port of this machine; `options` are gunicorn's."""
        bound = ["--workers", str(workers), "--bind", f"127.0.0.1:{port}", *options]
        if not self.application:
            return [shutil.which("node") or "node", str(EXPRESS_FOLDER / "server.js"), str(port)]
        if self.name == "parley":
            return [sys.executable, "-m", "app", *bound]
        return [sys.executable, "-m", "gunicorn", "-c", PLAIN, *bound, self.application]


RAW_FIXED = Peer("raw-fixed", "a fixed answer, raw WSGI", "bench.peers.raw_fixed:app", checks=False)
FLASK_FIXED = Peer(
    "bare-flask", "a fixed answer, bare Flask", "bench.peers.flask_fixed:app", checks=False
)
FLOOR = Peer("floor", "by hand, raw WSGI", "bench.peers.floor:app")
RAW_LIBRARIES = Peer("raw-libraries", "libraries, raw WSGI", "bench.peers.raw_libraries:app")
TUTORIAL = Peer("tutorial", "the usual tutorial", "bench.peers.tutorial:app")
EXPRESS = Peer("express", "the Node guide, Express 5")
PARLEY = Peer("parley", "Parley", "wsgi:app")

WSGI_PEERS = (RAW_FIXED, FLASK_FIXED, FLOOR, RAW_LIBRARIES, TUTORIAL, PARLEY)


def why_no_express() -> str:
    """Why Express cannot run here; empty where it can. Its packages are installed once."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node or npm is not installed"
    if (EXPRESS_FOLDER / "node_modules" / "express").is_dir():
        return ""
    print("Installing Express and its middleware (once) ...", flush=True)
    command = [shutil.which("npm") or "npm", "ci", "--no-audit", "--no-fund"]
    try:
        tried = subprocess.run(
            command, cwd=EXPRESS_FOLDER, capture_output=True, text=True, timeout=300, check=False
        )
    except subprocess.TimeoutExpired:
        return "npm did not install its packages within five minutes"
    return "" if tried.returncode == 0 else "npm could not install its packages"
