use std::collections::BTreeSet;

use crate::{finding::Violation, record::Report};

/// Of two hints that one fault gives, the one that names the cause and the one that sees only what comes of it.
const CAUSE_AND_EFFECT: [(&str, &str); 1] = [("hourly-typed-as-monthly", "full-time-wage-unusual")];

/// Adds what the calculation noticed about a report to what the form noticed. A fault that both look for has the same code in both and is
/// told once, in the words of the form.
pub fn join_hints(position: usize, report: &mut Report, of_calculation: &[Violation]) {
    let of_form: BTreeSet<String> = report.notices.iter().map(|notice| notice.code.clone()).collect();
    let new = of_calculation.iter().filter(|hint| !of_form.contains(&hint.code));
    report.notices.extend(new.map(|hint| Violation {
        pointer: format!("/reports/{position}{}", hint.pointer),
        ..hint.clone()
    }));
    for (cause, effect) in CAUSE_AND_EFFECT {
        if report.notices.iter().any(|notice| notice.code == cause) {
            report.notices.retain(|notice| notice.code != effect);
        }
    }
}
