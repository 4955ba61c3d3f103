"""Ask the database of known vulnerabilities (OSV) about everything that is pinned.

Exit status 0 if nothing is known; 1 for a finding, and for anything else that goes wrong. If the
database cannot be reached, the audit is skipped, and the status is 1 unless AUDIT_MAY_BE_SKIPPED=1
is set. A version with known vulnerabilities is asked about first: a database that does not know
that one is not the database.
"""

import argparse
import json
import os
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PINS = sorted(ROOT.glob("requirements*.txt"))
KNOWN = "flask==0.5"
"""Of which PYSEC-2018-66 and PYSEC-2019-179 tell, among others."""
OSV = "https://api.osv.dev/v1/query"
SECONDS = 15


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--osv-url", default=OSV)
    url = arguments.parse_args().osv_url
    if why := unreachable(url):
        print(f"Audit skipped: the database of vulnerabilities cannot be reached ({why}).")
        return 0 if os.environ.get("AUDIT_MAY_BE_SKIPPED") == "1" else 1
    if not knows_something(url):
        print(f"The audit failed: {url} does not tell what is known of {KNOWN}; is it OSV?")
        return 1
    asked = pip_audit(url, {line for path in PINS for line in pins(path)})
    print(asked.stdout, asked.stderr, sep="", end="")
    return 1 if asked.returncode else 0


def unreachable(url: str) -> str:
    """Why no server answers at a URL; empty if one does, with any answer.

    A wrong certificate is an answer, of another server.
    """
    question = urllib.request.Request(url, b"{}")  # noqa: S310  # the URL is ours
    try:
        urllib.request.urlopen(question, timeout=SECONDS).close()  # noqa: S310
    except urllib.error.HTTPError:
        return ""
    except OSError as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        return "" if isinstance(reason, ssl.SSLError) else str(reason)
    return ""


def knows_something(url: str) -> bool:
    """Return whether a finding would be found, by the same way on which all are asked about."""
    asked = pip_audit(url, {KNOWN})
    try:
        told = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(asked.stderr, end="")
        return False
    return asked.returncode == 1 and any(each.get("vulns") for each in told)


def pins(path: Path) -> list[str]:
    """What a lock pins on this machine, `name==version` each, without hashes and comments."""
    lines = path.read_text().splitlines()
    found = [Requirement(line.rstrip(" \\")) for line in lines if line and line[0] not in "# "]
    return [f"{each.name}{each.specifier}" for each in found if is_for_here(each)]


def is_for_here(pin: Requirement) -> bool:
    return pin.marker is None or pin.marker.evaluate()


def pip_audit(url: str, pinned: set[str]) -> subprocess.CompletedProcess[str]:
    """pip-audit over exact pins; nothing is resolved or installed.

    They go into one file: two that pin the same package alike are an error to it.
    """
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv"]
    command += ["--osv-url", url, "--disable-pip", "--no-deps", "--progress-spinner", "off"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pins.txt")
        file.write_text("".join(f"{line}\n" for line in sorted(pinned)))
        command += ["--format", "json", "-r", str(file)]
        return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
