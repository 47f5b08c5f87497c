#!/usr/bin/env python3
"""Makes every file in this folder but README.md and the programs themselves. Only the standard library.

    python3 generate.py            writes the files
    python3 generate.py --check    writes nothing; fails if a file is not what the programs would make

The same seed gives the same bytes.
"""

import csv
import io
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from random import Random

import danish
import faults
from people import MUNICIPALITIES, round_half, staff

SEED = 20260331
FORM, FORM_VERSION = "fleksjob-wage", "1.0"
EMPLOYER = {"cvr": "13585628", "contact_name": "Løn & Personale", "contact_email": "loen@vaerkstedet.example"}
ABROAD_WORKPLACE = "1099999981"
HERE = Path(__file__).parent

AMOUNTS = {
    "expected_first_wage", "full_time_total_monthly_wage", "base_wage", "fixed_supplements_total",
    "variable_supplements_average", "agreed_fixed_bonus_yearly", "payment_amount",
}
DATES = {
    "employment_start_date", "valid_from", "valid_to", "payment_date", "earned_from", "earned_to",
    "employment_end_date", "unchanged_as_of",
}
DECIMALS = {
    "full_time_weekly_hours", "paid_weekly_hours", "employer_pension", "employee_pension", "free_choice_percent",
    "holiday_supplement_percent",
}
KINDS = ["full_time_wage", "one_off_payment", "employment_end", "correction", "unchanged_confirmation"]
SUBMISSION_COLUMNS = [
    "employer_cvr", "employer_se_number", "contact_name", "contact_email", "contact_phone", "declaration_accepted",
]
REPORT_COLUMNS = [
    "report_kind", "employment_reference", "employee_cpr", "employee_name", "municipality_code",
    "employee_postcode", "employee_lives_abroad", "production_unit_p_number", "position_title",
    "employment_start_date", "full_time_weekly_hours", "paid_weekly_hours", "expected_first_wage",
    "valid_from", "valid_to", "entry_mode", "full_time_total_monthly_wage", "included_components", "wage_unit",
    "base_wage", "fixed_supplements_total", "has_variable_supplements", "variable_supplements_average",
    "variable_average_basis", "pension_mode", "employer_pension", "employee_pension", "pension_on_supplements",
    "free_choice_percent", "free_choice_payout", "holiday_scheme", "holiday_supplement_percent",
    "agreed_fixed_bonus_yearly", "payment_type", "payment_amount", "payment_date", "earned_from", "earned_to",
    "depends_on_own_work", "same_for_all_staff", "is_recurring_entitlement", "payment_explanation",
    "employment_end_date", "corrects_report_id", "correction_action", "corrected_report_kind", "unchanged_as_of",
]


def api_amount(oere):
    return f"{oere // 100}.{oere % 100:02}"


def api_decimal(value, parts):
    """`parts` to a unit: 370 tenths -> "37", 1050 hundredths -> "10.5"."""
    whole, rest = divmod(value, parts)
    return f"{whole}" if rest == 0 else f"{whole}.{rest:0{len(str(parts)) - 1}}".rstrip("0")


# One report of each kind. A report is the API's object; amounts, dates and decimals are its strings.

def party(person, kind):
    report = {
        "report_kind": kind,
        "employment_reference": person.reference,
        "employee_cpr": f"{person.cpr[:6]}-{person.cpr[6:]}",
        "employee_name": person.name,
    }
    if person.municipality == "abroad":
        report |= {"employee_lives_abroad": True, "production_unit_p_number": ABROAD_WORKPLACE}
    elif person.postcode:
        report["employee_postcode"] = person.postcode
    else:
        report["municipality_code"] = person.municipality
    return report | {"position_title": person.title}


def full_time_wage(rng, person, first=False, mode=None):
    pay, total = person.pay, person.pay.monthly_total()
    report = party(person, "full_time_wage")
    valid_from = rng.choice([date(2026, 12, 1)] * 4 + [date(2026, 11, 1), date(2027, 1, 1)])
    if first:
        valid_from = rng.choice([date(2026, 11, 1), date(2026, 11, 16), date(2026, 12, 1), date(2026, 12, 1)])
        paid_hours = rng.randrange(60, 300, 5)
        expected = round_half(total * paid_hours, pay.full_time_hours * 100) * 100
        report |= {
            "employment_start_date": valid_from.isoformat(),
            "paid_weekly_hours": api_decimal(paid_hours, 10),
            "expected_first_wage": api_amount(expected),
        }
    report |= {"full_time_weekly_hours": api_decimal(pay.full_time_hours, 10), "valid_from": valid_from.isoformat()}
    if not first and rng.random() < 0.06:
        report["valid_to"] = date(2027, 6, 30).isoformat()
    mode = mode or rng.choice(["total_known", "total_known", "build_up"])
    report["entry_mode"] = mode
    report["included_components"] = components(pay)
    if mode == "total_known":
        return report | {"full_time_total_monthly_wage": api_amount(total)}
    return report | build_up(rng, pay)


def components(pay):
    has_pension = pay.employer_pension or pay.pension_amount
    extra = [("fixed_bonus", pay.bonus_yearly), ("free_choice", pay.free_choice), ("employer_pension", has_pension)]
    return pay.components + [name for name, present in extra if present]


def build_up(rng, pay):
    parts = {
        "wage_unit": pay.unit,
        "base_wage": api_amount(pay.base),
        "fixed_supplements_total": api_amount(pay.fixed),
        "has_variable_supplements": pay.variable > 0,
    }
    if pay.variable:
        parts["variable_supplements_average"] = api_amount(pay.variable)
        parts["variable_average_basis"] = rng.choice(
            ["comparable_full_time_staff", "comparable_full_time_staff", "own_pay_scaled_up", "agreement_estimate"]
        )
    parts |= pension(pay)
    if pay.free_choice:
        parts["free_choice_percent"] = api_decimal(pay.free_choice, 100)
        parts["free_choice_payout"] = rng.choice(["each_pay", "each_pay", "lump_sum", "to_pension"])
    parts["holiday_scheme"] = "holiday_allowance" if pay.unit == "hour" else "paid_holiday"
    if parts["holiday_scheme"] == "paid_holiday":
        parts["holiday_supplement_percent"] = rng.choice(["1", "1", "1.95"])
    if pay.bonus_yearly:
        parts["agreed_fixed_bonus_yearly"] = api_amount(pay.bonus_yearly)
    return parts


def pension(pay):
    if pay.pension_amount:
        own = round_half(pay.pension_amount, 200) * 100
        return {
            "pension_mode": "amount",
            "employer_pension": api_amount(pay.pension_amount),
            "employee_pension": api_amount(own),
        }
    if not pay.employer_pension:
        return {"pension_mode": "none"}
    on = ["fixed"] + ["variable"] * (pay.variable > 0) + ["bonus"] * (pay.bonus_yearly > 0)
    return {
        "pension_mode": "percent",
        "employer_pension": api_decimal(pay.employer_pension, 100),
        "employee_pension": api_decimal(pay.employee_pension, 100),
        "pension_on_supplements": on,
    }


# type, lowest and highest kroner, own work, same for all, fixed part of the agreement, explanation
PAYMENTS = [
    ("individual_bonus", 2000, 9000, True, "no", False, None),
    ("company_bonus", 1500, 6000, False, "same_basis", True, None),
    ("profit_share", 3000, 12_000, False, "same_basis", False, None),
    ("gratuity", 2000, 8000, False, "same_basis", False, None),
    ("cash_gift", 500, 1400, False, "same_amount", False, None),
    ("back_pay", 1000, 7000, True, "no", False, "Efterbetaling af kvalifikationstillæg fra juli, som ikke kom med på lønsedlen"),
    ("directors_fee", 5000, 9000, False, "no", True, None),
    ("other", 1000, 3000, True, "same_amount", False, "Engangsvederlag for at flytte til de nye lokaler ved havnen"),
]


def one_off_payment(rng, person, payment):
    kind, low, high, own_work, same, recurring, explanation = payment
    report = party(person, "one_off_payment") | {
        "payment_type": kind,
        "payment_amount": api_amount(rng.randrange(low, high, 25) * 100 + rng.choice([0, 0, 50, 75])),
        "payment_date": rng.choice([date(2026, 10, 30), date(2026, 11, 30), date(2026, 12, 11)]).isoformat(),
    }
    if kind != "cash_gift":
        start, end = rng.choice([(date(2026, 1, 1), date(2026, 12, 31)), (date(2026, 7, 1), date(2026, 10, 31))])
        report |= {"earned_from": start.isoformat(), "earned_to": end.isoformat()}
    report |= {
        "depends_on_own_work": own_work,
        "same_for_all_staff": same,
        "is_recurring_entitlement": recurring,
    }
    return report | ({"payment_explanation": explanation} if explanation else {})


def employment_end(rng, person):
    last_day = rng.choice([date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31)])
    return party(person, "employment_end") | {"employment_end_date": last_day.isoformat()}


def unchanged(rng, person):
    return party(person, "unchanged_confirmation") | {"unchanged_as_of": date(2026, 12, 1).isoformat()}


def correction(earlier, action, **changed):
    """A correction names the earlier report by a placeholder that the sender fills with the id from its receipt."""
    keep = ("employment_reference", "employee_cpr", "employee_name", "municipality_code", "employee_postcode",
            "position_title")
    report = {"report_kind": "correction"} | {key: earlier[key] for key in keep if key in earlier}
    report |= {
        "corrects_report_id": "{{id:%s}}" % earlier["employment_reference"],
        "correction_action": action,
    }
    if action == "replace":
        report["corrected_report_kind"] = earlier["report_kind"]
        report |= {key: value for key, value in earlier.items() if key not in report} | changed
    return report


def swapped(total):
    """The typing mistake that the correction mends: the second and third digit have changed places."""
    digits = f"{total // 100}"
    return int(digits[0] + digits[2] + digits[1] + digits[3:]) * 100 + total % 100


def corrections(rng, people):
    """Eight earlier reports with a mistake each, and the correction rows that mend them."""
    earlier, rows = [], []
    for person in people[:4]:
        right = full_time_wage(rng, person, mode="total_known") | {"valid_from": "2026-10-01"}
        right.pop("valid_to", None)
        total = person.pay.monthly_total()
        wrong = right | {"full_time_total_monthly_wage": api_amount(swapped(total))}
        earlier.append(wrong)
        rows.append(correction(wrong, "replace", full_time_total_monthly_wage=api_amount(total)))
    twice = full_time_wage(rng, people[4], mode="build_up") | {"valid_from": "2026-10-01"}
    gift = one_off_payment(rng, people[5], PAYMENTS[1]) | {"payment_date": "2026-09-30"}
    gift |= {"earned_from": "2025-07-01", "earned_to": "2026-06-30"}
    gone = employment_end(rng, people[6]) | {"employment_end_date": "2026-10-31"}
    stays = employment_end(rng, people[7]) | {"employment_end_date": "2026-09-30"}
    earlier += [twice, gift, gone, stays]
    rows.append(correction(twice, "withdraw"))
    rows.append(correction(gift, "replace", earned_from="2026-01-01"))
    rows.append(correction(gone, "replace", employment_end_date="2026-11-30"))
    rows.append(correction(stays, "withdraw"))
    return earlier, rows


def all_reports(rng, people):
    """The earlier sending and the big file: 120 employees, 129 rows, all five kinds."""
    fixed = [p for p in people if p.municipality in ("abroad", "0411") or p.postcode or p.name.startswith("Nancy")]
    others = [p for p in people if p not in fixed]
    rng.shuffle(others)
    mended, confirmed, leaving, paid, raised = (
        others[:8], others[8:16], others[16:24], others[24:38], fixed + others[38:]
    )
    earlier, rows = corrections(rng, mended)
    rows += [unchanged(rng, person) for person in confirmed]
    rows += [employment_end(rng, person) for person in leaving]
    rows += [one_off_payment(rng, person, PAYMENTS[n % len(PAYMENTS)]) for n, person in enumerate(paid)]
    rows += [full_time_wage(rng, person, first=n % 3 == 0) for n, person in enumerate(raised)]
    rows += [one_off_payment(rng, person, PAYMENTS[n]) for n, person in enumerate(raised[20:28])]
    second_job = raised[30]
    rows.append(full_time_wage(rng, second_job, first=True, mode="total_known") | {
        "employment_reference": second_job.reference + "-B", "position_title": "Aftenvagt",
    })
    rows.sort(key=lambda row: (row["employment_reference"], row["report_kind"]))
    earlier.sort(key=lambda row: row["employment_reference"])
    return earlier, rows


def submission(reports):
    return {
        "form": FORM, "form_version": FORM_VERSION, "employer": EMPLOYER, "declaration_accepted": True,
        "reports": reports,
    }


def cell(rng, column, report):
    value = report.get(column)
    if value is None:
        return ""
    if isinstance(value, bool):
        return danish.yes_no(rng, value)
    if isinstance(value, list):
        return "|".join(value)
    pension_in_kroner = report.get("pension_mode") == "amount" and column in ("employer_pension", "employee_pension")
    if column in AMOUNTS or pension_in_kroner:
        return danish.amount(rng, int(value.replace(".", "")))
    if column in DATES:
        return danish.day(rng, date.fromisoformat(value))
    if column in DECIMALS:
        return danish.decimal(rng, value)
    if column == "employee_cpr":
        return danish.cpr(rng, value.replace("-", ""))
    if column == "municipality_code":
        return danish.municipality(rng, value)
    return value


def csv_file(rng, reports):
    """As a spreadsheet program in Denmark saves it: UTF-8 with byte order mark, `;`, CRLF."""
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    table.writerow(SUBMISSION_COLUMNS + REPORT_COLUMNS)
    sender = [EMPLOYER["cvr"], "", EMPLOYER["contact_name"], EMPLOYER["contact_email"], "", "ja"]
    for report in reports:
        table.writerow(sender + [cell(rng, column, report) for column in REPORT_COLUMNS])
    return "\ufeff" + out.getvalue()


def as_json(value):
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def counts(reports):
    return {
        "reports": len(reports),
        "references": [report["employment_reference"] for report in reports],
        "kinds": {kind: n for kind in KINDS if (n := sum(r["report_kind"] == kind for r in reports))},
        "full_time_wages": total(reports, "full_time_total_monthly_wage"),
        "one_off_payments": total(reports, "payment_amount"),
    }


def total(reports, field):
    return api_amount(sum(int(report[field].replace(".", "")) for report in reports if field in report))


def expected(people, earlier, rows):
    home = {person.cpr: person.municipality for person in people}
    lives_in = lambda code, reports: [r for r in reports if home[r["employee_cpr"].replace("-", "")] == code]
    return {
        "employer_cvr": EMPLOYER["cvr"],
        "employees": len({row["employee_cpr"] for row in rows}),
        "autumn": counts(earlier),
        "file": counts(rows),
        "held": [
            {"reason": reason, "references": [r["employment_reference"] for r in lives_in(code, rows)]}
            for code, reason in (("abroad", "lives abroad"), ("0411", "Christiansø is no municipality"))
        ],
        "municipalities": {
            code: {"name": name, "autumn": len(lives_in(code, earlier))} | counts(lives_in(code, rows))
            for code, name, _, _ in MUNICIPALITIES
        },
    }


def files():
    rng = Random(SEED)
    people = staff(rng)
    earlier, rows = all_reports(rng, people)
    faulty, explained = faults.twenty(FORM, FORM_VERSION)
    return {
        "autumn.json": as_json(submission(earlier)),
        "submission.json": as_json(submission(rows)),
        "indberetning.csv": csv_file(Random(SEED + 1), rows),
        "expected.json": as_json(expected(people, earlier, rows)),
        "twenty-faults.json": as_json(faulty),
        "twenty-faults.expected.json": as_json(explained),
    }


def main():
    made = {name: text.encode() for name, text in files().items()}
    if "--check" in sys.argv:
        stale = [name for name, data in made.items() if (HERE / name).read_bytes() != data]
        sys.exit(f"not what generate.py makes: {', '.join(stale)}" if stale else 0)
    for name, data in made.items():
        (HERE / name).write_bytes(data)


if __name__ == "__main__":
    main()
