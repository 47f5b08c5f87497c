//! What the file holds, before it is a file: the columns, and one row a report.

use jiff::civil::{Date, DateTime};

use super::super::kind_label;
use crate::{
    app::App,
    calculate::ReportAssessment,
    clock::in_denmark,
    fields,
    http::web::{Frame, standing::Standing},
    store::ReportDetail,
    value::Money,
};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Empty,
    Text(String),
    Money(Money),
    Date(Date),
    /// Danish wall-clock time.
    Moment(DateTime),
}

/// A heading, and how many characters its column is wide.
pub struct Column {
    pub heading: String,
    pub width: u8,
}

/// Everything of one file.
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

/// As many cells as there are columns.
pub struct Row(pub Vec<Cell>);

impl Table {
    pub fn new(frame: &Frame) -> Self {
        let columns = [
            (16, "Modtaget", "Received"),
            (18, "Kvittering", "Receipt"),
            (28, "Indberetning", "Report"),
            (20, "Status", "State"),
            (12, "Arbejdsgivers CVR-nummer", "Employer's CVR number"),
            (13, "CPR-nummer", "CPR number"),
            (28, "Medarbejder", "Employee"),
            (24, "Stilling", "Position"),
            (12, "Gælder fra", "Valid from"),
            (16, "Lønloft, kr. pr. måned", "Ceiling, kr. a month"),
            (16, "Engangsbeløb, kr.", "One-off amount, kr."),
            (12, "Udbetalt", "Paid on"),
            (12, "Sidste dag", "Last day"),
            (12, "Uændret pr.", "Unchanged as of"),
            (40, "Hvorfor hos jer", "Why with you"),
            (38, "Indberetningens id", "Report id"),
            (38, "Retter id", "Corrects id"),
        ];
        let column = |(width, danish, english)| Column {
            heading: frame.t(danish, english).to_owned(),
            width,
        };
        Self {
            columns: columns.map(column).into(),
            rows: Vec::new(),
        }
    }
}

impl Row {
    pub fn new(app: &App, detail: &ReportDetail, frame: &Frame) -> Self {
        let stored = &detail.report;
        let (report, answers) = (&stored.report, &stored.report.answers);
        let date = |field| answers.read(field).map_or(Cell::Empty, Cell::Date);
        let money = |amount: Option<Money>| amount.map_or(Cell::Empty, Cell::Money);
        let (ceiling, payment) = match &stored.assessment {
            ReportAssessment::FullTimeWage(ceiling) => (ceiling.wage_ceiling, None),
            ReportAssessment::OneOffPayment(payment) => (None, Some(payment.amount)),
            _ => (None, None),
        };
        let corrects = report.correction.map(|correction| correction.corrects.to_string());
        Self(vec![
            Cell::Moment(in_denmark(stored.received_at).datetime()),
            Cell::Text(detail.receipt_number.to_string()),
            Cell::Text(kind_label(app, detail, frame)),
            Cell::Text(Standing::new(&stored.state, frame).text),
            Cell::Text(detail.employer.cvr.as_str().to_owned()),
            Cell::Text(report.employee.cpr.expose_formatted()),
            Cell::Text(report.employee.name.expose().clone()),
            answers
                .read(fields::POSITION_TITLE)
                .map_or(Cell::Empty, |title| Cell::Text(title.to_owned())),
            date(fields::VALID_FROM),
            money(ceiling),
            money(payment),
            date(fields::PAYMENT_DATE),
            date(fields::EMPLOYMENT_END_DATE),
            date(fields::UNCHANGED_AS_OF),
            Cell::Text(stored.route.reason().get(frame.language).to_owned()),
            Cell::Text(stored.id.to_string()),
            corrects.map_or(Cell::Empty, Cell::Text),
        ])
    }
}
