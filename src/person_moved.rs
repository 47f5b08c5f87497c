//! Tells an employer that names the municipality of before where an earlier report on the person was handed on. A hint: it stops nothing,
//! and it says what the employer can read in its own reports already.

use crate::{
    app::App,
    record::Report,
    reference, route,
    store::StoreError,
    validate::Violation,
    value::{Cpr, Cvr, Localized, MunicipalityCode},
};

/// Stable code of the hint.
pub const CODE: &str = "person-moved";

/// Puts the hint to each report that goes to another municipality than an earlier one of the same employer and person was handed on to.
/// A correction follows the report that it corrects by itself.
///
/// # Errors
/// When the database does not answer.
pub async fn tell(app: &App, employer: &Cvr, reports: &mut [Report]) -> Result<(), StoreError> {
    let new = |report: &&Report| report.correction.is_none();
    let people: Vec<Cpr> = reports
        .iter()
        .filter(new)
        .map(|report| report.employee.cpr.clone())
        .collect();
    let moved = app.store.handed_on_to(employer, &people).await?;
    let numbered = reports.iter_mut().enumerate();
    let new = numbered.filter(|(_, report)| report.correction.is_none());
    for ((position, report), to) in new.zip(moved) {
        let named = route::route(report).municipality().copied();
        if let (Some(named), Some(to)) = (named, to)
            && named != to
        {
            let hint = hint(position, report, &to);
            report.notices.push(hint);
        }
    }
    Ok(())
}

fn hint(position: usize, report: &Report, to: &MunicipalityCode) -> Violation {
    let field = match report.answers.municipality("municipality_code") {
        Some(_) => "municipality_code",
        None => "employee_postcode",
    };
    let name = reference::municipality(to).full_name;
    Violation::hint(
        format!("/reports/{position}/{field}"),
        CODE,
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
