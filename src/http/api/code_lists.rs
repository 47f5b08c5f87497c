//! The lists of codes in the OpenAPI document, made from the types that give the codes: a client that is generated gets an enum with an
//! English name for each, and a code that is added shows in the document.

use serde_json::{Map, Value, json};

use crate::{
    fields::{Codes, ReportKind},
    finding::Level,
    ping::PingKind,
    record::{FeedEvent, HeldReason, HintReply, Outcome, RejectionReason, ReportState, Route},
};

/// A list, and the properties (`Schema.property`) that have one of its codes.
struct CodeList {
    name: &'static str,
    description: &'static str,
    codes: fn() -> Vec<&'static str>,
    places: &'static [&'static str],
}

const LISTS: &[CodeList] = &[
    CodeList {
        name: "ReportKindCode",
        description: "What is reported.",
        codes: || ReportKind::ALL.iter().map(|kind| kind.code()).collect(),
        places: &[
            "CheckedReportAnswer.report_kind",
            "HeldReport.report_kind",
            "ReportReceipt.report_kind",
            "Reported.report_kind",
        ],
    },
    CodeList {
        name: "ReportStateCode",
        description: "Where a report stands.",
        codes: || ReportState::CODES.to_vec(),
        places: &["ReportReceipt.state", "ReportAnswer.state"],
    },
    CodeList {
        name: "HeldReasonCode",
        description: "Why no municipality could be found.",
        codes: || HeldReason::CODES.to_vec(),
        places: &["HeldReport.reason_code"],
    },
    CodeList {
        name: "RouteCode",
        description: "Why a report goes where it goes, or is held; `handed_on` where you have handed it on.",
        codes: || {
            Route::CODES
                .into_iter()
                .chain(HeldReason::CODES)
                .chain(["handed_on"])
                .collect()
        },
        places: &["MunicipalityAnswer.reason_code"],
    },
    CodeList {
        name: "FeedEventCode",
        description: "What an entry of a feed tells.",
        codes: || FeedEvent::ALL.map(FeedEvent::as_str).to_vec(),
        places: &["FeedRecord.event"],
    },
    CodeList {
        name: "OutcomeCode",
        description: "What the municipality decided or asked.",
        codes: || Outcome::CODES.to_vec(),
        places: &["OutcomeAnswer.outcome", "OutcomeBody.outcome"],
    },
    CodeList {
        name: "RejectionReasonCode",
        description: "Why the municipality can't use a report.",
        codes: || RejectionReason::ALL.map(RejectionReason::as_str).to_vec(),
        places: &["OutcomeAnswer.reason", "OutcomeBody.reason"],
    },
    CodeList {
        name: "LevelCode",
        description: "How grave a finding is; only an error stops a submission.",
        codes: || [Level::Error, Level::Warning, Level::Hint].map(Level::as_str).to_vec(),
        places: &["ViolationAnswer.level"],
    },
    CodeList {
        name: "HintReplyCode",
        description: "How a warning or hint was answered.",
        codes: || HintReply::ALL.map(HintReply::as_str).to_vec(),
        places: &["ReplyAnswer.answer"],
    },
    CodeList {
        name: "VerificationCode",
        description: "Whether a receipt is genuine.",
        codes: || vec!["genuine", "superseded", "altered"],
        places: &["Verification.result"],
    },
    CodeList {
        name: "PingKindCode",
        description: "Why a ping was sent.",
        codes: || PingKind::ALL.map(PingKind::as_str).to_vec(),
        places: &["PingLine.kind"],
    },
];

/// Puts the lists among the schemas, and a reference to each where its codes stand.
pub fn put_into(schemas: &mut Map<String, Value>) {
    for list in LISTS {
        for place in list.places {
            let (schema, property) = place.split_once('.').expect("a place is a schema and a property");
            let described = find(schemas.get_mut(schema), property).expect(place);
            *described = referring(described.take(), list.name);
        }
        let schema = json!({ "type": "string", "description": list.description, "enum": (list.codes)() });
        schemas.insert(list.name.to_owned(), schema);
    }
}

/// A property of a schema, or of the parts that it is made of.
fn find<'s>(schema: Option<&'s mut Value>, property: &str) -> Option<&'s mut Value> {
    let schema = schema?.as_object_mut()?;
    let has_own = schema.get("properties").is_some_and(|own| own.get(property).is_some());
    if has_own {
        return schema.get_mut("properties")?.get_mut(property);
    }
    let parts = schema.get_mut("allOf")?.as_array_mut()?.iter_mut();
    parts
        .filter_map(|part| part.get_mut("properties")?.get_mut(property))
        .next()
}

/// The same property with its codes named; null stays possible where it was.
fn referring(property: Value, name: &str) -> Value {
    let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
    let mut referring = match &property["type"] {
        Value::Array(_) => json!({ "oneOf": [reference, { "type": "null" }] }),
        _ => reference,
    };
    if let Some(text) = property.get("description") {
        referring["description"] = text.clone();
    }
    referring
}
