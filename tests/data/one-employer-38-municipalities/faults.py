"""One submission with twenty different faults, each with its place and the reason it is one."""

TOVE = {"employee_cpr": "120664-5004", "employee_name": "Tove Skovbjerg", "municipality_code": "0101"}
SOREN = {"employee_cpr": "010158-5069", "employee_name": "Søren Ågesen", "municipality_code": "0751"}


def twenty(form, form_version):
    """The submission, and the list of its faults in the order of the file."""
    submission = {
        "form": form,
        "form_version": form_version,
        "employer": {
            "cvr": "12345678",
            "contact_name": "Løn & Personale",
            "contact_email": "loen(at)vaerkstedet.example",
        },
        "declaration_accepted": False,
        "reports": [known_total(), built_up(), bonus(), correction(), job_end()],
    }
    return submission, [{"pointer": pointer, "code": code, "why": why} for pointer, code, why in FAULTS]


def known_total():
    return {
        "report_kind": "full_time_wage",
        "employee_cpr": "290225-1234",
        "employee_name": " ",
        "municipality_code": "0102",
        "position_title": "Kontorassistent",
        "valid_from": "2026-02-31",
        "full_time_weekly_hours": "52",
        "entry_mode": "total_known",
        "full_time_total_monthly_wage": "12.345",
        "included_components": ["qualification_supplement", "company_car"],
    }


def built_up():
    return {
        "report_kind": "full_time_wage",
        **TOVE,
        "position_title": "Gartner",
        "employment_start_date": "2012-06-01",
        "full_time_weekly_hours": "37",
        "paid_weekly_hours": "24",
        "expected_first_wage": "14500.00",
        "valid_from": "2026-12-01",
        "valid_to": "2026-11-01",
        "entry_mode": "build_up",
        "included_components": ["evening_night_weekend_supplement", "employer_pension"],
        "wage_unit": "month",
        "base_wage": "27400.00",
        "fixed_supplements_total": "1200.00",
        "has_variable_supplements": True,
        "variable_supplements_average": "900.00",
        "pension_mode": "percent",
        "employer_pension": "35",
        "employee_pension": "5",
        "pension_on_supplements": ["fixed"],
        "holiday_scheme": "paid_holiday",
        "holiday_supplement_percent": "1",
    }


def bonus():
    return {
        "report_kind": "one_off_payment",
        **SOREN,
        "position_title": "Montør",
        "payment_type": "other",
        "payment_amount": "-500.00",
        "payment_date": "2026-11-30",
        "earned_from": "2026-10-31",
        "earned_to": "2026-07-01",
        "depends_on_own_work": True,
        "same_for_all_staff": "no",
        "is_recurring_entitlement": False,
    }


def correction():
    return {
        "report_kind": "correction",
        **TOVE,
        "position_title": "Gartner",
        "corrects_report_id": "nummer fire",
        "correction_action": "withdraw",
    }


def job_end():
    return {"report_kind": "employment_end", **SOREN, "employee_cpr": "1023456784", "position_title": "Montør"}


FAULTS = [
    ("/employer/cvr", "cvr-checksum", "The eight digits do not pass the CVR number's check (modulus 11)"),
    ("/employer/contact_email", "email-shape", "No e-mail address: the @ is written out"),
    ("/declaration_accepted", "declaration-not-accepted", "The declaration must be accepted"),
    ("/reports/0/employee_cpr", "cpr-no-such-date", "29 February 1925 does not exist: 1925 was no leap year"),
    ("/reports/0/employee_name", "missing", "Only a space"),
    ("/reports/0/municipality_code", "municipality-code-unknown", "0102 is not one of the 98 municipalities"),
    ("/reports/0/valid_from", "date-no-such-date", "31 February does not exist"),
    (
        "/reports/0/full_time_weekly_hours", "full-time-hours-out-of-range",
        "52 hours a week; full time lies between 25 and 48",
    ),
    (
        "/reports/0/full_time_total_monthly_wage", "amount-ambiguous",
        "12.345 may be twelve thousand or twelve kroner: ask, never guess",
    ),
    ("/reports/0/included_components/1", "option-unknown", "A company car is not one of the components"),
    (
        "/reports/1/employment_start_date", "old-scheme",
        "A fleksjob from before 1 January 2013 belongs to the old scheme",
    ),
    ("/reports/1/valid_to", "valid-to-not-after-valid-from", "Ends before it begins"),
    ("/reports/1/variable_average_basis", "missing", "Missing: the position carries supplements that vary"),
    (
        "/reports/1/employer_pension", "employer-pension-percent-out-of-range",
        "35 per cent; the employer's share lies between 0 and 30",
    ),
    ("/reports/2/payment_amount", "payment-amount-not-above-zero", "A payment is more than nothing"),
    ("/reports/2/earned_to", "earned-to-before-earned-from", "The period ends before it begins"),
    ("/reports/2/payment_explanation", "missing", "Missing: the type `other` needs a short explanation"),
    ("/reports/3/corrects_report_id", "id-shape", "Not the id of a report"),
    (
        "/reports/4/employee_cpr", "cpr-looks-like-p-number",
        "A production unit number in the field of the personal number",
    ),
    ("/reports/4/employment_end_date", "missing", "Missing: the last day of employment"),
]
