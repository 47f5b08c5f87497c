//! The calculator with further income for the person of a report: the ceiling is the report's, the income what the case worker tries
//! out. Nothing is stored and nothing stands in the address; that the report was opened is written down.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    access::Grant,
    app::App,
    calculate::{
        self, Assessment, Benefit, BenefitAmount, BenefitKind, Ceiling, Income, IncomeType, Pay, ReportAssessment,
        RuleBook, SubsidyCase,
    },
    fields,
    http::{
        Problem, ProblemType, RequestContext,
        web::{
            Frame, Page,
            calculation::{Calculation, kroner},
            posted::Posted,
            ui::{Choice, Fact, Fault, Input, Keyboard, Need, Question, TextInput, Width},
        },
    },
    store::ReportDetail,
    value::{Money, Month, NumberFormat, Refusal, ReportId},
};

const MONTH: &str = "subsidy_month";
const CEILING: &str = "wage_ceiling";
const CEILING_SUPPLEMENT: &str = "ceiling_supplement";
/// The word that tells a form filled in from one just opened.
const ASKED: &str = "asked";
/// Empty lines below those filled in.
const SPARE: usize = 3;
const MOST_LINES: usize = 20;

#[derive(Template)]
#[template(path = "inbox-what-if.html")]
struct WhatIfPage {
    frame: Frame,
    faults: Vec<Fault>,
    id: ReportId,
    employee: String,
    basis: Vec<Question>,
    lines: Vec<Line>,
    result: Option<ResultView>,
}

/// One income: what it is, and how much.
struct Line {
    number: usize,
    kind: Question,
    amount: Question,
}

/// What came out.
struct ResultView {
    amounts: Vec<Fact>,
    hints: Vec<String>,
    calculation: Calculation,
}

/// What a line can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineKind {
    Income(IncomeType),
    /// Of the fleksjob, before tax.
    OwnPension,
    EmployerPension,
    HolidaySupplement,
    FreeChoicePayout,
    BenefitsInKind,
    Benefit(BenefitKind),
}

impl LineKind {
    const ALL: [(Self, &'static str); 14] = [
        (Self::Income(IncomeType::FleksjobWage), "fleksjob_wage"),
        (Self::EmployerPension, "employer_pension"),
        (Self::OwnPension, "own_pension"),
        (Self::HolidaySupplement, "holiday_supplement"),
        (Self::FreeChoicePayout, "free_choice_payout"),
        (Self::BenefitsInKind, "benefits_in_kind"),
        (Self::Income(IncomeType::SpreadBonus), "spread_bonus"),
        (Self::Income(IncomeType::OtherWage), "other_wage"),
        (Self::Income(IncomeType::SelfEmployedSurplus), "self_employed_surplus"),
        (Self::Income(IncomeType::LostEarnings), "lost_earnings"),
        (Self::Income(IncomeType::CarerPay), "carer_pay"),
        (Self::Benefit(BenefitKind::Sickness), "sickness_benefit"),
        (Self::Benefit(BenefitKind::Parental), "parental_benefit"),
        (Self::Benefit(BenefitKind::Rehabilitation), "rehabilitation_benefit"),
    ];

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(_, one)| *one == code)
            .map(|(kind, _)| kind)
    }

    fn words(code: &str, frame: &Frame) -> &'static str {
        let (da, en) = match code {
            "fleksjob_wage" => ("Løn i fleksjobbet", "Wage in the fleksjob"),
            "employer_pension" => ("Arbejdsgiverens pension", "Employer's pension"),
            "own_pension" => (
                "Eget pensionsbidrag, trukket fra lønnen",
                "Own pension, taken off the wage",
            ),
            "holiday_supplement" => ("Ferietillæg i fleksjobbet", "Holiday supplement of the fleksjob"),
            "free_choice_payout" => (
                "Udbetalt fritvalg eller SH i fleksjobbet",
                "Free-choice or public-holiday savings paid in the fleksjob",
            ),
            "benefits_in_kind" => (
                "Personalegoder: bil, telefon, kost",
                "Benefits in kind: car, telephone, board",
            ),
            "spread_bonus" => ("Månedens andel af en bonus", "This month's share of a bonus"),
            "other_wage" => ("Anden løn", "Other wage"),
            "self_employed_surplus" => ("Overskud af egen virksomhed", "Surplus of an own business"),
            "lost_earnings" => ("Tabt arbejdsfortjeneste", "Compensation for lost earnings"),
            "carer_pay" => ("Plejevederlag", "Carer's pay"),
            "sickness_benefit" => ("Sygedagpenge", "Sickness benefit"),
            "parental_benefit" => ("Barselsdagpenge", "Parental benefit"),
            _ => ("Ressourceforløbsydelse", "Rehabilitation benefit"),
        };
        frame.t(da, en)
    }
}

/// `POST /kommune/{id}/beregn`
pub async fn what_if(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    if !posted.is_ours(&frame) {
        return Err(Problem::new(ProblemType::Forbidden));
    }
    let missing = || Problem::new(ProblemType::NotFound);
    let id: ReportId = id.parse().map_err(|_| missing())?;
    let found = app.store.read_report(&grant, context.transaction_id, id).await;
    let detail = found?.ok_or_else(missing)?;
    let page = WhatIfPage::of(&app, &detail, frame, &posted);
    let status = if page.faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok((status, Page(page)).into_response())
}

impl WhatIfPage {
    fn back(&self) -> String {
        format!("/kommune/{}", self.id)
    }

    fn of(app: &App, detail: &ReportDetail, mut frame: Frame, posted: &Posted) -> Self {
        let first = begun(detail);
        let asked = !posted.get(ASKED).is_empty();
        let typed = |name: &str| match (asked, name) {
            (true, name) => posted.get(name).to_owned(),
            (false, name) => first
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.clone())
                .unwrap_or_default(),
        };
        let mut reading = Reading {
            frame: &frame,
            typed: &typed,
            asked,
        };
        let (month, month_question) = reading.month(&app.rules, Month::of(app.clock.today()));
        let (ceiling, ceiling_question) = reading.ceiling();
        let (supplement, supplement_question) = reading.ceiling_supplement();
        let (income, lines) = reading.lines();
        let basis = vec![month_question, ceiling_question, supplement_question];
        let each = lines.iter().flat_map(|line| [line.kind.clone(), line.amount.clone()]);
        let faults = Fault::of(&basis.iter().cloned().chain(each).collect::<Vec<_>>());
        let case = month.filter(|_| asked && faults.is_empty());
        let case = case.map(|month| SubsidyCase {
            ceiling_supplement: supplement.unwrap_or_default(),
            ..case_of(detail, month, ceiling, &income)
        });
        let result = case.map(|case| ResultView::of(&calculate::calculate(&app.rules, &case), &frame));
        frame.language_form = Some("what-if");
        Self {
            faults,
            id: detail.report.id,
            employee: detail.report.report.employee.name.expose().clone(),
            basis,
            lines,
            result,
            frame,
        }
    }
}

/// What the report says already: the form begins with it.
fn begun(detail: &ReportDetail) -> Vec<(&'static str, String)> {
    let report = &detail.report;
    let ceiling = match &report.assessment {
        ReportAssessment::FullTimeWage(ceiling) => ceiling.wage_ceiling,
        _ => None,
    };
    let mut all: Vec<_> = ceiling
        .map(|amount| (CEILING, amount.to_danish()))
        .into_iter()
        .collect();
    if let Some(wage) = report.report.answers.read(fields::EXPECTED_FIRST_WAGE) {
        all.extend([("kind_1", "fleksjob_wage".to_owned()), ("amount_1", wage.to_danish())]);
    }
    all
}

/// The month with what was tried out; start and hours are those of the report.
fn case_of(detail: &ReportDetail, month: Month, ceiling: Option<Money>, lines: &[(LineKind, Money)]) -> SubsidyCase {
    let answers = &detail.report.report.answers;
    let mut case = SubsidyCase {
        ceiling: ceiling.map_or(Ceiling::Unknown, Ceiling::Whole),
        employment_start: answers.read(fields::EMPLOYMENT_START_DATE),
        paid_weekly_hours: answers.read(fields::PAID_WEEKLY_HOURS),
        ..SubsidyCase::new(month)
    };
    for (kind, amount) in lines {
        match kind {
            LineKind::Income(kind) => case.income.push(Income::new(*kind, Pay::Month(*amount))),
            LineKind::OwnPension
            | LineKind::EmployerPension
            | LineKind::HolidaySupplement
            | LineKind::FreeChoicePayout
            | LineKind::BenefitsInKind => {}
            LineKind::Benefit(kind) => case.benefits.push(Benefit {
                kind: *kind,
                amount: BenefitAmount::Paid(*amount),
            }),
        }
    }
    for (kind, amount) in lines {
        match kind {
            LineKind::OwnPension => add(&mut fleksjob(&mut case).own_pension, *amount),
            LineKind::EmployerPension => add(&mut fleksjob(&mut case).employer_pension, *amount),
            LineKind::HolidaySupplement => add(&mut fleksjob(&mut case).holiday_supplement, *amount),
            LineKind::FreeChoicePayout => add(&mut fleksjob(&mut case).free_choice_payout, *amount),
            LineKind::BenefitsInKind => add(&mut fleksjob(&mut case).benefits_in_kind, *amount),
            LineKind::Income(_) | LineKind::Benefit(_) => {}
        }
    }
    case
}

/// Amounts that were read are far too small for their sum not to be an amount.
fn add(to: &mut Money, amount: Money) {
    *to = to.checked_add(amount).unwrap_or(*to);
}

/// The wage of the fleksjob that a pension or a supplement goes with.
fn fleksjob(case: &mut SubsidyCase) -> &mut Income {
    let found = case
        .income
        .iter()
        .position(|income| income.kind == IncomeType::FleksjobWage);
    let at = found.unwrap_or(case.income.len());
    if found.is_none() {
        case.income
            .push(Income::new(IncomeType::FleksjobWage, Pay::Month(Money::ZERO)));
    }
    &mut case.income[at]
}

/// The form while it is read.
struct Reading<'a> {
    frame: &'a Frame,
    typed: &'a dyn Fn(&str) -> String,
    asked: bool,
}

impl Reading<'_> {
    fn month(&mut self, rules: &RuleBook, present: Month) -> (Option<Month>, Question) {
        let (first, last) = rules.complete_months().unwrap_or((present, present));
        let typed = (self.typed)(MONTH);
        let month = if self.asked {
            typed.parse().ok().filter(|month| (first..=last).contains(month))
        } else {
            Some(present.clamp(first, last))
        };
        let error = month.is_none().then(|| {
            self.frame
                .t("Vælg en måned fra listen.", "Choose a month of the list.")
                .to_owned()
        });
        let months = (0..=first.months_until(last))
            .rev()
            .map(|distance| first.plus_months(distance));
        let options = months.map(|option| Choice {
            code: option.to_string(),
            label: option.to_text(self.frame.language),
            hint: String::new(),
            chosen: Some(option) == month,
        });
        let label = self.frame.t("Måned, tilskuddet er for", "Month the subsidy is for");
        let hint = self.frame.t(
            "Indkomsten er den fra måneden før.",
            "The income is that of the month before.",
        );
        (
            month,
            question(
                MONTH,
                label,
                hint,
                Need::Required,
                Input::Select(options.collect()),
                error,
            ),
        )
    }

    fn ceiling(&mut self) -> (Option<Money>, Question) {
        let label = self.frame.t("Lønloft, kr. pr. måned", "Ceiling, kr. a month");
        let hint = self.frame.t(
            "Fra indberetningen, hvor den har et. Det kan ændres her.",
            "From the report, where it has one. It can be changed here.",
        );
        let (amount, error) = self.amount(CEILING);
        (
            amount,
            question(CEILING, label, hint, Need::Optional, self.line_of(CEILING), error),
        )
    }

    fn ceiling_supplement(&mut self) -> (Option<Money>, Question) {
        let label = self.frame.t(
            "Lægges til lønloftet i måneden, kr.",
            "Added to the ceiling of the month, kr.",
        );
        let hint = self.frame.t(
            "Ferietillæg og fritvalg på fuld tid, når de udbetales i måneden.",
            "Holiday supplement and savings at full time, where they are paid in the month.",
        );
        let (amount, error) = self.amount(CEILING_SUPPLEMENT);
        let input = self.line_of(CEILING_SUPPLEMENT);
        (
            amount,
            question(CEILING_SUPPLEMENT, label, hint, Need::Optional, input, error),
        )
    }

    /// The lines filled in, and some empty ones.
    fn lines(&mut self) -> (Vec<(LineKind, Money)>, Vec<Line>) {
        let is_filled = |number: &usize| {
            let (kind, amount) = names(*number);
            !(self.typed)(&kind).is_empty() || !(self.typed)(&amount).trim().is_empty()
        };
        let filled = (1..=MOST_LINES).filter(is_filled).max().unwrap_or(0);
        let mut income = Vec::new();
        let lines = (1..=(filled + SPARE).min(MOST_LINES)).map(|number| {
            let (line, read) = self.line(number);
            income.extend(read);
            line
        });
        let lines = lines.collect();
        (income, lines)
    }

    fn line(&self, number: usize) -> (Line, Option<(LineKind, Money)>) {
        let (kind_name, amount_name) = names(number);
        let code = (self.typed)(&kind_name);
        let kind = LineKind::from_code(&code);
        let (amount, mut refused) = self.amount(&amount_name);
        let unchosen = (amount.is_some() && kind.is_none()).then(|| {
            self.frame
                .t("Vælg, hvad beløbet er.", "Choose what the amount is.")
                .to_owned()
        });
        if kind.is_some() && amount.is_none() && refused.is_none() {
            refused = Some(
                self.frame
                    .t("Skriv beløbet, fx 12.500,00.", "Write the amount, such as 12.500,00.")
                    .to_owned(),
            );
        }
        let options = LineKind::ALL.map(|(_, one)| Choice {
            code: one.to_owned(),
            label: LineKind::words(one, self.frame).to_owned(),
            hint: String::new(),
            chosen: one == code,
        });
        let what = format!("{} {number}", self.frame.t("Indkomst", "Income"));
        let much = format!(
            "{} {number}",
            self.frame
                .t("Beløb i måneden før skat", "Amount in the month before tax")
        );
        let line = Line {
            number,
            kind: question(
                &kind_name,
                &what,
                "",
                Need::Depends,
                Input::Select(options.into()),
                unchosen,
            ),
            amount: question(
                &amount_name,
                &much,
                "",
                Need::Depends,
                self.line_of(&amount_name),
                refused,
            ),
        };
        (line, kind.zip(amount))
    }

    fn line_of(&self, name: &str) -> Input {
        Input::Text(TextInput {
            value: (self.typed)(name),
            width: Width::Short,
            numeric: true,
            keyboard: Keyboard::Decimal,
            suffix: "kr.".to_owned(),
            autocomplete: "off",
        })
    }

    /// The amount, or what is wrong with it; neither where nothing was typed.
    fn amount(&self, name: &str) -> (Option<Money>, Option<String>) {
        let text = (self.typed)(name);
        if text.trim().is_empty() {
            return (None, None);
        }
        match Money::parse(&text, NumberFormat::Danish) {
            Ok(amount) if amount >= Money::ZERO => (Some(amount), None),
            Ok(_) => (
                None,
                Some(
                    self.frame
                        .t(
                            "Skriv et beløb på 0 kr. eller mere.",
                            "Write an amount of 0 kr. or more.",
                        )
                        .to_owned(),
                ),
            ),
            Err(refusal) => (None, Some(refusal.message().get(self.frame.language).to_owned())),
        }
    }
}

fn names(number: usize) -> (String, String) {
    (format!("kind_{number}"), format!("amount_{number}"))
}

fn question(name: &str, label: &str, hint: &str, need: Need, input: Input, error: Option<String>) -> Question {
    Question {
        id: name.to_owned(),
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        errors: error.into_iter().collect(),
        need,
        input,
    }
}

impl ResultView {
    fn of(assessment: &Assessment, frame: &Frame) -> Self {
        let fact = |label: &str, amount: Money| Fact {
            label: label.to_owned(),
            value: kroner(amount, frame),
        };
        let amounts = assessment.amounts().map(|amounts| {
            vec![
                fact(frame.t("Fleksløntilskud", "Subsidy"), amounts.subsidy),
                fact(frame.t("ATP af tilskuddet", "ATP of the subsidy"), amounts.atp),
                fact(
                    frame.t("Udbetales før skat", "Paid before tax"),
                    amounts.paid_before_tax,
                ),
            ]
        });
        let hints = assessment.hints().iter();
        Self {
            amounts: amounts.unwrap_or_default(),
            hints: hints.map(|hint| hint.message.get(frame.language).to_owned()).collect(),
            calculation: Calculation::of_month(assessment, frame),
        }
    }
}
