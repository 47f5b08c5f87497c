use super::*;

fn month(text: &str) -> Month {
    text.parse().expect("the months of these tests are months")
}

/// The embedded files with one text exchanged for another, everywhere it stands.
fn changed(from: &str, to: &str) -> Vec<(&'static str, String)> {
    let mut found = false;
    let files = EMBEDDED.iter().map(|(name, text)| {
        found |= text.contains(from);
        (*name, text.replace(from, to))
    });
    let files = files.collect();
    assert!(found, "`{from}` stands in no file, so this test would test nothing");
    files
}

fn faults(from: &str, to: &str) -> Vec<Fault> {
    let files = changed(from, to);
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    match RuleBook::from_toml(&files) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| fault.fault).collect(),
    }
}

#[test]
fn the_embedded_rules_load_and_cover_2013_to_2026() {
    let book = RuleBook::embedded().expect("the embedded rules have no fault");
    assert_eq!(book.complete_months(), Some((month("2013-01"), month("2026-12"))));
    assert!(book.version().starts_with("2026.11.2+sha256:"));
    assert_eq!(book.version().len(), "2026.11.2+sha256:".len() + 64);
}

#[test]
fn a_rate_is_looked_up_by_its_month() {
    let book = RuleBook::embedded().expect("the embedded rules have no fault");
    let maximum = |text| {
        book.rate(RateId::MaximumSubsidy, month(text))
            .map(|rate| rate.value.to_text())
    };
    assert_eq!(maximum("2023-12").as_deref(), Some("19333.00"));
    assert_eq!(maximum("2024-01").as_deref(), Some("19952.00"));
    assert_eq!(maximum("2024-12").as_deref(), Some("19952.00"));
    assert_eq!(maximum("2012-12"), None);
    assert_eq!(maximum("2027-01"), None);
}

#[test]
fn the_loader_refuses_every_kind_of_wrong_value_by_its_name() {
    let year_2024 = "valid_from = 2024-01-01, valid_to = 2024-12-31, value = \"19952\"";
    let with = |dates_and_value: &str| faults(year_2024, dates_and_value);
    let has = |faults: Vec<Fault>, fault: Fault| assert!(faults.contains(&fault), "{fault:?} is not among {faults:?}");
    has(
        with("valid_from = 2024-02-01, valid_to = 2024-12-31, value = \"19952\""),
        Fault::Gap,
    );
    has(
        with("valid_from = 2023-12-01, valid_to = 2024-12-31, value = \"19952\""),
        Fault::Overlap,
    );
    has(
        with("valid_from = 2024-01-01, valid_to = 2025-01-31, value = \"19952\""),
        Fault::Overlap,
    );
    has(with("valid_from = 2024-01-01, value = \"19952\""), Fault::OpenEndInside);
    has(
        with("valid_from = 2023-01-01, valid_to = 2024-12-31, value = \"19952\""),
        Fault::SameBeginning,
    );
    has(
        with("valid_from = 2024-01-02, valid_to = 2024-12-31, value = \"19952\""),
        Fault::NotFirstOfMonth,
    );
    has(
        with("valid_from = 2024-01-01, valid_to = 2024-12-30, value = \"19952\""),
        Fault::NotLastOfMonth,
    );
    has(
        with("valid_from = 2024-01-01, valid_to = 2023-12-31, value = \"19952\""),
        Fault::EndsBeforeItBegins,
    );
    has(
        with("valid_from = \"2024-01-01\", valid_to = 2024-12-31, value = \"19952\""),
        Fault::WrongType(
            "valid_from",
            "a date of the years 1900 to 2199, without quotes: 2024-01-01",
        ),
    );
    has(
        with("valid_from = 2024-01-01, valid_to = 2024-12-31, value = \"19952.001\""),
        Fault::TooManyDecimals,
    );
    has(
        with("valid_from = 2024-01-01, valid_to = 2024-12-31, value = \"-1\""),
        Fault::NotAnAmount,
    );
    has(
        with("valid_from = 2024-01-01, valid_to = 2024-12-31, value = 19952"),
        Fault::WrongType("value", "a text in quotes"),
    );
    has(
        with("valid_from = 2024-01-01, valid_to = 2024-12-31, amount = \"19952\""),
        Fault::UnknownKey("amount".to_owned()),
    );
    has(faults("value = \"55\"", "value = \"155\""), Fault::PercentageOver100);
    has(faults("value = \"55\"", "value = \"55.555\""), Fault::TooManyDecimals);
    has(
        faults("value = \"260/12\"", "value = \"21.6667\""),
        Fault::RoundedFraction,
    );
    has(faults("value = \"260/12\"", "value = \"260/0\""), Fault::NotAFraction);
    has(
        faults("source = \"BEK 233/2024 § 8\" }", "source = \" \" }"),
        Fault::MissingSource,
    );
    has(faults(", source = \"BEK 233/2024 § 8\" }", " }"), Fault::MissingSource);
    has(
        faults("status = \"derived\"", "status = \"guessed\""),
        Fault::UnknownStatus,
    );
    has(
        faults("name = \"atp_maximum\"", "name = \"atp_percent\""),
        Fault::DuplicateName,
    );
    has(
        faults("name = \"atp_maximum\"", "name = \"atp_maximun\""),
        Fault::UnknownName,
    );
    has(
        faults("name = \"atp_maximum\"", "name = \"atp_maximun\""),
        Fault::MissingName("atp_maximum"),
    );
    has(faults("unit = \"days\"", "unit = \"kr\""), Fault::WrongUnit("days"));
    has(
        faults("value = \"after_ceiling\"", "value = \"sometimes\""),
        Fault::UnknownChoice("after_ceiling, before_ceiling".to_owned()),
    );
    has(faults("version = \"2026.11.2\"", ""), Fault::MissingKey("version"));
}

#[test]
fn all_faults_are_told_at_once_with_file_and_place() {
    let files = changed("value = \"20\"", "value = \"120\"");
    let files: Vec<(&str, String)> = files
        .into_iter()
        .map(|(name, text)| (name, text.replace("value = \"52/12\"", "value = \"4.33\"")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let told: Vec<String> = RuleBook::from_toml(&files)
        .err()
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "rates.toml, rate weeks_per_month, values 1: a fraction is stored exactly and never as a rounded decimal: write \"260/12\", not \"21.6667\"",
            "hints.toml, rate hint_ceiling_change_percent, values 1: a percentage is at most 100",
        ]
    );
}

#[test]
fn the_fingerprint_changes_with_any_value() {
    let files = changed("value = \"19952\"", "value = \"19953\"");
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let other = RuleBook::from_toml(&files).expect("a changed amount is no fault");
    let book = RuleBook::embedded().expect("the embedded rules have no fault");
    assert_ne!(book.version(), other.version());
}

#[test]
fn a_step_a_kind_of_income_and_a_part_of_pay_are_held_to_the_same_as_a_rate() {
    let has = |faults: Vec<Fault>, fault: Fault| assert!(faults.contains(&fault), "{fault:?} is not among {faults:?}");
    // The version of a step, of a kind of income and of a part of pay that stands once each in the files.
    let of_step = "source = \"STAR's calculator: 52 weeks in 12 months\" }";
    let of_income = "source = \"P 6-23: lost earnings are not wage\" }";
    let of_part = "source = \"P 14-22: wage income when paid\" }";
    for source in [of_step, of_income, of_part] {
        has(faults(source, "source = \"\" }"), Fault::MissingSource);
        has(faults(&format!(", {source}"), " }"), Fault::MissingSource);
        let unknown = source.replace(" }", ", sauce = \"\" }");
        has(faults(source, &unknown), Fault::UnknownKey("sauce".to_owned()));
        // It ends in 2013, and the same begins again in 2040.
        let both = line_with(source).replace(
            "valid_from = 2013-01-01,",
            "valid_from = 2013-01-01, valid_to = 2013-12-31,",
        );
        let later = line_with(source).replace("valid_from = 2013-01-01,", "valid_from = 2040-01-01,");
        let later = later.replace(", valid_to = 2023-12-31", "");
        let both = both.replace(", valid_to = 2023-12-31", "");
        has(faults(&line_with(source), &format!("{both}\n{later}")), Fault::Gap);
    }
}

/// The line of the embedded files that this stands in.
fn line_with(text: &str) -> String {
    let lines = EMBEDDED.iter().flat_map(|(_, file)| file.lines());
    lines
        .filter(|line| line.contains(text))
        .map(str::to_owned)
        .next()
        .expect("it stands in a file")
}

#[test]
fn every_fault_that_a_file_can_have_is_told() {
    let has = |faults: Vec<Fault>, fault: Fault| assert!(faults.contains(&fault), "{fault:?} is not among {faults:?}");
    has(faults("name = \"atp_maximum\"\n", ""), Fault::MissingKey("name"));
    has(
        faults("name = \"atp_maximum\"\n", "name = 5\n"),
        Fault::WrongType("name", "a text in quotes"),
    );
    has(faults("value = \"30\"", "value = \"thirty\""), Fault::NotAPercentage);
    has(faults("value = \"25\"", "value = \"many\""), Fault::NotDays);
    has(faults("value = \"25\"", "value = \"367\""), Fault::NotDays);
    has(faults("value = \"39\"", "value = \"169\""), Fault::NotHours);
    has(faults("value = \"52/12\"", "value = \"fifty\""), Fault::NotAFraction);
    has(
        faults("counts = false", "counts = \"no\""),
        Fault::WrongType("counts", "true or false"),
    );
    has(faults("counts = false, ", ""), Fault::MissingKey("counts"));
    has(
        faults(
            "name = { da = \"Ret til tilskud\", en = \"Right to a subsidy\" }",
            "name = \"Ret\"",
        ),
        Fault::WrongType("name", "a table with da and en"),
    );
    has(
        faults(
            "name = { da = \"Ret til tilskud\", en = \"Right to a subsidy\" }",
            "name = { da = \"Ret\" }",
        ),
        Fault::MissingKey("en"),
    );
    has(
        faults("[[rule]]\nid = \"spread\"", "[[rule]]\nid = \"atp\""),
        Fault::DuplicateName,
    );
    has(
        faults("[[rule]]\nid = \"spread\"", "[[rule]]\nid = \"spread\"\nvalues = 1"),
        Fault::UnknownKey("values".to_owned()),
    );
    let told = match RuleBook::from_toml(&[("rates.toml", "this is = not = TOML")]) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| fault.fault).collect(),
    };
    assert!(told.iter().any(|fault| matches!(fault, Fault::NotToml(_))), "{told:?}");
    let with_no_values = |text: &str| {
        let files = [("rates.toml", text)];
        RuleBook::from_toml(&files)
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|fault| fault.fault)
            .collect::<Vec<_>>()
    };
    let rate = "[[rate]]\nname = \"atp_maximum\"\nunit = \"kr\"\nparagraph = \"LAB § 137\"\n";
    has(with_no_values(&format!("{rate}values = []")), Fault::NoValue);
    has(
        with_no_values(&format!("{rate}values = 5")),
        Fault::WrongType("values", "a list of tables"),
    );
}
