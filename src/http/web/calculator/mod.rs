//! The calculator: figures in, the subsidy of a month out, every step shown, and what other hours would give. Stores nothing and asks
//! for nobody; the figures stand in the address, so that a calculation can be shown to somebody else.

mod curve;
mod picture;
mod questions;
mod result;

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};

use self::{
    questions::{Questions, Typed},
    result::ResultView,
};
use super::{Frame, Page, calculation, frame::query_of, ui::Fault};
use crate::{
    app::App,
    value::{Money, Month},
};

#[derive(Template)]
#[template(path = "calculator.html")]
struct CalculatorPage {
    frame: Frame,
    faults: Vec<Fault>,
    questions: Questions,
    result: Option<ResultView>,
    link: String,
}

/// `GET /beregner`
pub async fn show(State(app): State<App>, frame: Frame, uri: Uri) -> Response {
    let query: Vec<_> = query_of(&uri).collect();
    let typed = Typed::new(&frame, &query);
    let (questions, asked) = typed.read(&app.rules, Month::of(app.clock.today()));
    let faults = Fault::of(&questions.all());
    let result = asked.map(|asked| ResultView::of(&app.rules, &asked, &frame));
    let link = typed.link();
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = CalculatorPage {
        faults,
        questions,
        result,
        link,
        frame,
    };
    (status, Page(page)).into_response()
}

/// A round amount as it stands at the axis, `20.000`.
fn whole_kroner(amount: &Money, frame: &Frame) -> String {
    let told = calculation::amount(*amount, frame);
    let whole = told.strip_suffix(if frame.is_danish() { ",00" } else { ".00" });
    whole.unwrap_or(&told).to_owned()
}
