//! Who is calling and what they may do: the one place that decides. What is not allowed here is denied.

mod matrix;

use uuid::Uuid;

use crate::value::{CredentialId, Cvr, MunicipalityCode};

pub use matrix::Action;

/// Who is calling, as proven by a key or a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    Anonymous,
    /// Acts for one company (*arbejdsgiver*).
    Employer {
        cvr: Cvr,
        proof: Proof,
    },
    /// Acts for one municipality (*kommune*).
    Municipality {
        code: MunicipalityCode,
        proof: Proof,
    },
    /// Keeps the form definition; of reports it sees those that are held, to find their municipality.
    Kl {
        proof: Proof,
    },
    /// Runs the service; sees technical metadata and what is held.
    Operator {
        proof: Proof,
    },
}

/// What the caller proved itself with; goes into the audit, never a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    Credential(CredentialId),
    /// The public id of a web session, not its token.
    Session(Uuid),
}

/// The kinds of caller, without whom they act for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Anonymous,
    Employer,
    Municipality,
    Kl,
    Operator,
}

/// What an action is about, as far as the address tells. Ids of submissions and reports are not here: they are looked up through the
/// [`Scope`] of the grant, so that a foreign one is not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    Nothing,
    /// The municipality in the address, as it was written.
    Municipality(String),
}

/// Whose eyes a read uses. Rows outside it do not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// What this company has sent.
    Employer(Cvr),
    /// What this municipality has in its feed.
    Municipality(MunicipalityCode),
    /// Nothing that belongs to anybody.
    Public,
    /// Everything, for the service's own work and the operator's tools.
    System,
}

/// The permission to go on, with whose eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub caller: Caller,
    pub action: Action,
    pub scope: Scope,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// No key or login, or one that is not valid (any more).
    Unauthenticated,
    /// This role can never do this.
    Forbidden,
    /// It may exist, but not for this caller: answered exactly as something unknown.
    NotFound,
}

impl Caller {
    pub fn role(&self) -> Role {
        match self {
            Self::Anonymous => Role::Anonymous,
            Self::Employer { .. } => Role::Employer,
            Self::Municipality { .. } => Role::Municipality,
            Self::Kl { .. } => Role::Kl,
            Self::Operator { .. } => Role::Operator,
        }
    }

    pub fn proof(&self) -> Option<Proof> {
        match self {
            Self::Anonymous => None,
            Self::Employer { proof, .. }
            | Self::Municipality { proof, .. }
            | Self::Kl { proof }
            | Self::Operator { proof } => Some(*proof),
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::Employer { cvr, .. } => Scope::Employer(cvr.clone()),
            Self::Municipality { code, .. } => Scope::Municipality(*code),
            Self::Operator { .. } => Scope::System,
            Self::Anonymous | Self::Kl { .. } => Scope::Public,
        }
    }
}

impl Role {
    pub const ALL: [Self; 5] = [
        Self::Anonymous,
        Self::Employer,
        Self::Municipality,
        Self::Kl,
        Self::Operator,
    ];

    /// The code used in keys, the audit and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Employer => "employer",
            Self::Municipality => "municipality",
            Self::Kl => "kl",
            Self::Operator => "operator",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == code)
    }
}

/// Decides from caller, action and object. The role must be on the action's list, and an object that names an owner must be the
/// caller's own.
///
/// # Errors
/// The [`Denial`] that tells the caller no more than it may know.
pub fn decide(caller: &Caller, action: Action, object: &Object) -> Result<Grant, Denial> {
    let allowed = action.roles();
    if !allowed.contains(&caller.role()) {
        return Err(match caller {
            Caller::Anonymous => Denial::Unauthenticated,
            _ => Denial::Forbidden,
        });
    }
    if let Object::Municipality(named) = object
        && !owns(caller, named)
    {
        return Err(Denial::NotFound);
    }
    Ok(Grant {
        caller: caller.clone(),
        action,
        scope: caller.scope(),
    })
}

fn owns(caller: &Caller, named: &str) -> bool {
    match caller {
        Caller::Municipality { code, .. } => code.as_str() == named,
        Caller::Operator { .. } => true,
        Caller::Anonymous | Caller::Employer { .. } | Caller::Kl { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn municipality(code: &str) -> Caller {
        let code = MunicipalityCode::try_from(code).unwrap();
        Caller::Municipality {
            code,
            proof: Proof::Session(Uuid::nil()),
        }
    }

    #[test]
    fn a_municipality_reads_its_own_feed_and_no_other() {
        let own = Object::Municipality("0101".into());
        assert!(decide(&municipality("0101"), Action::ReadFeed, &own).is_ok());
        assert_eq!(
            decide(&municipality("0147"), Action::ReadFeed, &own),
            Err(Denial::NotFound)
        );
        let unknown = Object::Municipality("9999".into());
        assert_eq!(
            decide(&municipality("0147"), Action::ReadFeed, &unknown),
            Err(Denial::NotFound)
        );
    }

    #[test]
    fn nobody_does_what_is_not_listed() {
        for action in Action::ALL {
            for role in [
                Caller::Anonymous,
                Caller::Kl {
                    proof: Proof::Session(Uuid::nil()),
                },
            ] {
                let allowed = decide(&role, action, &Object::Nothing).is_ok();
                assert_eq!(allowed, action.roles().contains(&role.role()), "{action:?}");
            }
        }
        assert_eq!(
            decide(&Caller::Anonymous, Action::Submit, &Object::Nothing),
            Err(Denial::Unauthenticated)
        );
    }

    #[test]
    fn only_the_operator_sees_with_the_eyes_of_the_system() {
        let employer = Caller::Employer {
            cvr: Cvr::try_from("13585628").unwrap(),
            proof: Proof::Session(Uuid::nil()),
        };
        for caller in [Caller::Anonymous, employer, municipality("0101")] {
            assert_ne!(caller.scope(), Scope::System);
        }
    }
}
