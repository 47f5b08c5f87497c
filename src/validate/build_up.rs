use super::findings::Findings;
use crate::form::Sheet;
pub(super) fn compute(_sheet: &mut Sheet<'_>, _position: usize, _findings: &mut Findings) {}
