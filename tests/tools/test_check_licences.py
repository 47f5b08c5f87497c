"""What scripts/check-licences lets pass. Run: python3 -m unittest discover tests/tools"""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))
import check_licences  # noqa: E402

ALLOWED = {"MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "ISC"}


def allowed(expression: str) -> bool:
    return check_licences.Licence(expression, ALLOWED).is_allowed()


class Licences(unittest.TestCase):
    def test_one_allowed_choice_is_enough(self):
        for expression in ("MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "Apache-2.0 WITH LLVM-exception OR GPL-2.0"):
            self.assertTrue(allowed(expression), expression)

    def test_every_part_that_applies_must_be_allowed(self):
        for expression in ("GPL-3.0", "MIT AND GPL-3.0", "(GPL-3.0 OR MIT) AND OpenSSL", "GPL-2.0 WITH X-exception"):
            self.assertFalse(allowed(expression), expression)

    def test_and_binds_tighter_than_or(self):
        self.assertTrue(allowed("MIT OR ISC AND GPL-3.0"))
        self.assertFalse(allowed("(MIT OR ISC) AND GPL-3.0"))

    def test_an_expression_that_is_not_understood_is_an_error(self):
        for expression in ("", "MIT OR", "(MIT", "MIT ISC"):
            with self.assertRaises(ValueError, msg=expression):
                allowed(expression)


class Packages(unittest.TestCase):
    rules = check_licences.read_rules((ROOT / "deny.toml").read_text(encoding="utf-8"))

    def findings(self, **changed):
        package = {"name": "x", "license": "MIT", "source": check_licences.CRATES_IO} | changed
        return list(check_licences.findings(package, self.rules))

    def test_a_plain_one_passes(self):
        self.assertEqual(self.findings(), [])

    def test_no_licence_a_banned_name_and_another_source_are_found(self):
        self.assertEqual(len(self.findings(license=None)), 1)
        self.assertEqual(len(self.findings(name="openssl-sys")), 1)
        self.assertEqual(len(self.findings(source="git+https://example.dk/x")), 1)

    def test_a_key_that_only_cargo_deny_knows_is_refused(self):
        with self.assertRaises(SystemExit):
            check_licences.read_rules("[licenses]\nconfidence-threshold = 0.8\n")


if __name__ == "__main__":
    unittest.main()
