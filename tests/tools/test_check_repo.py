"""What scripts/check-repo finds and what it lets pass. Run: python3 -m unittest discover tests/tools"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts/lib"))
import check_repo  # noqa: E402

KNOWN = check_repo.fictitious_numbers()


def number(day_month: str, rest: str) -> str:
    """Put together here, so that this file holds no such number itself."""
    return day_month + rest


def found(path: str, text: str) -> list[str]:
    return [finding.what for finding in check_repo.findings_in(path, text, KNOWN)]


class Persons(unittest.TestCase):
    def test_a_number_that_may_be_somebodys_is_found_in_every_spelling(self):
        for form in ("010190{}1234", "010190{}-1234", "010190{} 1234"):
            for before, after in (("", ""), ('"', '"'), (" ", "."), (";", ";"), ("cpr=", "&x")):
                text = before + form.format("") + after
                with self.subTest(text=text.replace("190", "***")):
                    self.assertEqual(len(found("docs/x.md", text)), 1)

    def test_the_number_itself_is_not_printed(self):
        secret = number("0101", "901234")
        self.assertNotIn(secret, found("x", secret)[0])

    def test_numbers_of_nobody_alive_may_stand(self):
        for digits in ("251248-9996", "010170-5123", "311299-8000", "310200-1234", "610101-0001", "290225-1234"):
            with self.subTest(digits=digits):
                self.assertEqual(found("docs/x.md", digits), [])

    def test_the_century_comes_from_the_seventh_digit(self):
        self.assertEqual(check_repo.birth_year(number("0101", "700000")), 1970)
        self.assertEqual(check_repo.birth_year(number("0101", "704000")), 1970)
        self.assertEqual(check_repo.birth_year(number("0101", "104000")), 2010)
        self.assertEqual(check_repo.birth_year(number("0101", "105000")), 2010)
        self.assertEqual(check_repo.birth_year(number("0101", "705000")), 1870)

    def test_other_long_numbers_are_left_alone(self):
        uuid = "0190a1b2-0101-7000-8000-" + number("0101", "901234") + "ab"
        for text in (uuid, number("0101", "90123456"), "1." + number("0101", "901234"), number("0101", "901234") + ",50"):
            with self.subTest(text=text):
                self.assertEqual(found("src/x.rs", text), [])

    def test_spreadsheets_are_opened(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "x.xlsx"
            with zipfile.ZipFile(file, "w") as book:
                book.writestr("xl/sharedStrings.xml", f"<t>{number('0101', '901234')}</t>")
            texts = list(check_repo.texts_of("x.xlsx", file))
            self.assertEqual([len(found(name, text)) for name, text in texts], [1])

    def test_lock_files_are_not_searched_for_numbers(self):
        self.assertEqual(found("tests/browser/package-lock.json", number("0101", "901234")), [])


class Texts(unittest.TestCase):
    def test_machine_paths_are_found_and_addresses_are_not(self):
        self.assertEqual(len(found("README.md", "see /ho" + "me/somebody/x")), 1)
        self.assertEqual(found("README.md", "https://example.dk/home/page and ${HOME}/home/x"), [])

    def test_work_left_undone_is_found(self):
        for text in ("// TO" + "DO later", "to" + "do!()", "db" + "g!(x)", "#[ig" + "nore]"):
            with self.subTest(text=text):
                self.assertEqual(len(found("src/x.rs", text)), 1)

    def test_a_page_test_that_never_runs_is_found(self):
        self.assertEqual(len(found("tests/browser/x.test.mjs", "test.sk" + "ip('x')")), 1)

    def test_empty_phrases_are_found_where_people_read_and_only_there(self):
        phrase = "Feltet er påkrævet"
        self.assertEqual(len(found("forms/fleksjob-wage/texts.da.toml", phrase)), 1)
        self.assertEqual(len(found("src/http/web/page.rs", "Der opstod en uventet fejl")), 1)
        self.assertEqual(found("docs/style.md", phrase), [])


class Migrations(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.migration = self.root / "migrations/sqlite/0001_begin.sql"
        self.migration.parent.mkdir(parents=True)
        self.migration.write_text("CREATE TABLE a (b TEXT);\n", encoding="utf-8")
        checksum = hashlib.sha256(self.migration.read_bytes()).hexdigest()
        self.listed = self.root / check_repo.RELEASED
        self.listed.write_text(f"{checksum}  sqlite/0001_begin.sql\n", encoding="utf-8")
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("-c", "user.name=Test", "-c", "user.email=test@example.dk", "commit", "--quiet", "-m", "Begin")

    def git(self, *arguments):
        subprocess.run(["git", "-C", self.root, *arguments], check=True, capture_output=True)

    def findings(self):
        return [finding.what for finding in check_repo.released_migrations(self.root)]

    def test_an_untouched_one_passes(self):
        self.assertEqual(self.findings(), [])

    def test_a_changed_one_is_found(self):
        self.migration.write_text("CREATE TABLE a (c TEXT);\n", encoding="utf-8")
        self.assertIn("changed", self.findings()[0])

    def test_a_removed_one_is_found(self):
        self.migration.unlink()
        self.assertIn("removed", self.findings()[0])

    def test_taking_it_off_the_list_is_found(self):
        self.listed.write_text("", encoding="utf-8")
        self.git("-c", "user.name=Test", "-c", "user.email=test@example.dk", "commit", "--quiet", "-am", "Hide")
        self.assertIn("taken out", self.findings()[0])


if __name__ == "__main__":
    unittest.main()
