use super::{
    StoreError,
    row::{NotInList, Reader},
};
use crate::{
    access::{Caller, Proof, Role},
    value::{Cvr, MunicipalityCode},
};

/// Who a key or a login belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    Employer(Cvr),
    Municipality(MunicipalityCode),
    Kl,
    Operator,
}

impl Holder {
    pub fn role(&self) -> Role {
        match self {
            Self::Employer(_) => Role::Employer,
            Self::Municipality(_) => Role::Municipality,
            Self::Kl => Role::Kl,
            Self::Operator => Role::Operator,
        }
    }

    /// CVR number or municipality code.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Employer(cvr) => Some(cvr.as_str()),
            Self::Municipality(code) => Some(code.as_str()),
            Self::Kl | Self::Operator => None,
        }
    }

    /// The caller that the holder is once it has shown its proof.
    pub fn caller(self, proof: Proof) -> Caller {
        match self {
            Self::Employer(cvr) => Caller::Employer { cvr, proof },
            Self::Municipality(code) => Caller::Municipality { code, proof },
            Self::Kl => Caller::Kl { proof },
            Self::Operator => Caller::Operator { proof },
        }
    }

    /// Reads the columns `role` and `subject`.
    pub(super) fn read(row: &Reader<'_>) -> Result<Self, StoreError> {
        match row.code("role", Role::from_code)? {
            Role::Employer => row.parse("subject").map(Self::Employer),
            Role::Municipality => row.parse("subject").map(Self::Municipality),
            Role::Kl => Ok(Self::Kl),
            Role::Operator => Ok(Self::Operator),
            Role::Anonymous => Err(row.bad("role", NotInList)),
        }
    }
}
