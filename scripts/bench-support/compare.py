"""Measures our calculation and others' in turns, and counts whose results differ from the exact ones.

usage: compare.py FOLDER ROUNDS COMMAND...   (FOLDER as `persons write` leaves it; COMMAND prints our seconds as JSON)
"""

import csv
import decimal
import json
import pathlib
import statistics
import subprocess
import sys
import time

import numpy

import others


# Our ways by what the table calls them; each with what our program calls it.
OURS = {
    "ours, rows of plain pay": "of_many",
    "ours, cases without trace": "without_trace",
    "ours, cases with full trace": "with_trace",
}


def read(path: pathlib.Path) -> list[list[int]]:
    with path.open(encoding="ascii", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return [[int(value) for value in row] for row in rows]


def seconds(work) -> tuple[float, object]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def differing(result, exact: numpy.ndarray) -> tuple[int, int]:
    """How many are an øre off before the rounding to the krone, and how many a krone after it.

    Both sides are rounded half up to the øre first, so that only whole øre count.
    """
    before, subsidy = (numpy.asarray(column, dtype=numpy.float64) for column in result[:2])
    exact_ore = (exact[:, 0] + 50) // 100
    # To the nearest ten-thousandth of an øre first: half an øre that float64 cannot hold is not an error of the result.
    ore = numpy.floor(numpy.round(before * 100, 4) + 0.5).astype(numpy.int64)
    return int((ore != exact_ore).sum()), int((numpy.round(subsidy * 100).astype(numpy.int64) != exact[:, 1]).sum())


def exactly(rows: numpy.ndarray, rates: dict[str, str]) -> numpy.ndarray:
    """The subsidy before its rounding in hundredths of an øre, and the subsidy in øre: the rule in whole numbers once more."""
    hundredths = {name: int(decimal.Decimal(value) * 100) for name, value in rates.items()}
    income, ceiling = rows[:, :3].sum(axis=1), rows[:, 3]
    threshold = hundredths["income_threshold"]
    # Percentages have two decimals, so that øre times them are ten-thousandths of an øre.
    low = numpy.minimum(income, threshold) * hundredths["deduction_low_percent"]
    high = numpy.maximum(income - threshold, 0) * hundredths["deduction_high_percent"]
    left = numpy.maximum(hundredths["maximum_subsidy"] * 10_000 - low - high, 0) * (income > 0)
    room = numpy.maximum(ceiling - income, 0)
    before = numpy.minimum(left, room * 10_000)
    half_up, down = ((before + add) // 1_000_000 * 100 for add in (500_000, 0))
    return numpy.stack((before // 100, numpy.where(half_up > room, down, half_up)), axis=1)


def main() -> None:
    folder, rounds, command = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    by_name = json.loads((folder / "rates.json").read_text(encoding="utf-8"))
    rates, rows = others.Rates(by_name), read(folder / "persons.csv")
    exact, told = exactly(numpy.array(rows), by_name), numpy.array(read(folder / "exact.csv"))
    kroner = [tuple(value / 100 for value in row) for row in rows]
    columns = numpy.array(rows, dtype=numpy.float64).T / 100
    country = others.Country(rates)
    ways = {
        "OpenFisca-core, whole simulation": lambda: others.with_openfisca(country, columns),
        "numpy, float64": lambda: others.with_numpy(columns, rates),
        "plain Python": lambda: others.plain(kroner, rates),
    }
    times = {name: [] for name in (*OURS, *ways)}
    # Before rounding, ours must be the very fraction.
    ours_off = (int((told[:, 0] != exact[:, 0]).sum()), int((told[:, 1] != exact[:, 1]).sum()))
    off = dict.fromkeys(OURS, ours_off)
    for _ in range(rounds):
        ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for name, key in OURS.items():
            times[name].append(ours[key])
        for name, work in ways.items():
            took, result = seconds(work)
            times[name].append(took)
            if name not in off:
                off[name] = differing(list(zip(*result)) if isinstance(result, list) else result, exact)
    report(times, off, len(rows), rounds)


def report(times: dict[str, list[float]], off: dict[str, tuple[int, int]], persons: int, rounds: int) -> None:
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    base = medians["OpenFisca-core, whole simulation"]
    print(f"{persons:,} persons, median of {rounds} rounds in turns, one core")
    print(f"{'':<34}{'persons/s':>14}{'x OpenFisca':>13}{'an øre off':>12}{'a krone off':>13}")
    for name, taken in medians.items():
        ore, krone = off[name]
        print(f"{name:<34}{persons / taken:>14,.0f}{base / taken:>13.2f}{ore:>12,}{krone:>13,}")


main()
