//! Stage 4: dated rules and a report in, an assessment with its trace out. Pure.

use serde::{Deserialize, Serialize};

/// What one report gives by itself. (Engineer `calc` replaces this file.)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportAssessment {}
