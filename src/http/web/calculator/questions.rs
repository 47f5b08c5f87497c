//! What the calculator asks, and the jobs that the answers make.

use super::curve::{Beside, Job, Wage, full_week};
use crate::{
    calculate::{Contribution, RuleBook},
    http::web::{
        Frame,
        ui::{Choice, Input, Keyboard, Need, Question, TextInput, Width},
    },
    value::{Hours, Money, Month, NumberFormat, Percent, Refusal},
};

/// The word of the query that tells that somebody asks.
pub const ASKED: &str = "wage";

/// The questions with what was typed, in the parts of the page.
#[derive(Default)]
pub struct Questions {
    pub job: Vec<Question>,
    pub position: Vec<Question>,
    /// What is paid beside the wage in the month.
    pub beside: Vec<Question>,
    pub beside_is_asked: bool,
    /// A second wage to compare with.
    pub other: Vec<Question>,
    pub other_is_asked: bool,
}

/// What is to be calculated.
pub struct Asked {
    pub job: Job,
    pub other: Option<Job>,
}

/// The words of the address.
pub struct Typed<'a> {
    frame: &'a Frame,
    query: &'a [(String, String)],
    asked: bool,
}

/// How a line of text is asked for.
struct Line<'a> {
    name: &'a str,
    need: Need,
    label: &'a str,
    hint: &'a str,
    suffix: &'a str,
}

impl Questions {
    pub fn all(&self) -> Vec<Question> {
        [&self.job, &self.position, &self.beside, &self.other]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }
}

impl<'a> Typed<'a> {
    pub fn new(frame: &'a Frame, query: &'a [(String, String)]) -> Self {
        let asked = query.iter().any(|(name, _)| name == ASKED);
        Self { frame, query, asked }
    }

    /// The questions, and what is asked where every answer can be read.
    pub fn read(&self, rules: &RuleBook, present: Month) -> (Questions, Option<Asked>) {
        let mut questions = Questions::default();
        let month = self.month(&mut questions.job, rules, present);
        let monthly = self.unit(&mut questions.job);
        let wage = self.wage(&mut questions.job);
        let hours = self.hours(&mut questions.job);
        let (employer_pension, own_pension, stated_ceiling) = self.position(&mut questions.position);
        let beside = self.beside(&mut questions.beside);
        questions.beside_is_asked = questions
            .beside
            .iter()
            .any(|question| !self.text(&question.name).is_empty());
        let (other_wage, other_hours) = self.other(&mut questions.other);
        questions.other_is_asked = !self.text("other_wage").is_empty() || !self.text("other_weekly_hours").is_empty();
        let told = |amount| {
            if monthly {
                Wage::Monthly(amount)
            } else {
                Wage::Hourly(amount)
            }
        };
        let faulty = questions.all().iter().any(|question| !question.errors.is_empty());
        let job = || {
            Some(Job {
                month: month?,
                wage: told(wage?),
                hours: hours?,
                own_pension,
                employer_pension,
                beside,
                stated_ceiling,
            })
        };
        let asked = (!faulty).then(job).flatten().map(|job| {
            let there = (other_wage.map_or(job.wage, told), other_hours.unwrap_or(job.hours));
            let compared = questions.other_is_asked && there != (job.wage, job.hours);
            Asked {
                other: compared.then(|| job.beside(rules, there.0, there.1)).flatten(),
                job,
            }
        });
        (questions, asked)
    }

    /// The words of the address that were filled in, for a link to the same figures.
    pub fn link(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let filled = self
            .query
            .iter()
            .filter(|(name, value)| !value.trim().is_empty() && name != "lang");
        query.extend_pairs(filled.map(|(name, value)| (name, value.trim())));
        format!("/beregner?{}", query.finish())
    }

    fn t<'b>(&self, danish: &'b str, english: &'b str) -> &'b str {
        self.frame.t(danish, english)
    }

    fn text(&self, name: &str) -> &str {
        let mut found = self.query.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.trim()).unwrap_or_default()
    }

    fn month(&self, questions: &mut Vec<Question>, rules: &RuleBook, present: Month) -> Option<Month> {
        let (first, last) = rules.complete_months().unwrap_or((present, present));
        let typed = self.text("subsidy_month");
        let month = match typed {
            "" if !self.asked => Some(present.clamp(first, last)),
            typed => typed.parse().ok().filter(|month| (first..=last).contains(month)),
        };
        let errors = month.is_none().then(|| {
            format!(
                "{} {} {} {}.",
                self.t("Vælg en måned fra", "Choose a month from"),
                first.to_text(self.frame.language),
                self.t("til", "to"),
                last.to_text(self.frame.language)
            )
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
        questions.push(Question {
            id: "subsidy_month".to_owned(),
            name: "subsidy_month".to_owned(),
            label: self
                .t("Måned, tilskuddet er for", "Month the subsidy is for")
                .to_owned(),
            hint: self
                .t(
                    "Tilskuddet regnes af lønnen måneden før.",
                    "The subsidy is calculated from the wage of the month before.",
                )
                .to_owned(),
            errors: errors.into_iter().collect(),
            input: Input::Select(options.collect()),
            ..Question::default()
        });
        month
    }

    /// Whether the wage is for a month and not for an hour.
    fn unit(&self, questions: &mut Vec<Question>) -> bool {
        let monthly = self.text("wage_unit") == "month";
        let option = |code: &str, label: &str, chosen| Choice {
            code: code.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            chosen,
        };
        questions.push(Question {
            id: "wage_unit".to_owned(),
            name: "wage_unit".to_owned(),
            label: self.t("Lønnen er", "The wage is").to_owned(),
            input: Input::Radios {
                options: vec![
                    option("hour", self.t("pr. time", "per hour"), !monthly),
                    option("month", self.t("pr. måned", "per month"), monthly),
                ],
                opens: false,
            },
            ..Question::default()
        });
        monthly
    }

    fn wage(&self, questions: &mut Vec<Question>) -> Option<Money> {
        let line = Line {
            name: ASKED,
            need: Need::Required,
            label: self.t("Løn i fleksjobbet før skat", "Wage in the fleksjob before tax"),
            hint: self.t(
                "Uden arbejdsgiverens pension, fx 200 eller 15.600,00.",
                "Without the employer's pension, as in Denmark: 200 or 15.600,00.",
            ),
            suffix: "kr.",
        };
        let missing = self.t(
            "Skriv lønnen i fleksjobbet før skat, fx 200.",
            "Write the wage in the fleksjob before tax, such as 200.",
        );
        self.line(questions, line, missing, |text| self.positive(text))
    }

    fn hours(&self, questions: &mut Vec<Question>) -> Option<Hours> {
        let line = Line {
            name: "weekly_hours",
            need: Need::Required,
            label: self.t("Betalte timer om ugen", "Paid hours a week"),
            hint: self.t(
                "De timer, du får løn for. 37 er fuld tid.",
                "The hours you are paid for. 37 is full time.",
            ),
            suffix: self.t("timer", "hours"),
        };
        let missing = self.t(
            "Skriv de betalte timer om ugen, fx 18.",
            "Write the paid hours a week, such as 18.",
        );
        self.line(questions, line, missing, |text| self.part_of_a_week(text))
    }

    /// Employer's pension, own pension and ceiling.
    fn position(&self, questions: &mut Vec<Question>) -> (Contribution, Contribution, Option<Money>) {
        let either = self.t("kr. pr. måned eller %", "kr. per month or %");
        let employers = Line {
            name: "employer_pension",
            need: Need::Optional,
            label: self.t("Arbejdsgiverens pensionsbidrag", "Employer's pension contribution"),
            hint: self.t(
                "Tæller som løn. Skriv et beløb eller en procent af lønnen, fx 10 %.",
                "Counts as wage. Write an amount, or a percentage of the wage such as 10 %.",
            ),
            suffix: either,
        };
        let own = Line {
            name: "own_pension",
            need: Need::Optional,
            label: self.t("Eget pensionsbidrag", "Own pension contribution"),
            hint: self.t(
                "Kun hvis det er trukket fra lønnen ovenfor.",
                "Only if it has been taken off the wage above.",
            ),
            suffix: either,
        };
        let ceiling = Line {
            name: "wage_ceiling",
            need: Need::Optional,
            label: self.t(
                "Lønloft: løn på fuld tid med pension",
                "Ceiling: full-time wage with pension",
            ),
            hint: self.t(
                "Det, arbejdsgiveren har oplyst. Er feltet tomt, regner vi med den samme løn og pension på 37 timer.",
                "What the employer has reported. If empty, we take the same wage and pension for 37 hours.",
            ),
            suffix: self.t("kr. pr. måned", "kr. per month"),
        };
        let employers = self.line(questions, employers, "", |text| self.contribution(text));
        let ceiling = self.line(questions, ceiling, "", |text| self.positive(text));
        let own = self.line(questions, own, "", |text| self.contribution(text));
        (
            employers.unwrap_or(Contribution::None),
            own.unwrap_or(Contribution::None),
            ceiling,
        )
    }

    /// Holiday supplement, free-choice savings, benefits in kind, and what lifts the ceiling of the month.
    fn beside(&self, questions: &mut Vec<Question>) -> Beside {
        let mut ask = |name, label, hint| {
            let line = Line {
                name,
                need: Need::Optional,
                label,
                hint,
                suffix: "kr.",
            };
            let amount = self.line(questions, line, "", |text| self.not_negative(text));
            amount.unwrap_or_default()
        };
        Beside {
            holiday_supplement: ask(
                "holiday_supplement",
                self.t("Ferietillæg udbetalt i måneden", "Holiday supplement paid in the month"),
                self.t("Tæller som løn.", "Counts as wage."),
            ),
            free_choice_payout: ask(
                "free_choice_payout",
                self.t(
                    "Fritvalg eller SH udbetalt i måneden",
                    "Free-choice or public-holiday savings paid in the month",
                ),
                self.t("Tæller som løn.", "Counts as wage."),
            ),
            benefits_in_kind: ask(
                "benefits_in_kind",
                self.t(
                    "Personalegoder: bil, telefon, kost",
                    "Benefits in kind: car, telephone, board",
                ),
                self.t(
                    "Tæller hverken som løn eller i lønloftet.",
                    "Count neither as wage nor in the ceiling.",
                ),
            ),
            ceiling_supplement: ask(
                "ceiling_supplement",
                self.t(
                    "Ferietillæg og fritvalg på fuld tid",
                    "Holiday supplement and savings at full time",
                ),
                self.t(
                    "Lægges til lønloftet i den måned, de udbetales.",
                    "Added to the ceiling of the month in which they are paid.",
                ),
            ),
        }
    }

    fn other(&self, questions: &mut Vec<Question>) -> (Option<Money>, Option<Hours>) {
        let wage = Line {
            name: "other_wage",
            need: Need::Optional,
            label: self.t("Den anden løn før skat", "The other wage before tax"),
            hint: self.t("Tomt: den samme løn.", "Empty: the same wage."),
            suffix: "kr.",
        };
        let hours = Line {
            name: "other_weekly_hours",
            need: Need::Optional,
            label: self.t(
                "Betalte timer om ugen med den anden løn",
                "Paid hours a week with the other wage",
            ),
            hint: self.t("Tomt: de samme timer.", "Empty: the same hours."),
            suffix: self.t("timer", "hours"),
        };
        let wage = self.line(questions, wage, "", |text| self.positive(text));
        let hours = self.line(questions, hours, "", |text| self.part_of_a_week(text));
        (wage, hours)
    }

    /// Asks a question of one line; what is wrong with the answer goes with it.
    fn line<T>(
        &self,
        questions: &mut Vec<Question>,
        line: Line<'_>,
        missing: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(line.name);
        let (value, error) = match (text.is_empty(), line.need) {
            (true, Need::Required) if self.asked => (None, Some(missing.to_owned())),
            (true, _) => (None, None),
            (false, _) => match read(text) {
                Ok(value) => (Some(value), None),
                Err(message) => (None, Some(message)),
            },
        };
        questions.push(Question {
            id: line.name.to_owned(),
            name: line.name.to_owned(),
            label: line.label.to_owned(),
            hint: line.hint.to_owned(),
            errors: error.into_iter().collect(),
            need: line.need,
            input: Input::Text(TextInput {
                value: text.to_owned(),
                width: Width::Short,
                numeric: true,
                keyboard: Keyboard::Decimal,
                suffix: line.suffix.to_owned(),
                autocomplete: "off",
            }),
        });
        value
    }

    fn refused(&self, refusal: &dyn Refusal) -> String {
        refusal.message().get(self.frame.language).to_owned()
    }

    fn positive(&self, text: &str) -> Result<Money, String> {
        let amount = Money::parse(text, NumberFormat::Danish).map_err(|refusal| self.refused(&refusal))?;
        if amount > Money::ZERO {
            return Ok(amount);
        }
        let message = self.t("Skriv et beløb over 0 kr.", "Write an amount above 0 kr.");
        Err(message.to_owned())
    }

    fn not_negative(&self, text: &str) -> Result<Money, String> {
        let amount = Money::parse(text, NumberFormat::Danish).map_err(|refusal| self.refused(&refusal))?;
        if !amount.is_negative() {
            return Ok(amount);
        }
        let message = self.t("Skriv et beløb fra 0 kr.", "Write an amount from 0 kr.");
        Err(message.to_owned())
    }

    fn part_of_a_week(&self, text: &str) -> Result<Hours, String> {
        let hours = Hours::parse(text, NumberFormat::Danish).map_err(|refusal| self.refused(&refusal))?;
        if hours > Hours::default() && hours <= full_week() {
            return Ok(hours);
        }
        let message = self.t(
            "Skriv timer om ugen over 0 og højst 37: et fleksjob er højst fuld tid.",
            "Write hours a week above 0 and at most 37: a fleksjob is at most full time.",
        );
        Err(message.to_owned())
    }

    fn contribution(&self, text: &str) -> Result<Contribution, String> {
        if text.ends_with(['%']) || text.contains("pct") || text.contains("procent") {
            let percent = Percent::parse(text).map_err(|refusal| self.refused(&refusal))?;
            return Ok(Contribution::Percent(percent));
        }
        let amount = Money::parse(text, NumberFormat::Danish).map_err(|refusal| self.refused(&refusal))?;
        if amount.is_negative() {
            let message = self.t(
                "Skriv pensionen som et beløb fra 0 kr.",
                "Write the pension as an amount from 0 kr.",
            );
            return Err(message.to_owned());
        }
        Ok(Contribution::Amount(amount))
    }
}
