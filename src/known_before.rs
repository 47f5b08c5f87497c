//! What earlier reports of the same employer tell of a new one: that the same was said before, that the job is nearly one that is known,
//! that the wage is far from the last, that the person was handed on. It hints and warns, stops nothing, and says nothing that the
//! employer can't read in its own reports already.

use crate::{
    calculate::{RuleBook, changed_much},
    fields,
    finding::Violation,
    record::{Earlier, Report, ReportKind},
    reference, route,
    value::{Localized, MunicipalityCode, ReceiptNumber},
};

/// Puts to a report what earlier ones tell of it. A correction follows the report that it corrects by itself.
pub fn tell(rules: &RuleBook, position: usize, report: &mut Report, earlier: &Earlier) {
    if report.correction.is_some() {
        return;
    }
    let place = |field: &str| format!("/reports/{position}/{field}");
    let mut found = Vec::new();
    found.extend(earlier.said_before(position).map(|receipt| {
        let pointer = format!("/reports/{position}");
        reported_before(pointer, report.kind, receipt)
    }));
    found.extend(
        earlier
            .nearly_known_title(report)
            .map(|known| nearly_known(place(fields::POSITION_TITLE.id()), known)),
    );
    if report.kind == ReportKind::FullTimeWage {
        if is_far_from_last(rules, report, earlier) {
            found.push(far_from_last(place(fields::FULL_TIME_TOTAL_MONTHLY_WAGE.id())));
        }
        if earlier.is_first(report) && report.answers.read(fields::EMPLOYMENT_START_DATE).is_none() {
            found.push(first_without_start(place(fields::EMPLOYMENT_START_DATE.id())));
        }
    }
    found.extend(moved(report, earlier).map(|to| {
        let named = report.answers.read(fields::MUNICIPALITY_CODE);
        let field = named.map_or(fields::EMPLOYEE_POSTCODE.id(), |_| fields::MUNICIPALITY_CODE.id());
        handed_on(place(field), &to)
    }));
    report.notices.extend(found);
}

/// The municipality that an earlier report was handed on to, where this one goes to another.
fn moved(report: &Report, earlier: &Earlier) -> Option<MunicipalityCode> {
    let named = route::route(report).municipality().copied()?;
    earlier.moved_to(report).filter(|to| *to != named)
}

/// Only where the job itself is not known: a known one is compared by the calculation.
fn is_far_from_last(rules: &RuleBook, report: &Report, earlier: &Earlier) -> bool {
    let answers = &report.answers;
    let (from, now) = (
        answers.read(fields::VALID_FROM),
        answers.read(fields::FULL_TIME_TOTAL_MONTHLY_WAGE),
    );
    match (from, earlier.in_other_job(report), now) {
        (Some(from), Some(before), Some(now)) => changed_much(rules, from, before, now),
        _ => false,
    }
}

fn reported_before(pointer: String, kind: ReportKind, receipt: &ReceiptNumber) -> Violation {
    let (what_da, what_en) = match kind {
        ReportKind::OneOffPayment => ("Det samme engangsbeløb", "The same one-off amount"),
        _ => ("Det samme", "The same"),
    };
    let (if_da, if_en) = match kind {
        ReportKind::OneOffPayment => (
            "Er det ét beløb, så send det ikke igen; er det endnu et beløb, så skriv det til kommunen.",
            "If it is one amount, do not send it again; if it is another amount, tell the municipality so.",
        ),
        _ => (
            "Send det ikke igen. Skal noget ændres, så ret den første indberetning.",
            "Do not send it again. If something has to change, correct the first report.",
        ),
    };
    Violation::warning(
        pointer,
        "reported-before",
        Localized::new(
            format!("{what_da} er indberettet før om medarbejderen, med kvittering {receipt}."),
            format!("{what_en} was reported on the employee before, with receipt {receipt}."),
        ),
    )
    .with_hint(Localized::new(if_da, if_en))
}

fn nearly_known(pointer: String, known: &str) -> Violation {
    Violation::hint(
        pointer,
        "position-title-nearly-known",
        Localized::new(
            format!(
                "Stillingen ligner \u{bb}{known}\u{ab}, som er indberettet før om medarbejderen. Er det samme stilling, så skriv den på samme måde; ellers regnes den som et andet job."
            ),
            format!(
                "The position is nearly \u{201c}{known}\u{201d}, which was reported on the employee before. If it is the same position, write it the same way; otherwise it counts as another job."
            ),
        ),
    )
}

fn far_from_last(pointer: String) -> Violation {
    Violation::hint(
        pointer,
        "wage-far-from-last",
        Localized::new(
            "Lønnen er langt fra den, der sidst er indberettet om medarbejderen i en anden stilling. Kontrollér beløbet og stillingen.",
            "The wage is far from the last one reported on the employee, in another position. Check the amount and the position.",
        ),
    )
}

fn first_without_start(pointer: String) -> Violation {
    Violation::hint(
        pointer,
        "first-without-start-date",
        Localized::new(
            "Det er den første lønindberetning om medarbejderen her, og der er ingen startdato. Er fleksjobbet nyt, kan kommunen ikke se, fra hvilken måned tilskuddet skal beregnes, og må spørge, før den kan udbetale det.",
            "This is the first wage report on the employee here, and it has no start date. If the fleksjob is new, the municipality can't see from which month the subsidy is calculated, and has to ask before it can pay it.",
        ),
    )
}

fn handed_on(pointer: String, to: &MunicipalityCode) -> Violation {
    let name = reference::municipality(to).full_name;
    Violation::hint(
        pointer,
        "person-moved",
        Localized::new(
            format!(
                "En tidligere indberetning om medarbejderen er sendt videre til {name}. Er medarbejderen flyttet, så angiv den kommune."
            ),
            format!(
                "An earlier report on the employee was handed on to {name}. If the employee has moved, name that municipality."
            ),
        ),
    )
}
