//! What a page of the flow tells that is no fault of an answer.

use crate::{http::web::Frame, store::TakeInError};

/// Named in the address of the page, so that the page can be fetched again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An answer brought further questions.
    MoreQuestions,
    /// Something is missing or wrong; all of it is told, whatever was asked for.
    Faulty,
    /// The login had ended and was made anew in between.
    LoggedInAnew,
    /// What was typed is not there any more, or not for this login.
    Gone,
    /// The same page was sent before, with other answers.
    SentBefore,
    /// The report to correct is not there, or is corrected already.
    NothingToCorrect,
    Busy,
    /// The database or its disk is away; it may have been stored.
    Away,
    /// A hint that was answered is not given any more.
    HintsChanged,
}

impl Notice {
    /// Those that an address may name.
    const NAMED: [Self; 8] = [
        Self::MoreQuestions,
        Self::Faulty,
        Self::LoggedInAnew,
        Self::Gone,
        Self::SentBefore,
        Self::NothingToCorrect,
        Self::Busy,
        Self::HintsChanged,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::MoreQuestions => "flere",
            Self::Faulty => "ret",
            Self::LoggedInAnew => "login",
            Self::Gone => "borte",
            Self::SentBefore => "sendt",
            Self::NothingToCorrect => "rettet",
            Self::Busy => "travlt",
            Self::Away => "senere",
            Self::HintsChanged => "bemaerkninger",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|notice| notice.code() == code)
    }

    /// `None` where the faults themselves say it.
    pub fn text(self, frame: &Frame) -> Option<&'static str> {
        Some(match self {
            Self::Faulty => return None,
            Self::MoreQuestions => frame.t(
                "Dit svar giver flere spørgsmål. Svar på dem, og gå videre.",
                "Your answer brings more questions. Answer them and go on.",
            ),
            Self::LoggedInAnew => frame.t(
                "Dit login blev fornyet undervejs. Det, du har skrevet, er her endnu. Se det efter, og gå videre.",
                "Your login was renewed in between. What you typed is still here. Look it over and go on.",
            ),
            Self::Gone => frame.t(
                "Det, der var skrevet på den side, du kom fra, er her ikke: det er for længe siden, eller det blev skrevet med et andet \
                 login. Her kan du begynde på en ny indberetning.",
                "What was typed on the page you came from is not here: it is too long ago, or it was typed with another login. Here you \
                 can begin a new report.",
            ),
            Self::SentBefore => frame.t(
                "Denne indberetning er allerede sendt med andre svar. Find den på listen, og lav en rettelse i stedet.",
                "This report has already been sent with other answers. Find it on the list and make a correction instead.",
            ),
            Self::NothingToCorrect => frame.t(
                "Den indberetning, der skal rettes, findes ikke, eller den er allerede rettet. Find den nyeste under Jeres \
                 indberetninger, og ret den derfra.",
                "The report to correct does not exist or is already corrected. Find the newest among your reports and correct it from \
                 there.",
            ),
            Self::Busy => frame.t(
                "Der er meget travlt lige nu. Intet er sendt. Vent et øjeblik, og send igen.",
                "It is very busy just now. Nothing was sent. Wait a moment and send again.",
            ),
            Self::Away => frame.t(
                "Tjenesten kan ikke nå sine data lige nu. Det, du har skrevet, er her endnu. Vent et øjeblik, og gå videre: var en \
                 indberetning sendt, får du den samme kvittering.",
                "The service can't reach its data just now. What you typed is still here. Wait a moment and go on: if a report was sent \
                 you get the same receipt.",
            ),
            Self::HintsChanged => frame.t(
                "Bemærkningerne har ændret sig, siden du svarede. Intet er sendt. Se dem efter, og send igen.",
                "The hints have changed since you answered. Nothing was sent. Look them over and send again.",
            ),
        })
    }

    /// What the store said no to that the employer can do something about.
    pub fn of_refusal(error: &TakeInError) -> Option<Self> {
        match error {
            TakeInError::KeyReused { .. } => Some(Self::SentBefore),
            TakeInError::CorrectionTargetUnknown { .. } | TakeInError::CorrectionTargetClosed { .. } => {
                Some(Self::NothingToCorrect)
            }
            TakeInError::Busy => Some(Self::Busy),
            TakeInError::Stale { .. } | TakeInError::Store(_) => None,
        }
    }
}
