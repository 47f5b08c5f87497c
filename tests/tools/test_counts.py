"""The sum under scripts/test comes from what the runners themselves say. Run: python3 -m unittest discover tests/tools"""

import pathlib
import subprocess
import unittest

COUNTS = pathlib.Path(__file__).resolve().parents[2] / "scripts/lib/counts.awk"


def counts(log: str) -> str:
    return subprocess.run(["awk", "-f", COUNTS], input=log, check=True, capture_output=True, text=True).stdout.strip()


class Counts(unittest.TestCase):
    def test_each_runner_is_understood(self):
        for log, expected in {
            "     Summary [  27.0s] 812 tests run: 812 passed (3 slow), 0 skipped": "812 0",
            "     Summary [   0.1s] 1 test run: 0 passed, 1 failed, 0 skipped": "0 1",
            "     Summary [  61.0s] 9 tests run: 6 passed, 2 failed, 1 timed out, 0 skipped": "6 3",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s": "4 2",
            "\u2139 tests 5\n\u2139 pass 4\n\u2139 fail 1\n\u2139 skipped 0": "4 1",
            "# pass 3\n# fail 0": "3 0",
            "Ran 22 tests in 0.503s\n\nOK": "22 0",
            "Ran 1 test in 0.1s\n\nFAILED (failures=1)": "0 1",
            "Ran 9 tests in 0.1s\n\nFAILED (failures=1, errors=2)": "6 3",
        }.items():
            with self.subTest(log=log):
                self.assertEqual(counts(log), expected)

    def test_several_runners_are_added_up(self):
        line = "test result: ok. {} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n"
        self.assertEqual(counts(line.format(3) + "running 4 tests\n" + line.format(4)), "7 0")

    def test_a_log_without_tests_gives_nothing(self):
        self.assertEqual(counts("87 files looked through, 0 findings\nFinished in 2 s\n"), "")


if __name__ == "__main__":
    unittest.main()
