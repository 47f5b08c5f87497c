//! The list as a file, for those who go on with it in a spreadsheet: what the list shows, and the amounts. Bounded, for a purpose, and
//! written down before it leaves.

mod csv;
mod table;
mod xlsx;

use axum::{
    extract::State,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};

use self::table::{Row, Table};
use super::{filter::Filter, list, own_code};
use crate::{
    access::Grant,
    app::App,
    audit::Purpose,
    http::{
        Problem, ProblemType, RequestContext,
        web::{Frame, Page, posted::Posted},
    },
    value::MunicipalityCode,
};

/// What the file is for, as the form and the audit name it.
pub const PURPOSES: [Purpose; 2] = [Purpose::CaseWork, Purpose::Oversight];

/// The kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Xlsx,
}

impl Format {
    fn from_code(code: &str) -> Option<Self> {
        match code {
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// `POST /kommune/udtraek`
pub async fn export(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Problem> {
    let code = *own_code(&grant)?;
    if !posted.is_ours(&frame) {
        return Err(Problem::new(ProblemType::Forbidden));
    }
    let wrong = || Problem::new(ProblemType::InvalidRequest);
    let format = Format::from_code(posted.get("format")).ok_or_else(wrong)?;
    let purpose = PURPOSES.into_iter().find(|one| one.as_str() == posted.get("purpose"));
    let purpose = purpose.ok_or_else(wrong)?;
    let mut filter = Filter::read(&app, &frame, |name| posted.get(name).to_owned());
    if !filter.faults().is_empty() {
        return Ok(refused(&code, frame, filter));
    }
    let mut table = Table::new(&frame);
    let most = app.config.inbox.export_most;
    let whole = app
        .store
        .export_inbox(
            &grant,
            context.transaction_id,
            &code,
            &filter.asked,
            purpose,
            most,
            |found| {
                table.rows.push(Row::new(&app, found, &frame));
            },
        )
        .await;
    if !whole? {
        filter.refuse_days(&too_many(most, &frame));
        return Ok(refused(&code, frame, filter));
    }
    let made_at = app.clock.now();
    let written = app.heavy.run(move |_| match format {
        Format::Csv => csv::write(&table),
        Format::Xlsx => xlsx::write(&table, made_at),
    });
    let bytes = written.await.map_err(|error| Problem::internal(&error))?;
    let bytes = bytes.map_err(|error| Problem::internal(&error))?;
    Ok(file(&code, format, app.clock.today(), bytes))
}

/// The list again, with what is wrong; it shows no report.
fn refused(code: &MunicipalityCode, frame: Frame, filter: Filter) -> Response {
    let page = list::ListPage::refused(code, frame, filter);
    (StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response()
}

fn too_many(most: u32, frame: &Frame) -> String {
    format!(
        "{} {most} {}",
        frame.t("En fil kan have højst", "A file can have at most"),
        frame.t(
            "indberetninger. Afgræns listen, fx til en måned ad gangen, og hent filerne hver for sig.",
            "reports. Narrow the list down, such as to a month at a time, and fetch the files one by one.",
        )
    )
}

fn file(code: &MunicipalityCode, format: Format, today: jiff::civil::Date, bytes: Vec<u8>) -> Response {
    let name = format!("attachment; filename=\"fleksport-{code}-{today}.{}\"", format.ending());
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    (headers, bytes).into_response()
}
