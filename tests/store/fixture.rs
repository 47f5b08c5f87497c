//! Submissions to store. The persons are those of the national test list, or of birth years that nobody alive has.

use std::sync::LazyLock;

use fleksport::{
    calculate::{FullTimeWage, ReportAssessment, ReportFacts, RuleBook, StatedWage, assess_report},
    entropy::Entropy,
    finding::Violation,
    record::{
        Answer, Answers, Channel, Correction, CorrectionAction, Employee, Employer, FormRef, HeldReason, HintAnswer,
        HintReply, IdempotencyKey, Intake, IntakeReport, MunicipalityAnswer, OutboxOrder, Report, ReportKind,
        ReportState, Route, Sender, StoredCpr,
    },
    value::{
        Cpr, Cvr, Email, Localized, Money, MunicipalityCode, Phone, ReceiptNumber, Redacted, ReportId, SubmissionId,
    },
};
use jiff::civil::date;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::ground::start;

pub const NANCY: &str = "251248-9996";
pub const NANCY_NAME: &str = "Nancy Ann Test Berggren";
pub const CVR: &str = "13585628";
pub const OTHER_CVR: &str = "24256790";
pub const WAGE: &str = "32067.00";
pub const HINT_ANSWER: &str = "Nummeret er set efter i lønsystemet.";

pub fn cvr(number: &str) -> Cvr {
    number.parse().unwrap()
}

pub fn municipality(code: &str) -> MunicipalityCode {
    code.parse().unwrap()
}

pub fn cpr(number: &str) -> Cpr {
    Cpr::parse(number, date(2026, 12, 1)).unwrap()
}

pub fn report_id() -> ReportId {
    ReportId::from_uuid(Entropy::System.uuid(start()).unwrap())
}

/// A full-time wage report for a municipality.
pub fn report(code: &str) -> IntakeReport {
    let municipality = municipality(code);
    IntakeReport {
        id: report_id(),
        report: content(ReportKind::FullTimeWage, None, code),
        route: Route::NamedByEmployer { municipality },
        state: ReportState::Available {
            municipality,
            since: start(),
        },
        assessment: assessment(),
    }
}

/// A report for which a person has to find the municipality.
pub fn held_report() -> IntakeReport {
    let reason = HeldReason::PostcodeInSeveral {
        candidates: vec![municipality("0101"), municipality("0147")],
    };
    IntakeReport {
        route: Route::Held { reason: reason.clone() },
        state: ReportState::Held { reason, since: start() },
        ..report("0101")
    }
}

/// Replaces an earlier report.
pub fn replacement(of: ReportId, code: &str) -> IntakeReport {
    let action = CorrectionAction::Replace {
        as_kind: ReportKind::FullTimeWage,
    };
    let correction = Some(Correction { corrects: of, action });
    IntakeReport {
        report: content(ReportKind::Correction, correction, code),
        ..report(code)
    }
}

/// Takes an earlier report back. Names no municipality, so that its own route is of no use.
pub fn withdrawal(of: ReportId) -> IntakeReport {
    let correction = Some(Correction {
        corrects: of,
        action: CorrectionAction::Withdraw,
    });
    IntakeReport {
        report: content(ReportKind::Correction, correction, "0101"),
        ..held_report()
    }
}

/// What the rules give for the wage, with a first month calculated and its trace.
fn assessment() -> ReportAssessment {
    static ASSESSMENT: LazyLock<ReportAssessment> = LazyLock::new(|| assessed(Some(Money::from_ore(1_234_567))));
    ASSESSMENT.clone()
}

/// The same without a first month: a sixth of the bytes, for tests that store very many reports.
pub fn short_assessment() -> ReportAssessment {
    static ASSESSMENT: LazyLock<ReportAssessment> = LazyLock::new(|| assessed(None));
    ASSESSMENT.clone()
}

fn assessed(expected_first_wage: Option<Money>) -> ReportAssessment {
    let wage = FullTimeWage {
        valid_from: date(2026, 12, 1),
        valid_to: None,
        wage: StatedWage::Total(Money::from_ore(3_206_700)),
        full_time_weekly_hours: Some("37".parse().unwrap()),
        paid_weekly_hours: Some("12".parse().unwrap()),
        expected_first_wage,
        employment_start: Some(date(2026, 12, 1)),
        counts_employer_pension: Some(true),
        counts_supplements: None,
        previous_total: None,
    };
    let Ok(rules) = RuleBook::embedded() else {
        panic!("the rules have faults")
    };
    assess_report(&rules, &ReportFacts::FullTimeWage(wage))
}

fn content(kind: ReportKind, correction: Option<Correction>, code: &str) -> Report {
    let employee = Employee {
        cpr: cpr(NANCY),
        name: Redacted::new(NANCY_NAME.into()),
    };
    let mut answers = Answers::default();
    answers.insert("employee_cpr", Answer::Cpr(StoredCpr(employee.cpr.clone())));
    answers.insert("employee_name", Answer::Text(NANCY_NAME.into()));
    answers.insert(
        "municipality_code",
        Answer::Municipality(MunicipalityAnswer::One(municipality(code))),
    );
    answers.insert(
        "full_time_total_monthly_wage",
        Answer::Money(Money::from_ore(3_206_700)),
    );
    answers.insert("valid_from", Answer::Date(date(2026, 12, 1)));
    answers.insert("included_components", Answer::Choices(vec!["employer_pension".into()]));
    let raw = json!({
        "employee_cpr": NANCY, "employee_name": NANCY_NAME, "full_time_total_monthly_wage": "32.067,00 kr.",
        "full_time_weekly_hours": 37.0, "own_number": 123_456_789_012_345_678_901_234_567_890_f64,
    });
    let notice = Violation::hint(
        "/reports/0/employee_cpr",
        "cpr-modulus-11",
        Localized::new("Kontrollér nummeret.", "Check the number."),
    );
    let answer = HintAnswer {
        pointer: Some("/employee_cpr".into()),
        code: "cpr-modulus-11".into(),
        answer: HintReply::Explained,
        text: Some(HINT_ANSWER.parse().unwrap()),
    };
    Report {
        kind,
        correction,
        employee,
        answers,
        raw: Redacted::new(raw),
        notices: vec![notice],
        hint_answers: vec![answer],
    }
}

/// A submission of these reports under a key, with content that goes with the key.
pub fn intake(key: &str, reports: Vec<IntakeReport>) -> Intake {
    Intake {
        id: SubmissionId::from_uuid(Entropy::System.uuid(start()).unwrap()),
        receipt_number: ReceiptNumber::from_random(Entropy::System.bytes().unwrap()),
        received_at: start(),
        channel: Channel::Api,
        sender: Sender {
            cvr: cvr(CVR),
            credential: None,
        },
        idempotency: IdempotencyKey {
            key: key.into(),
            content_digest: Sha256::digest(key).into(),
        },
        transaction_id: Entropy::System.uuid(start()).unwrap(),
        form: FormRef {
            id: "fleksjob-wage".into(),
            version: "1.0".into(),
            hash: "00ff".into(),
        },
        employer: Employer {
            cvr: cvr(CVR),
            se_number: None,
            contact_name: Redacted::new("Løn & Personale".into()),
            contact_email: Some("loen@example.dk".parse::<Email>().unwrap()),
            contact_phone: Some("+4533112233".parse::<Phone>().unwrap()),
            more: Answers::default(),
        },
        notices: vec![Violation::warning("", "late", Localized::new("Sent.", "Late."))],
        reports,
        original: Redacted::new(format!("{{\"employee_cpr\": \"{NANCY}\"}}").into_bytes()),
        orders: vec![OutboxOrder::ReceiptMail],
        seen_version: None,
    }
}

/// The same by another employer.
pub fn of_other_employer(mut intake: Intake) -> Intake {
    intake.sender.cvr = cvr(OTHER_CVR);
    intake.employer.cvr = cvr(OTHER_CVR);
    intake
}
