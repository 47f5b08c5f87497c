"""Checks licences, banned crates and sources of all dependencies against deny.toml.

A small stand-in for cargo-deny, which takes minutes to build: it knows the keys that deny.toml uses and refuses others.
Run in the repository's root. Prints one line per finding and ends with code 1 if there is any.
"""

import json
import re
import subprocess
import sys
import tomllib
from typing import Iterator

KNOWN_KEYS = {
    "graph": {"targets"},
    "licenses": {"allow"},
    "bans": {"multiple-versions", "deny"},
    "sources": {"unknown-registry", "unknown-git"},
}
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def read_rules(text: str) -> dict:
    rules = tomllib.loads(text)
    for section, values in rules.items():
        if unknown := set(values) - KNOWN_KEYS.get(section, set()):
            raise SystemExit(f"deny.toml: [{section}] {', '.join(sorted(unknown))}: only cargo-deny knows this")
    return rules


class Licence:
    """An SPDX expression: names joined by AND and OR, with brackets; `/` is the old spelling of OR."""

    def __init__(self, expression: str, allowed: set[str]):
        self.tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))
        self.allowed = allowed

    def is_allowed(self) -> bool:
        verdict = self.either()
        if self.tokens:
            raise ValueError(f"not understood: {' '.join(self.tokens)}")
        return verdict

    def next_is(self, word: str) -> bool:
        if self.tokens and self.tokens[0] == word:
            self.tokens.pop(0)
            return True
        return False

    def either(self) -> bool:
        verdict = self.both()
        while self.next_is("OR"):
            verdict = self.both() or verdict
        return verdict

    def both(self) -> bool:
        verdict = self.one()
        while self.next_is("AND"):
            verdict = self.one() and verdict
        return verdict

    def one(self) -> bool:
        if self.next_is("("):
            verdict = self.either()
            if not self.next_is(")"):
                raise ValueError("a bracket is not closed")
            return verdict
        if not self.tokens:
            raise ValueError("it ends too early")
        name = self.tokens.pop(0)
        if self.next_is("WITH") and self.tokens:
            name += f" WITH {self.tokens.pop(0)}"
        return name in self.allowed


def dependencies(targets: list[str]) -> dict[str, dict]:
    """Every package that is compiled for one of the targets, for the program, its build or its tests."""
    packages = {}
    for target in targets:
        command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
        metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        used = {node["id"] for node in metadata["resolve"]["nodes"]} - set(metadata["workspace_members"])
        packages |= {package["id"]: package for package in metadata["packages"] if package["id"] in used}
    return packages


def findings(package: dict, rules: dict) -> Iterator[str]:
    """Everything that is wrong with one package of `cargo metadata`."""
    licence = package["license"]
    try:
        if not licence or not Licence(licence, set(rules["licenses"]["allow"])).is_allowed():
            yield f"licence not allowed: {licence or 'none named'}"
    except ValueError as error:
        yield f"licence {licence}: {error}"
    for ban in rules["bans"]["deny"]:
        if package["name"] == ban["crate"]:
            yield f"banned: {ban['reason']}"
    if package["source"] != CRATES_IO:
        yield f"comes from elsewhere than crates.io: {package['source'] or 'a path'}"


def main() -> int:
    with open("deny.toml", encoding="utf-8") as file:
        rules = read_rules(file.read())
    packages = dependencies(rules["graph"]["targets"])
    found = [
        f"{package['name']} {package['version']}: {what}"
        for package in sorted(packages.values(), key=lambda package: package["name"])
        for what in findings(package, rules)
    ]
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(packages)} dependencies looked at, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
