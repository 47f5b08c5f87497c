//! The residence register (*bopælsregister*): asks which municipality a person lives in. Off until an address is set.
//!
//! A register is one variant of [`Register`]; another protocol is another variant. Asking blocks and can fail; whoever asks does so
//! outside any transaction and asks again later. The protocol is described in docs/residence.md.

mod breaker;
mod http;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    config::ResidenceSettings,
    value::{Cpr, MunicipalityCode},
};
pub use breaker::Breaker;
use http::HttpRegister;

/// What a register knows of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residence {
    In(MunicipalityCode),
    /// The register does not tell: protected address, abroad, unknown number, a place outside the 98. A person has to find out.
    NotTold,
}

/// The register did not answer this time. None of it tells who was asked about.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    #[error("the residence register can't be reached")]
    NotReached(#[source] Box<ureq::Error>),
    #[error("the residence register answered with status {0}")]
    Status(u16),
    #[error("the residence register's answer can't be understood")]
    Unreadable,
    #[error("the residence register has failed too often and is left alone for a while")]
    LeftAlone,
}

impl NotAnswered {
    /// Stable code, kept beside the question.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotReached(_) => "not_reached",
            Self::Status(_) => "status",
            Self::Unreadable => "unreadable",
            Self::LeftAlone => "left_alone",
        }
    }
}

/// Who can be asked.
pub enum Register {
    Off,
    /// The protocol of docs/residence.md.
    Http {
        register: HttpRegister,
        breaker: Breaker,
    },
}

impl Register {
    pub fn new(settings: &ResidenceSettings) -> Self {
        match &settings.address {
            None => Self::Off,
            Some(address) => Self::Http {
                register: HttpRegister::new(address, settings),
                breaker: Breaker::new(settings.breaker_failures, settings.breaker_pause),
            },
        }
    }

    pub fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }

    /// Whether a question asked now would go out.
    pub fn may_ask(&self, now: Timestamp) -> bool {
        match self {
            Self::Off => false,
            Self::Http { breaker, .. } => breaker.lets_through(now),
        }
    }

    /// Asks about one person; blocks no longer than the configured time. `call` follows the question into the register's log.
    ///
    /// # Errors
    /// See [`NotAnswered`]; the same question can be asked again.
    pub fn ask(&self, cpr: &Cpr, call: Uuid, now: Timestamp) -> Result<Residence, NotAnswered> {
        let Self::Http { register, breaker } = self else {
            return Err(NotAnswered::LeftAlone);
        };
        if !breaker.lets_through(now) {
            return Err(NotAnswered::LeftAlone);
        }
        let answer = register.ask(cpr, call);
        match &answer {
            Ok(_) => breaker.answered(),
            Err(_) => breaker.failed(now),
        }
        answer
    }
}
