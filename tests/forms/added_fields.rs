//! Fields that KL adds beside those that the service reads reach everybody without a change of the service.

use fleksport::{
    form::{Form, Sources},
    receive::RawSubmission,
    record::Submission,
    validate,
    value::Language,
};
use serde_json::{Value, json};

use super::{RULES, TODAY, cases};

/// A version with a cost centre of the company, a word about the payroll run, and a note on each wage.
fn widened() -> Form {
    let field = |id: &str, scope: &str| {
        format!(
            "[[field]]\nid = \"{id}\"\nscope = \"{scope}\"\ntype = \"text\"\nmax_length = 40\nneed = \"optional\"\n\n"
        )
    };
    let at = "[[field]]\nid = \"declaration_accepted\"";
    let fields = [
        field("cost_centre", "employer"),
        field("payroll_run", "submission"),
        field("wage_note", "report"),
    ];
    let form = include_str!("../../forms/fleksjob-wage/1.0/form.toml")
        .replacen("version = \"1.0\"", "version = \"1.1\"", 1)
        .replacen(at, &(fields.concat() + at), 1)
        .replace(
            "\"included_components\", \"expected_first_wage\"",
            "\"included_components\", \"wage_note\", \"expected_first_wage\"",
        );
    let text = |id: &str, label: &str| {
        format!("[field.{id}]\nlabel = \"{label}\"\nhelp = \"x\"\nmissing = \"x\"\nwrong = \"x\"\nreason = \"x\"\n\n")
    };
    let texts = |text_file: &str, labels: [&str; 3]| {
        let new = ["cost_centre", "payroll_run", "wage_note"].iter().zip(labels);
        let new: String = new.map(|(id, label)| text(id, label)).collect();
        text_file.replacen("[field.employer_cvr]", &(new + "[field.employer_cvr]"), 1)
    };
    let (da, en) = (
        texts(
            include_str!("../../forms/fleksjob-wage/1.0/texts.da.toml"),
            ["Omkostningssted", "Lønkørsel", "Lønnote"],
        ),
        texts(
            include_str!("../../forms/fleksjob-wage/1.0/texts.en.toml"),
            ["Cost centre", "Payroll run", "Wage note"],
        ),
    );
    Form::load(&Sources {
        folder: "fleksjob-wage/1.1",
        form: &form,
        da: &da,
        en: &en,
    })
    .unwrap()
}

fn sent(form: &Form, change: impl FnOnce(&mut Value)) -> Result<Submission, Vec<String>> {
    let file = cases::read();
    let (_, mut body) = file.bodies().find(|(case, _)| case.name == "pay by the month").unwrap();
    body["form_version"] = json!("1.1");
    change(&mut body);
    let checked = validate::validate(form, &RULES, &RawSubmission::of_body(body), TODAY);
    checked.map_err(|found| {
        found
            .into_iter()
            .map(|one| format!("{} {}", one.pointer, one.code))
            .collect()
    })
}

#[test]
fn what_is_answered_once_is_kept_shown_and_handed_over() {
    let form = widened();
    let submission = sent(&form, |body| {
        body["employer"]["cost_centre"] = json!(" 4711 ");
        body["payroll_run"] = json!("December 2026");
        body["reports"][0]["wage_note"] = json!("Aftalt i november");
    })
    .unwrap();
    let employer = &submission.employer;
    let shown: Vec<(String, String)> = form.shown_once(&employer.answers(), Language::Da).collect();
    for line in [("Omkostningssted", "4711"), ("Lønkørsel", "December 2026")] {
        let line = (line.0.to_owned(), line.1.to_owned());
        assert!(shown.contains(&line), "{shown:?}");
    }
    assert_eq!(
        employer.to_plain_json()["more"],
        json!({"cost_centre": "4711", "payroll_run": "December 2026"})
    );
    assert!(submission.reports[0].answers.contains("wage_note"));
    assert_eq!(sent(&form, |_| {}).unwrap().employer.to_plain_json().get("more"), None);
}

#[test]
fn what_is_answered_once_is_held_to_its_field_like_any_answer() {
    let too_long = sent(&widened(), |body| {
        body["employer"]["cost_centre"] = json!("x".repeat(41))
    });
    assert_eq!(too_long.unwrap_err(), ["/employer/cost_centre text-too-long"]);
}
