"""A script's answers as rows of a CSV file, appended by several processes concurrently."""

import csv
import fcntl
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from parley.conversation import Finished, ServiceError, Submission
from parley.services import append_csv as csv_file
from parley.services.append_csv import append_csv
from parley.settings import SettingsError
from parley.testing import Sms

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def append(folder: Path, id_: str = "SM1-2", flow: str = "lunch", **answers: Any) -> None:
    answers = dict(Finished("", **answers).answers)
    append_csv(Submission(flow, id_, AT, answers), answers_folder=str(folder))


def rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.reader(opened))


def test_the_answers_of_a_conversation_are_a_row(
    sms: Sms, guest_flow: Callable[[str, str], None], tmp_path: Path
) -> None:
    guest_flow(
        "lunch",
        "from parley import Finished, Script, append_csv, script\n"
        "@script(on_finished=append_csv)\ndef lunch() -> Script:\n"
        "    name = yield 'Name?'\n    return Finished('Bye.', name=name, sure=True)\n",
    )
    phone = sms(settings={"ANSWERS_FOLDER": str(tmp_path)})
    phone.text("lunch")
    phone.text("lunch", "Zoë\n=1+1", MessageSid="SM" + "a" * 32)
    phone.deliver_again()
    file = tmp_path / "lunch.csv"
    assert rows(file) == [
        ["id", "finished_at", "name", "sure"],
        ["SM" + "a" * 32 + "-1", "2027-01-15T08:00:00+00:00", "Zoë\n'=1+1", "True"],
    ]
    assert file.stat().st_mode & 0o777 == 0o600


def test_each_value_has_its_cell_format(tmp_path: Path) -> None:
    append(tmp_path, a=-3, b=None, c=["ham", "ü"], d={"x": [1]}, e='say "hi", ok', f="")
    (_, row) = rows(tmp_path / "lunch.csv")
    assert row[2:] == ["-3", "", "ham, ü", '{"x": [1]}', 'say "hi", ok', ""]


@pytest.mark.threat("S31")
@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"]
)
def test_no_cell_is_read_as_a_formula(tmp_path: Path, text: str) -> None:
    append(tmp_path, text=text, items=[text, "x"], inside={text: text})
    (_, row) = rows(tmp_path / "lunch.csv")
    assert row[2].startswith(f"'{text[0]}")
    assert row[3].startswith(f"'{text[0]}")
    assert [each.replace("'", "") for each in row[2:4]] == [text, f"{text}, x"]
    assert row[4].startswith('{"')


@pytest.mark.threat("S31")
def test_no_cell_is_read_as_a_formula_with_semicolons_as_separators(
    tmp_path: Path,
) -> None:
    hostile = [
        "a;=1+1;",
        "a; =1+1",
        ";-1",
        "a\t@x",
        "a\r\n=1;",
        "a;;+1;=1",
        "\n=1",
        ' =1";=1;',
        "  =1",
    ]
    for number, text in enumerate(hostile):
        append(tmp_path, f"SM1-{number}", text=text, items=[text], inside={"x": text})
    append(tmp_path, "SM2-1", text="ham; two - or 3", items=["a-b"], inside={})
    file = tmp_path / "lunch.csv"
    with file.open(encoding="utf-8-sig", newline="") as opened:
        cells = [each for line in opened for each in re.split(r"[;\t\r\n]", line)]
    assert not [each for each in cells if each.strip().startswith(("=", "+", "-", "@"))]
    (*_, last) = rows(file)
    assert last[2:] == ["ham; two - or 3", "a-b", "{}"]


def test_other_column_names_start_another_file(tmp_path: Path) -> None:
    append(tmp_path, "SM1-1", name="a")
    append(tmp_path, "SM2-1", name="b", dish="soup")
    append(tmp_path, "SM3-1", name="c")
    append(tmp_path, "SM4-1", name="d", dish="cake")
    assert [row[2:] for row in rows(tmp_path / "lunch.csv")] == [["name"], ["a"], ["c"]]
    assert [row[2:] for row in rows(tmp_path / "lunch.2.csv")[1:]] == [["b", "soup"], ["d", "cake"]]


def test_a_row_is_appended_once_for_each_submission(tmp_path: Path) -> None:
    for id_ in ("SM1-2", "SM1-2", "SM11-2", "SM1-2"):
        append(tmp_path, id_, name='\r\n"SM11-2",')
    assert [row[0] for row in rows(tmp_path / "lunch.csv")[1:]] == ["SM1-2", "SM11-2"]


def test_a_row_follows_a_last_line_without_an_end(tmp_path: Path) -> None:
    append(tmp_path, "SM1-2", name="a")
    file = tmp_path / "lunch.csv"
    file.write_bytes(file.read_bytes().rstrip())
    append(tmp_path, "SM2-2", name="b")
    assert [row[2] for row in rows(file)] == ["name", "a", "b"]


APPENDS = """
import sys
from datetime import UTC, datetime
from parley.conversation import Submission
from parley.services.append_csv import append_csv
folder, worker = sys.argv[1:]
for n in range(100):
    answers = {"name": f"{worker} {n}" + "x" * 5000}
    append_csv(Submission("lunch", f"SM{worker}-{n}", datetime.now(UTC), answers),
               answers_folder=folder)
"""


def test_concurrent_processes_lose_and_mix_no_rows(tmp_path: Path) -> None:
    command = [sys.executable, "-c", APPENDS, str(tmp_path)]
    app = str(Path(csv_file.__file__).parents[2])
    workers = [
        subprocess.Popen([*command, str(each)], env={"PYTHONPATH": app}) for each in range(4)
    ]
    assert [each.wait(60) for each in workers] == [0, 0, 0, 0]
    found = rows(tmp_path / "lunch.csv")
    assert len(found) == 401
    assert len({row[0] for row in found}) == 401
    assert {len(row[2]) for row in found[1:]} == {5003, 5004}


def test_a_locked_file_is_a_service_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "LOCK_SECONDS", 0.1)
    append(tmp_path, name="a")
    with (tmp_path / "lunch.csv").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ServiceError, match=r"lunch\.csv is locked by another process"):
            append(tmp_path, "SM2-2", name="b")


def test_a_full_disk_is_a_service_error_and_leaves_no_partial_row(tmp_path: Path) -> None:
    append(tmp_path, name="a")
    before = (tmp_path / "lunch.csv").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))
        with pytest.raises(ServiceError, match=r"lunch\.csv cannot be written: "):
            append(tmp_path, "SM2-2", name="b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (tmp_path / "lunch.csv").read_bytes() == before
    append(tmp_path, "SM2-2", name="b")
    assert len(rows(tmp_path / "lunch.csv")) == 3


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lunch.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ServiceError, match="cannot be written"):
        append(tmp_path, name="a")
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_with_other_content_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "lunch.csv").write_text("something else\n")
    append(tmp_path, name="a")
    assert (tmp_path / "lunch.csv").read_text() == "something else\n"
    assert len(rows(tmp_path / "lunch.2.csv")) == 2


def test_an_invalid_folder_is_an_error(
    sms: Sms, guest_flow: Callable[[str, str], None], tmp_path: Path
) -> None:
    guest_flow(
        "lunch",
        "from parley import Finished, Script, append_csv, script\n"
        "@script(on_finished=append_csv)\ndef lunch() -> Script:\n"
        "    return Finished('Bye.', name=(yield 'Name?'))\n",
    )
    with pytest.raises(SettingsError, match=r"ANSWERS_FOLDER names .*, which is not a folder"):
        sms(settings={"ANSWERS_FOLDER": str(tmp_path / "none")}).text("lunch")
