"""The attacks that are tests with a name, run again and counted by what they attack."""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from prove.progress import say
from prove.rows import Row

ATTACKS = {
    "unsigned": "S1",
    "replayed": "S2",
    "split otherwise": "S4",
    "another conversation's cookie": "S5",
    "cookie of a forgotten conversation": "S7",
    "empty token": "S12",
    "headers and algorithms": "S13",
    "injection": "S19",
    "oversized and slow": "S25",
}
"""What is attacked, by its row in docs/security.md; timing (S30) has a row of its own here, too."""
ROOT = Path(__file__).parents[2]
SHORT = ("-m", "threat and not live")


def attacks(*, long: bool) -> list[Row]:
    """Every test that is marked with one of these rows; without servers under load in the short
    form, which `make test-live` runs.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        arguments = ["-p", "no:xdist", "-p", "prove.strangers.marked", f"--junitxml={report}"]
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments, *(() if long else SHORT), "tests"],
            cwd=ROOT,
            env={**os.environ, "PROVE_THREATS": ",".join(ATTACKS.values())},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        passed, others = counted(report) if report.exists() else (Counter(), 1)
    if ended.returncode:
        say(ended.stdout)
    tried = ", ".join(f"{attack} {passed[row]}" for attack, row in ATTACKS.items())
    return [
        Row(
            "attacks that have a name, as tests",
            inputs=sum(passed.values()),
            held=not ended.returncode
            and not others
            and all(passed[row] for row in ATTACKS.values()),
            note=f"{tried}; {others} not passed",
        )
    ]


def counted(report: Path) -> tuple[Counter[str], int]:
    """How many tests of each row have passed, and how many have not, or were left out."""
    passed: Counter[str] = Counter()
    others = 0
    for case in ElementTree.parse(report).iter("testcase"):
        if {each.tag for each in case} & {"failure", "error", "skipped"}:
            others += 1
        else:
            passed.update(each.attrib["value"] for each in case.iter("property"))
    return passed, others
