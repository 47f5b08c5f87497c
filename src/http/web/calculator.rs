//! The calculator: figures in, the subsidy of a month out, every step shown. Stores nothing and asks for nobody.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    Frame, Page,
    calculation::{Calculation, kroner},
    posted::Posted,
    ui::{Choice, Fact, Fault, Input, Need, Question, TextInput, Width},
};
use crate::{
    app::App,
    calculate::{self, Assessment, Ceiling, Income, IncomeType, Pay, SubsidyCase},
    value::{Money, Month, NumberFormat, Refusal},
};

/// Months to choose from, before and after the present one.
const MONTHS_BACK: i32 = 24;
const MONTHS_AHEAD: i32 = 2;

const FORM_ID: &str = "calculator";

#[derive(Template)]
#[template(path = "calculator.html")]
struct CalculatorPage {
    frame: Frame,
    faults: Vec<Fault>,
    questions: Vec<Question>,
    result: Option<ResultView>,
}

/// What came out.
struct ResultView {
    facts: Vec<Fact>,
    calculation: Calculation,
}

/// The figures as typed.
struct Typed<'a> {
    frame: &'a Frame,
    posted: Option<&'a Posted>,
    questions: Vec<Question>,
}

/// `GET /beregner`
pub async fn ask(State(app): State<App>, frame: Frame) -> Response {
    let (questions, _) = read(&app, &frame, None);
    Page(CalculatorPage {
        faults: Vec::new(),
        questions,
        result: None,
        frame,
    })
    .into_response()
}

/// `POST /beregner`: amounts are kept out of the address, even when they are nobody's.
pub async fn answer(State(app): State<App>, mut frame: Frame, posted: Posted) -> Response {
    frame.language_form = Some(FORM_ID);
    let (questions, case) = read(&app, &frame, Some(&posted));
    let faults = Fault::of(&questions);
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let result = case.filter(|_| faults.is_empty()).map(|case| {
        let assessment = calculate::calculate(&app.rules, &case);
        ResultView {
            facts: facts(&assessment, &frame),
            calculation: Calculation::of_month(&assessment, &frame),
        }
    });
    (
        status,
        Page(CalculatorPage {
            faults,
            questions,
            result,
            frame,
        }),
    )
        .into_response()
}

/// The questions with what was typed, and the case that they make.
fn read(app: &App, frame: &Frame, posted: Option<&Posted>) -> (Vec<Question>, Option<SubsidyCase>) {
    let mut typed = Typed {
        frame,
        posted,
        questions: Vec::new(),
    };
    let month = typed.month(Month::of(app.clock.today()));
    let ceiling = typed.amount(
        "wage_ceiling",
        Need::Required,
        frame.t(
            "Lønloft: løn på fuld tid inkl. pension",
            "Ceiling: wage for full time incl. pension",
        ),
        frame.t(
            "Det beløb, arbejdsgiveren har oplyst, pr. måned.",
            "The amount the employer has reported, per month.",
        ),
    );
    let wage = typed.amount(
        "cash_wage",
        Need::Required,
        frame.t("Løn i fleksjobbet", "Wage in the fleksjob"),
        frame.t(
            "Udbetalt i måneden før, før skat og uden pension.",
            "Paid in the month before, before tax and without pension.",
        ),
    );
    let own = typed.amount(
        "own_pension",
        Need::Optional,
        frame.t("Eget pensionsbidrag", "Own pension contribution"),
        frame.t(
            "Hvis det er trukket fra lønnen ovenfor.",
            "If it has been taken off the wage above.",
        ),
    );
    let employers = typed.amount(
        "employer_pension",
        Need::Optional,
        frame.t("Arbejdsgivers pensionsbidrag", "Employer's pension contribution"),
        frame.t("Tæller med som løn.", "Counts as wage."),
    );
    let case = ceiling.zip(wage).map(|(ceiling, wage)| SubsidyCase {
        income: vec![Income {
            own_pension: own.unwrap_or(Money::ZERO),
            employer_pension: employers.unwrap_or(Money::ZERO),
            ..Income::new(IncomeType::FleksjobWage, Pay::Month(wage))
        }],
        ceiling: Ceiling::Whole(ceiling),
        ..SubsidyCase::new(month)
    });
    (typed.questions, case)
}

impl Typed<'_> {
    fn text(&self, name: &str) -> &str {
        self.posted.map(|posted| posted.get(name).trim()).unwrap_or_default()
    }

    fn month(&mut self, present: Month) -> Month {
        let chosen = self.text("subsidy_month").parse().unwrap_or(present);
        let months = (-MONTHS_BACK..=MONTHS_AHEAD)
            .rev()
            .map(|distance| present.plus_months(distance));
        let options = months.map(|month| Choice {
            code: month.to_string(),
            label: month.to_text(self.frame.language),
            hint: String::new(),
            chosen: month == chosen,
        });
        self.questions.push(Question {
            id: "subsidy_month".to_owned(),
            name: "subsidy_month".to_owned(),
            label: self
                .frame
                .t("Måned, tilskuddet er for", "Month the subsidy is for")
                .to_owned(),
            hint: self
                .frame
                .t(
                    "Tilskuddet regnes af lønnen måneden før.",
                    "The subsidy is calculated from the wage of the month before.",
                )
                .to_owned(),
            input: Input::Select(options.collect()),
            ..Question::default()
        });
        chosen
    }

    /// Asks for an amount and reads it; a fault goes with the question.
    fn amount(&mut self, name: &str, need: Need, label: &str, hint: &str) -> Option<Money> {
        let text = self.text(name).to_owned();
        let (amount, error) = match (text.is_empty(), need, self.posted) {
            (_, _, None) | (true, Need::Optional | Need::Depends, _) => (None, None),
            (true, Need::Required, _) => {
                let missing = format!(
                    "{} {}",
                    self.frame.t("Skriv beløbet i", "Write the amount in"),
                    quoted(label)
                );
                (None, Some(missing))
            }
            (false, _, _) => match Money::parse(&text, NumberFormat::Danish) {
                Ok(amount) => (Some(amount), None),
                Err(refusal) => (None, Some(refusal.message().get(self.frame.language).to_owned())),
            },
        };
        self.questions.push(Question {
            id: name.to_owned(),
            name: name.to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            errors: error.into_iter().collect(),
            need,
            input: Input::Text(TextInput {
                value: text,
                width: Width::Short,
                numeric: true,
                suffix: self.frame.t("kr. pr. måned", "kr. per month").to_owned(),
                autocomplete: "off",
            }),
        });
        amount
    }
}

fn quoted(label: &str) -> String {
    format!("»{label}«.")
}

fn facts(assessment: &Assessment, frame: &Frame) -> Vec<Fact> {
    let Some(amounts) = assessment.amounts() else {
        return Vec::new();
    };
    let fact = |label: &str, amount| Fact {
        label: label.to_owned(),
        value: kroner(amount, frame),
    };
    vec![
        fact(frame.t("Fleksløntilskud", "Subsidy"), amounts.subsidy),
        fact(
            frame.t("Til udbetaling før skat", "Paid before tax"),
            amounts.paid_before_tax,
        ),
    ]
}
