"""Count phrases that make the project hard to read: no file may have more than before.

`make lint` runs it. prose.txt has the count of each file that still has some. A count that is too
high fails, and so does one that is too low: `python .ci/prose.py --lower` updates the file.
Decisions are skipped, because they are history.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_name("prose.txt")
INSTEAD = {
    r"anew": "again",
    r"somebody": "name them: the caller, the attacker, a user",
    r"whoever": "anyone who; or name them",
    r"(?<![`\"_])nobody": "no one; or name what does not happen",
    r"mend(s|ed|ing)?": "fix",
    r"errands?": "service, call",
    r"manners": "options",
    r"lapsed": "expired",
    r"residents?": "name the thing",
    r"(?<!person )(?<!sender )(?<!one )who (says|sends|texts|sees|comes|has|wants|asks)": (
        "name them: the sender, the caller"
    ),
    r"what is (said|told|asked|remembered|behind)": "name it: the reply, the question, the session",
    r"(?<!there )(is|are) no(?! longer| more)": "is not a",
    r"has none": "has no …",
    r"where (there|it|none|nothing) (is|are)": "if",
}
"""Patterns, each with a replacement; a match must not have a letter before or after it."""
HABITS = re.compile("|".join(f"(?:{each})(?![a-z])" for each in INSTEAD).replace(" ", "[ \n]"))
TEXTS = ("*.md", "*.py", "*.html", "*.js", "*.css", "*.toml", "*.yaml", "*.yml", "*.po", "Makefile")
TEXTS += ("Dockerfile", ".ci/*", "deploy/*", ".env.example")
LEFT_OUT = ("docs/decisions/", ".ci/prose", "tests/test_prose.py")


def found(text: str) -> list[tuple[int, str]]:
    """Return the line and the words of each phrase in a text, also across a line break."""
    text = re.sub(r"[ \t]*\n[ \t#]*", "\n", text.lower())
    return [
        (text.count("\n", 0, each.start()) + 1, each[0].replace("\n", " "))
        for each in HABITS.finditer(text)
        if not text[max(0, each.start() - 1) : each.start()].isalpha()
    ]


def counts() -> dict[str, list[tuple[int, str]]]:
    """Return the phrases in each file of the project, by its path."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *TEXTS]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.splitlines() if not name.startswith(LEFT_OUT)]
    texts = {name: ROOT / name for name in names if (ROOT / name).is_file()}
    each = {name: found(path.read_text()) for name, path in texts.items()}
    return {name: habits for name, habits in each.items() if habits}


def allowed() -> dict[str, int]:
    lines = LIST.read_text().splitlines() if LIST.exists() else []
    return {name: int(count) for count, name in (line.split(maxsplit=1) for line in lines)}


def main() -> int:
    now, before = counts(), allowed()
    if "--lower" in sys.argv[1:]:
        lowered = {name: min(len(habits), before.get(name, 0)) for name, habits in now.items()}
        LIST.write_text("".join(f"{n} {name}\n" for name, n in sorted(lowered.items()) if n))
        before = allowed()
    failed = False
    for name in sorted({*now, *before}):
        habits, limit = now.get(name, []), before.get(name, 0)
        if len(habits) > limit:
            failed = True
            for line, words in habits:
                print(f"{name}:{line}: {words!r}: {instead(words)}")
        elif len(habits) < limit:
            failed = True
            print(f"{name} has fewer than before. Write it down: python .ci/prose.py --lower")
    return int(failed)


def instead(words: str) -> str:
    return next(hint for each, hint in INSTEAD.items() if re.fullmatch(each, words))


if __name__ == "__main__":
    sys.exit(main())
