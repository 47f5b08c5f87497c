"""Writes values the ways Danish people and payroll systems write them; which way is drawn by lot."""

from datetime import date
from random import Random

MONTHS = "januar februar marts april maj juni juli august september oktober november december".split()


def grouped(kroner: int) -> str:
    return f"{kroner:,}".replace(",", ".")


def amount(rng: Random, oere: int) -> str:
    """32.067,00 · 32067,00 · 32067,00 kr. · 32.067,00 kr · kr. 32.067 (whole kroner only) · 32067."""
    kroner, rest = divmod(oere, 100)
    ways = [
        f"{grouped(kroner)},{rest:02}",
        f"{grouped(kroner)},{rest:02}",
        f"{kroner},{rest:02}",
        f"{kroner},{rest:02} kr.",
        f"{grouped(kroner)},{rest:02}\u00a0kr.",
        f"kr. {grouped(kroner)},{rest:02}",
    ]
    if rest == 0:
        ways += [f"kr. {grouped(kroner)}", f"{kroner}"]
    return rng.choice(ways)


def day(rng: Random, value: date) -> str:
    """01-12-2026 · 1.12.2026 · 01.12.2026 · 1. december 2026 · 1. dec. 2026 · 2026-12-01."""
    month = MONTHS[value.month - 1]
    short = month if len(month) <= 4 else f"{month[:3]}."
    ways = [
        f"{value:%d-%m-%Y}",
        f"{value:%d-%m-%Y}",
        f"{value.day}.{value.month}.{value.year}",
        f"{value:%d.%m.%Y}",
        f"{value.day}. {month} {value.year}",
        f"{value.day}. {short} {value.year}",
        value.isoformat(),
    ]
    return rng.choice(ways)


def decimal(rng: Random, text: str) -> str:
    """Hours and per cent: 37 · 37,0 · 10,5."""
    if "." in text:
        return text.replace(".", ",")
    return rng.choice([text, text, f"{text},0"])


def yes_no(rng: Random, value: bool) -> str:
    return rng.choice(["ja", "ja", "true"] if value else ["nej", "nej", "false"])


def cpr(rng: Random, digits: str) -> str:
    return rng.choice([f"{digits[:6]}-{digits[6:]}", f"{digits[:6]}-{digits[6:]}", digits, f"{digits[:6]} {digits[6:]}"])


def municipality(rng: Random, code: str) -> str:
    """0751 · 751: many exports keep the code as a number and lose the zero."""
    return rng.choice([code, code, code.lstrip("0")])
