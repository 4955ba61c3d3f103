"""Prometheus' own checks of alerts and expressions, by the program `promtool`."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

PROMTOOL = shutil.which("promtool") or ""
needs_promtool = pytest.mark.skipif(
    not PROMTOOL, reason="promtool is not installed (Debian: apt-get install prometheus)"
)


def promtool(*arguments: str | Path) -> str:
    """Return the output of the program, which must find no errors."""
    ran = subprocess.run(
        [PROMTOOL, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said
    return said


def run_tests(folder: Path, tests: list[dict[str, Any]], *rules: Path, every: str = "1m") -> None:
    """Run tests of rules that are evaluated at an interval, or of expressions over series."""
    file = folder / "tests.yml"
    files = [str(each) for each in rules]
    given = {"rule_files": files, "evaluation_interval": every, "tests": tests}
    file.write_text(json.dumps(given))  # JSON is YAML
    assert "SUCCESS" in promtool("test", "rules", file)


def samples(page: str) -> dict[str, float]:
    """Return the values of a metrics page by series, in Prometheus' notation."""
    return {
        f"{sample.name}{{{_labels(sample.labels)}}}": sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def series_of(before: str, after: str) -> Iterator[dict[str, str]]:
    """Return the series of a server that was scraped each minute: twice before, then after."""
    first, then = samples(before), samples(after)
    for name, value in then.items():
        yield {"series": name, "values": f"{first.get(name, '_')}x1 {value}x8"}


def is_true(expression: str) -> dict[str, Any]:
    """Return a test that an expression is 1 at the end of `series_of`."""
    expected = [{"labels": "{}", "value": 1}]
    return {"expr": expression, "eval_time": "6m", "exp_samples": expected}


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items())
