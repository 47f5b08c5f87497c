//! Lint finds each kind of fault. Every test spoils the form that is built in, in one way.

use crate::form::{Form, FormFault, Problem, Sources};

const FORM: &str = include_str!("../../forms/fleksjob-wage/1.0/form.toml");
const DA: &str = include_str!("../../forms/fleksjob-wage/1.0/texts.da.toml");
const EN: &str = include_str!("../../forms/fleksjob-wage/1.0/texts.en.toml");

fn load(form: &str, da: &str) -> Vec<FormFault> {
    let sources = Sources {
        folder: "fleksjob-wage/1.0",
        form,
        da,
        en: EN,
    };
    Form::load(&sources).err().unwrap_or_default()
}

/// The faults of the form with one piece replaced.
fn spoiled(piece: &str, by: &str) -> Vec<Problem> {
    assert!(FORM.contains(piece), "the form has no {piece}");
    load(&FORM.replacen(piece, by, 1), DA)
        .into_iter()
        .map(|fault| fault.problem)
        .collect()
}

/// The faults of the Danish texts with one piece replaced.
fn spoiled_text(piece: &str, by: &str) -> Vec<FormFault> {
    assert!(DA.contains(piece), "the texts have no {piece}");
    load(FORM, &DA.replacen(piece, by, 1))
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let problems = spoiled("need = \"always\"", "need = \"always\"\nneeded = true");
    assert!(matches!(&problems[..], [Problem::Unreadable(text)] if text.contains("needed") && text.contains("line")));
}

#[test]
fn a_fraction_or_a_bare_date_has_no_canonical_text() {
    let problems = spoiled("valid_from = \"2026-11-01\"", "valid_from = 2026-11-01");
    assert!(problems.contains(&Problem::NotCanonical));
}

#[test]
fn a_missing_text_names_its_file_and_place() {
    let faults = spoiled_text("help = \"8 cifre. Står på virk.dk.\"", "");
    assert_eq!(faults.len(), 1);
    assert_eq!(
        faults[0].to_string(),
        "fleksjob-wage/1.0/texts.da.toml: field.employer_cvr.help: the text is missing: write it"
    );
}

#[test]
fn a_text_that_nothing_uses_is_a_slip() {
    let faults = spoiled_text(
        "[field.employer_se_number.rule]",
        "[field.employer_se_number.option]\nnone = \"Ingen\"\n[field.employer_se_number.rule]",
    );
    assert_eq!(faults[0].problem, Problem::TextUnused);
    assert_eq!(faults[0].place, "field.employer_se_number.option.none");
}

#[test]
fn a_phrase_that_helps_nobody_is_banned() {
    let faults = spoiled_text(
        "missing = \"Skriv medarbejderens navn.\"",
        "missing = \"Feltet er påkrævet.\"",
    );
    assert!(matches!(faults[0].problem, Problem::BannedPhrase(_)));
}

#[test]
fn a_placeholder_that_the_rule_can_not_fill_is_told() {
    let faults = spoiled_text(
        "Fuld tid er sjældent under {min}",
        "Fuld tid er sjældent under {minimum}",
    );
    assert_eq!(faults[0].problem, Problem::UnknownPlaceholder("minimum".to_owned()));
}

#[test]
fn a_comma_in_a_label_would_split_a_cell() {
    let faults = spoiled_text("bonus = \"Fast bonus\"", "bonus = \"Bonus, fast\"");
    assert_eq!(faults[0].problem, Problem::SeparatorInLabel("bonus".to_owned()));
}

#[test]
fn two_fields_of_one_name_or_one_label_are_told() {
    let ids = spoiled("id = \"contact_phone\"", "id = \"contact_email\"");
    assert!(ids.contains(&Problem::Repeated("contact_email".to_owned())));
    let labels = spoiled_text("label = \"Telefon\"", "label = \"E-mail\"");
    assert_eq!(labels[0].problem, Problem::Repeated("e-mail".to_owned()));
}

#[test]
fn a_parameter_that_is_missing_or_of_another_type_is_told() {
    assert!(spoiled("max_length = 140\n", "").contains(&Problem::ParameterMissing("max_length")));
    assert!(
        spoiled("max_length = 140\n", "max_length = 140\nunit = \"kr\"\n").contains(&Problem::ParameterUnused("unit"))
    );
    let need = spoiled(
        "need = \"when\"\nneeded_when = { not = { field = \"contact_phone\", answered = true } }",
        "need = \"when\"",
    );
    assert!(need.contains(&Problem::ParameterMissing("needed_when")));
}

#[test]
fn an_unknown_type_kind_or_check_is_told() {
    assert!(spoiled("type = \"phone\"", "type = \"fax\"").contains(&Problem::UnknownType("fax".to_owned())));
    assert!(
        spoiled("code = \"one_off_payment\"", "code = \"bonus\"").contains(&Problem::KindMissing("one_off_payment"))
    );
    let unfit = spoiled("check.cpr_number_inside = {}", "check.range = { min = \"1\" }");
    assert!(unfit.contains(&Problem::CheckUnfit("text")));
}

#[test]
fn a_default_must_be_an_answer() {
    assert!(spoiled("default = \"37\"", "default = \"full\"").contains(&Problem::DefaultUnreadable));
}

#[test]
fn the_fields_that_the_service_reads_stay_in_place() {
    let renamed = spoiled("id = \"base_wage\"", "id = \"basic_wage\"");
    assert!(renamed.contains(&Problem::Anchor("money", "any")));
    let optional = spoiled(
        "type = \"cpr\"\nneed = \"always\"",
        "type = \"cpr\"\nneed = \"optional\"",
    );
    assert!(optional.contains(&Problem::Anchor("cpr", "always")));
    let hidden = spoiled("\"report_kind\", \"employee_cpr\", ", "\"report_kind\", ");
    assert!(hidden.contains(&Problem::KindLacksField("employee_cpr")));
}

#[test]
fn a_field_that_no_report_shows_is_told() {
    assert!(spoiled("fields = [\"unchanged_as_of\"]", "fields = []").contains(&Problem::NeverShown));
}

#[test]
fn a_version_must_agree_with_its_folder() {
    assert_eq!(
        spoiled("version = \"1.0\"", "version = \"1.1\""),
        [Problem::VersionElsewhere]
    );
}

#[test]
fn all_faults_are_told_at_once() {
    let form =
        FORM.replacen("default = \"37\"", "default = \"full\"", 1)
            .replacen("type = \"phone\"", "type = \"fax\"", 1);
    let da = DA.replacen("label = \"Virksomheden\"", "label = \" \"", 1).replacen(
        "Skriv medarbejderens navn.",
        "Der opstod en fejl.",
        1,
    );
    assert!(load(&form, &da).len() >= 4);
}

#[test]
fn a_condition_on_a_field_or_answer_that_is_not_there_is_told() {
    let unknown = spoiled(
        "shown_when = { field = \"entry_mode\", is = \"build_up\" }",
        "shown_when = { field = \"entry\", is = \"build_up\" }",
    );
    assert!(unknown.contains(&Problem::UnknownField("entry".to_owned())));
    let code = spoiled(
        "shown_when = { field = \"entry_mode\", is = \"build_up\" }",
        "shown_when = { field = \"entry_mode\", is = \"build\" }",
    );
    assert!(code.contains(&Problem::UnknownCode {
        field: "entry_mode".to_owned(),
        code: "build".to_owned()
    }));
}

#[test]
fn conditions_in_a_circle_are_told_with_the_way_around() {
    let problems = spoiled(
        "id = \"contact_phone\"\nscope = \"employer\"\ntype = \"phone\"\nneed = \"sender_knows\"",
        "id = \"contact_phone\"\nscope = \"employer\"\ntype = \"phone\"\nneed = \"when\"\nneeded_when = { not = { field = \"contact_email\", answered = true } }",
    );
    assert!(problems.contains(&Problem::Circle("contact_email → contact_phone".to_owned())));
}

/// The same in the definition and both texts, as a careful editor would rename it.
fn renamed(from: &str, to: &str) -> Vec<Problem> {
    let word = |text: &str| {
        let mut renamed = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(from) {
            let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
            let (before, after) = (rest[..at].chars().next_back(), rest[at + from.len()..].chars().next());
            renamed.push_str(&rest[..at]);
            renamed.push_str(if is_part(before) || is_part(after) { from } else { to });
            rest = &rest[at + from.len()..];
        }
        renamed + rest
    };
    let (form, da, en) = (word(FORM), word(DA), word(EN));
    let sources = Sources {
        folder: "fleksjob-wage/1.0",
        form: &form,
        da: &da,
        en: &en,
    };
    let faults = Form::load(&sources).err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.problem).collect()
}

#[test]
fn a_form_with_any_field_or_option_renamed_that_the_service_reads_does_not_load() {
    assert_eq!(renamed("nothing_of_the_kind", "x"), []);
    for anchor in crate::fields::anchors() {
        for name in std::iter::once(anchor.id).chain(anchor.codes.into_iter().flatten()) {
            assert!(
                !renamed(name, "renamed_by_somebody").is_empty(),
                "{}: {name}",
                anchor.id
            );
        }
    }
}

#[test]
fn an_option_added_or_taken_away_that_the_service_would_have_to_know_is_refused() {
    let options = "options = [\"month\", \"hour\", \"two_weeks\"]";
    let codes = Problem::Codes("month, hour, two_weeks".to_owned());
    assert!(spoiled(options, "options = [\"month\", \"hour\", \"two_weeks\", \"quarter\"]").contains(&codes));
    assert!(spoiled(options, "options = [\"month\", \"hour\"]").contains(&codes));
}

#[test]
fn limits_without_a_number_between_them_and_defaults_beyond_them_are_told() {
    let hours = "check.range = { min = \"25\", max = \"48\" }";
    assert!(spoiled(hours, "check.range = { min = \"25\", max = \"24\" }").contains(&Problem::LimitsEmpty));
    assert!(spoiled(hours, "check.range = { above = \"48\", max = \"48\" }").contains(&Problem::LimitsEmpty));
    let broken = Problem::DefaultBroken("full-time-hours-out-of-range".to_owned());
    assert!(spoiled(hours, "check.range = { min = \"25\", max = \"36\" }").contains(&broken));
    let months = "check.months_back = { at_most = 3 }";
    for (limit, absurd) in [(2_000_000_000_i64, true), (1_201, true), (-1, true), (1_200, false)] {
        let told = spoiled(months, &format!("check.months_back = {{ at_most = {limit} }}"));
        assert_eq!(
            told.contains(&Problem::LimitAbsurd(limit, 1_200)),
            absurd,
            "{limit}: {told:?}"
        );
    }
}

#[test]
fn conditions_that_never_hold_are_told_also_by_way_of_others() {
    let percent = "shown_when = { field = \"pension_mode\", is = \"percent\" }";
    for never in [
        "shown_when = { all = [{ field = \"pension_mode\", is = \"percent\" }, { field = \"pension_mode\", is = \"none\" }] }",
        "shown_when = { all = [{ field = \"pension_mode\", is = \"percent\" }, { not = { field = \"pension_mode\", answered = true } }] }",
        // The mode of pension is asked about where the wage is built up.
        "shown_when = { all = [{ field = \"pension_mode\", is = \"percent\" }, { field = \"entry_mode\", is = \"total_known\" }] }",
    ] {
        assert!(spoiled(percent, never).contains(&Problem::NeverHolds), "{never}");
    }
}

#[test]
fn what_nobody_asks_for_by_law_or_decision_is_told() {
    assert!(spoiled("paragraph = \"LAB § 122\"\n", "").contains(&Problem::ParagraphMissing));
}

#[test]
fn a_text_that_names_another_limit_and_one_of_the_other_language_are_told() {
    let shorter = spoiled("max_length = 80", "max_length = 20");
    assert!(shorter.contains(&Problem::LimitToldWrong("80".to_owned(), "20".to_owned())));
    let english = spoiled_text(
        "label = \"Stillingsbetegnelse\"",
        "label = \"The position of the employee\"",
    );
    assert_eq!(english[0].problem, Problem::WrongLanguage("Danish"));
    let unknown = spoiled_text("Skriv højst 80 tegn.", "Skriv højst {most} tegn.");
    assert_eq!(unknown[0].problem, Problem::UnknownPlaceholder("most".to_owned()));
}

#[test]
fn a_needed_field_that_no_system_could_answer_when_it_withdraws_is_told() {
    let field = |scope: &str, more: &str| {
        format!(
            "[[field]]\nid = \"reason_given\"\nscope = \"{scope}\"\ntype = \"text\"\nmax_length = 40\nparagraph = \"x\"\n{more}\n\n"
        )
    };
    let texts = |text: &str| {
        text.replacen("[field.employer_cvr]", "[field.reason_given]\nlabel = \"X\"\nhelp = \"X\"\nmissing = \"X\"\nwrong = \"X\"\nreason = \"X\"\n\n[field.employer_cvr]", 1)
    };
    let load = |scope: &str, more: &str| {
        let at = "[[field]]\nid = \"declaration_accepted\"";
        let mut form = FORM.replacen(at, &format!("{}{at}", field(scope, more)), 1);
        if scope == "report" {
            form = form.replacen(
                "\"corrected_report_kind\"]",
                "\"corrected_report_kind\", \"reason_given\"]",
                1,
            );
        }
        let (da, en) = (texts(DA), texts(EN));
        let sources = Sources {
            folder: "fleksjob-wage/1.0",
            form: &form,
            da: &da,
            en: &en,
        };
        let faults = Form::load(&sources).err().unwrap_or_default();
        faults
            .into_iter()
            .any(|fault| fault.problem == Problem::StopsWithdrawals)
    };
    for scope in ["employer", "submission", "report"] {
        assert!(load(scope, "need = \"always\""), "{scope}");
        assert!(!load(scope, "need = \"optional\""), "{scope}");
    }
    let only_replacing = "need = \"always\"\nshown_when = { field = \"correction_action\", is = \"replace\" }";
    assert!(!load("report", only_replacing));
}

#[test]
fn only_what_the_service_computes_can_be_computed() {
    let told = Problem::Computed("full_time_total_monthly_wage".to_owned());
    let computed = "computed_when = { field = \"entry_mode\", is = \"build_up\" }\n";
    assert!(spoiled(computed, "").contains(&told));
    let another = spoiled("id = \"base_wage\"\n", &format!("id = \"base_wage\"\n{computed}"));
    assert!(another.contains(&told), "{another:?}");
}
