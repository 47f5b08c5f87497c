//! Whether a receipt is genuine. Tells nothing of what it is about.

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};

use super::{
    Frame, Page,
    frame::query_of,
    ui::{Fault, Input, Question, TextInput, Width},
};
use crate::{
    app::App,
    http::Problem,
    value::{ReceiptNumber, Refusal},
};

#[derive(Template)]
#[template(path = "verification.html")]
struct VerificationPage {
    frame: Frame,
    faults: Vec<Fault>,
    questions: Vec<Question>,
    answer: Option<Answer>,
}

/// The answer as a message.
struct Answer {
    variant: &'static str,
    heading: &'static str,
    text: &'static str,
}

/// What anybody may know of a receipt.
#[derive(Clone, Copy)]
enum Verdict {
    Genuine,
    /// Genuine, but a report of it has been replaced or withdrawn since.
    Superseded,
    /// The fingerprint does not fit, or there is no such number: the two look the same, so that numbers can't be tried.
    Unknown,
}

impl Verdict {
    fn answer(self, frame: &Frame) -> Answer {
        let (variant, heading, text) = match self {
            Self::Genuine => (
                "success",
                frame.t("Kvitteringen er ægte", "The receipt is genuine"),
                frame.t("Nummer og fingeraftryk passer til det, der er gemt.", "Number and fingerprint fit what is stored."),
            ),
            Self::Superseded => (
                "warning",
                frame.t("Kvitteringen er ægte, men der er rettet siden", "The receipt is genuine, but there was a correction since"),
                frame.t(
                    "Nummer og fingeraftryk passer. En indberetning på den er siden erstattet eller trukket tilbage.",
                    "Number and fingerprint fit. A report on it has since been replaced or withdrawn.",
                ),
            ),
            Self::Unknown => (
                "error",
                frame.t("Vi kan ikke bekræfte kvitteringen", "We can't confirm the receipt"),
                frame.t(
                    "Nummer og fingeraftryk hører ikke sammen hos os. Se efter, om begge er skrevet rigtigt. Er de det, er \
                     kvitteringen ikke ægte.",
                    "Number and fingerprint don't belong together here. See whether both are written correctly. If they are, the \
                     receipt is not genuine.",
                ),
            ),
        };
        Answer { variant, heading, text }
    }
}

/// `GET /kvittering`
pub async fn verify(State(app): State<App>, frame: Frame, uri: Uri) -> Result<Response, Problem> {
    let value = |name: &str| query_of(&uri).find(|(key, _)| key == name).map(|(_, value)| value);
    let (Some(number), Some(fingerprint)) = (value("nummer"), value("fingeraftryk")) else {
        return Ok(Page(VerificationPage::new(frame, "", "")).into_response());
    };
    let mut page = VerificationPage::new(frame, &number, &fingerprint);
    match (number.parse::<ReceiptNumber>(), is_fingerprint(&fingerprint)) {
        (Ok(number), true) => page.answer = Some(verdict(&app, &number, &fingerprint).await?.answer(&page.frame)),
        (parsed, readable) => page.explain(parsed.err().map(|refusal| refusal.message()), readable),
    }
    let status = if page.faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    Ok((status, Page(page)).into_response())
}

async fn verdict(app: &App, number: &ReceiptNumber, fingerprint: &str) -> Result<Verdict, Problem> {
    let check = app.store.receipt(number).await?;
    Ok(match check.filter(|check| check.agrees_with(fingerprint)) {
        Some(check) if check.superseded => Verdict::Superseded,
        Some(_) => Verdict::Genuine,
        None => Verdict::Unknown,
    })
}

/// 64 hexadecimal digits, with blanks between them or not.
fn is_fingerprint(text: &str) -> bool {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits.len() == 64 && digits.iter().all(char::is_ascii_hexdigit)
}

impl VerificationPage {
    fn new(frame: Frame, number: &str, fingerprint: &str) -> Self {
        let question = |id: &str, label: &str, hint: &str, value: &str, width| Question {
            id: id.to_owned(),
            name: id.to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            input: Input::Text(TextInput {
                value: value.to_owned(),
                width,
                autocomplete: "off",
                ..TextInput::default()
            }),
            ..Question::default()
        };
        let questions = vec![
            question(
                "nummer",
                frame.t("Kvitteringsnummer", "Receipt number"),
                frame.t(
                    "Øverst på kvitteringen. Begynder med FP.",
                    "At the top of the receipt. Begins with FP.",
                ),
                number,
                Width::Medium,
            ),
            question(
                "fingeraftryk",
                frame.t("Fingeraftryk", "Fingerprint"),
                frame.t(
                    "64 tegn på kvitteringen. Kopiér dem fra PDF-filen.",
                    "64 characters on the receipt. Copy them from the PDF.",
                ),
                fingerprint,
                Width::Long,
            ),
        ];
        Self {
            frame,
            faults: Vec::new(),
            questions,
            answer: None,
        }
    }

    fn explain(&mut self, number: Option<crate::value::Localized>, readable: bool) {
        let fingerprint = self.frame.t(
            "Fingeraftrykket er 64 tegn, cifre og bogstaverne a til f. Kopiér det hele fra kvitteringen.",
            "The fingerprint is 64 characters, digits and the letters a to f. Copy all of it from the receipt.",
        );
        let number = number.map(|message| message.get(self.frame.language).to_owned());
        let fingerprint = (!readable).then(|| fingerprint.to_owned());
        for (question, error) in self.questions.iter_mut().zip([number, fingerprint]) {
            question.errors.extend(error);
        }
        self.faults = Fault::of(&self.questions);
    }
}
