"""Finds in the tracked files what must never be in the tree.

* ten digits that read as the CPR number of somebody who may be alive, unless listed in fictitious-numbers.txt
* paths of one person's machine
* work left undone, debugging aids, tests that never run
* phrases that tell a reader nothing, in texts that people see
* a released migration that was changed or removed

usage: check_repo.py ROOT. Prints one line per finding and ends with code 1 if there is any.
"""

import datetime
import hashlib
import pathlib
import re
import subprocess
import sys
import zipfile
from typing import Iterator, NamedTuple

HERE = pathlib.Path(__file__).resolve().parent

# What looks like a number here is a checksum or a measured outline, made by a program.
GENERATED = re.compile(r"(^|/)(Cargo\.lock|package-lock\.json)$|\.(svg|css\.map)$")

# Ten digits standing alone, with or without the hyphen; not part of a longer number, a word, an amount or a UUID.
TEN_DIGITS = re.compile(r"(?<![\w.,-])(\d{6})[- ]?(\d{4})(?![\w]|[.,-]\d)")

# Written in pieces, so that this file is no finding of its own.
MACHINE_PATH = re.compile(r"(?<![\w.:/}])/(?:home|root|Users|work)/[\w.-]+")
UNDONE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b|\b(?:to" r"do|unimple" r"mented|db" r"g)!\s*\(|#\[ig" r"nore\b")
# Looks for the same words in src itself, and so must name them.
NAMES_THE_WORDS = "tests/layers.rs"
SKIPPED_PAGE_TEST = re.compile(r"\b(?:test|it|describe)\.(?:on" r"ly|sk" r"ip)\(")

# Says neither what is wrong nor what to do (Det Fælles Designsystem, error messages).
EMPTY_PHRASES = re.compile(
    r"feltet er påkrævet|påkrævet felt|feltet skal udfyldes|der opstod en (?:\w+ )?fejl|der skete en fejl|ugyldig værdi"
    r"|ugyldigt input|this field is required|an error (?:has )?occurred|something went wrong|invalid (?:value|input)\b",
    re.IGNORECASE,
)
USER_TEXTS = re.compile(r"^(?:forms/|src/http/|src/notify/|src/receipt/|assets/.*\.(?:html|js)$)")

RELEASED = "migrations/RELEASED.sha256"


class Finding(NamedTuple):
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def birth_year(digits: str) -> int:
    """The year that the century digit (the seventh) gives."""
    year, century = int(digits[4:6]), int(digits[6])
    if century <= 3:
        return 1900 + year
    if century in (4, 9):
        return 2000 + year if year <= 36 else 1900 + year
    if year <= 57:
        return 2000 + year
    return 1800 + year


def may_be_a_person(digits: str) -> bool:
    """Whether ten digits read as the CPR number of somebody who may live now or be born one day."""
    year = birth_year(digits)
    if year < 1900:
        return False
    try:
        datetime.date(year, int(digits[2:4]), int(digits[0:2]))
    except ValueError:
        return False
    return True


def fictitious_numbers() -> set[str]:
    lines = (HERE / "fictitious-numbers.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if line and not line.startswith("#")}


def persons(line: str, known: set[str]) -> Iterator[str]:
    for match in TEN_DIGITS.finditer(line):
        if (digits := match[1] + match[2]) not in known and may_be_a_person(digits):
            # The number itself is not printed: a log keeps it as long as the tree would.
            yield f"ten digits that read as a living person's CPR number, born {digits[:2]}-{digits[2:4]}"


def findings_in(path: str, text: str, known: set[str]) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        place = f"{path}:{number}"
        if not GENERATED.search(path):
            for what in persons(line, known):
                yield Finding(place, what)
        if match := MACHINE_PATH.search(line):
            yield Finding(place, f"a path of one machine: {match[0]}")
        if path != NAMES_THE_WORDS and (match := UNDONE.search(line)):
            yield Finding(place, f"left undone: {match[0]}")
        if path.endswith(".mjs") and (match := SKIPPED_PAGE_TEST.search(line)):
            yield Finding(place, f"a test that never runs: {match[0]}")
        if USER_TEXTS.search(path) and (match := EMPTY_PHRASES.search(line)):
            yield Finding(place, f"says neither what is wrong nor what to do: {match[0]!r}")


def git(root: pathlib.Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True, text=True).stdout


def tracked_texts(root: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Every file that is, or would be, in a commit, except pictures, fonts and the like."""
    names = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in sorted(filter(None, names)):
        if (root / name).is_file():
            yield from texts_of(name, root / name)


def texts_of(name: str, file: pathlib.Path) -> Iterator[tuple[str, str]]:
    """The text of a file under its name; of a spreadsheet, each of its parts."""
    # Some files of that name are none, on purpose.
    if name.endswith(".xlsx") and zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as book:
            for part in book.namelist():
                yield f"{name}/{part}", book.read(part).decode("utf-8", errors="replace")
        return
    content = file.read_bytes()
    if b"\0" not in content[:8000]:
        yield name, content.decode("utf-8", errors="replace")


def released_migrations(root: pathlib.Path) -> Iterator[Finding]:
    """A migration that some database has seen is never changed: the list of their checksums only grows."""
    listed = root / RELEASED
    if not listed.is_file():
        return
    for line in listed.read_text(encoding="utf-8").splitlines():
        wanted, name = line.split(maxsplit=1)
        file = listed.parent / name
        if not file.is_file():
            yield Finding(f"migrations/{name}", "a released migration was removed")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != wanted:
            yield Finding(f"migrations/{name}", "a released migration was changed; add a new one instead")
    history = git(root, "log", "--format=", "--patch", "--unified=0", "--", RELEASED)
    removed = {line[1:] for line in history.splitlines() if re.match(r"-[0-9a-f]{64} ", line)}
    for line in sorted(removed - set(listed.read_text(encoding="utf-8").splitlines())):
        yield Finding(RELEASED, f"an entry was taken out: {line.split(maxsplit=1)[1]}")


def main(root: pathlib.Path) -> int:
    known = fictitious_numbers()
    found, files = [], 0
    for path, text in tracked_texts(root):
        files += 1
        found.extend(findings_in(path, text, known))
    found.extend(released_migrations(root))
    for finding in found:
        print(finding)
    print(f"{files} files looked through, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
