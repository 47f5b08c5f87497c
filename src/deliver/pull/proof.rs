//! Whether an entry says what its digests commit to, computed anew from what came. docs/pulling.md has the same in words.

use serde_json::{Map, Value, json};

use super::PullError;
use crate::{
    record::{digest_of, to_hex},
    value::MunicipalityCode,
};

/// An entry as it came; a member that is not there counts as null.
pub struct Entry<'a>(pub &'a Map<String, Value>);

impl<'a> Entry<'a> {
    /// Whether everything in it is what its digests commit to.
    ///
    /// # Errors
    /// [`PullError::Changed`], or [`PullError::NewerRecipe`] for a digest that this program can't compute.
    pub fn prove(&self, municipality: &MunicipalityCode) -> Result<(), PullError> {
        // What can't be read at the service keeps its place: the entries after it prove that it is the one that was told.
        if self.is_withheld() {
            let right = self.is_empty() && self.own("transfer")["receiver_code"] == municipality.as_str();
            return right.then_some(()).ok_or(PullError::Changed {
                sequence: self.sequence(),
            });
        }
        // Without the salt only what the link commits to can be proven; so nothing else may be said.
        let right = self.own("digest") == self.link(municipality).as_str()
            && self.has_right_parties(municipality)
            && if self.is_handed_on() {
                self.says_nothing()
            } else {
                self.says_what_it_commits_to()?
            };
        right.then_some(()).ok_or(PullError::Changed {
            sequence: self.sequence(),
        })
    }

    fn says_what_it_commits_to(&self) -> Result<bool, PullError> {
        let report = self.report_content()?;
        Ok(self.report("content_digest") == report.as_str()
            && self.own("content_digest") == self.content(&report).as_str())
    }

    /// Whether the service says that it can't read the report.
    pub fn is_withheld(&self) -> bool {
        self.own("withheld").is_string()
    }

    /// Whether it says nothing of a report at all.
    fn is_empty(&self) -> bool {
        let members = [
            "report",
            "content_digest",
            "assessment",
            "answer",
            "handover",
            "difference",
        ];
        members.iter().all(|member| self.own(member).is_null()) && self.own("report_id").is_string()
    }

    fn is_handed_on(&self) -> bool {
        self.own("handed_on").as_bool() == Some(true)
    }

    fn sequence(&self) -> i64 {
        self.own("sequence").as_i64().unwrap_or_default()
    }

    fn own(&self, name: &str) -> &'a Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    fn report(&self, name: &str) -> &'a Value {
        &self.own("report")[name]
    }

    /// What `digest` must be by the entry's own members and by the entry before it.
    pub fn link(&self, municipality: &MunicipalityCode) -> String {
        hex(&json!({
            "appended_at": self.own("appended_at"),
            "content": self.own("content_digest"),
            "event": self.own("event"),
            "municipality": municipality.as_str(),
            "previous": self.own("previous_digest"),
            "report_id": self.report("report_id"),
            "sequence": self.own("sequence"),
            "transfer_id": self.own("transfer")["id"],
        }))
    }

    /// The employer is committed to, the municipality is ours: the transfer is between these two.
    fn has_right_parties(&self, municipality: &MunicipalityCode) -> bool {
        let transfer = self.own("transfer");
        transfer["sender_cvr"] == self.report("employer")["cvr"] && transfer["receiver_code"] == municipality.as_str()
    }

    /// Whether it leaves out what an entry of a report that was handed on leaves out.
    fn says_nothing(&self) -> bool {
        let empty = |value: &Value| value.as_object().is_none_or(Map::is_empty);
        let absent = [
            self.own("assessment"),
            self.own("answer"),
            self.own("difference"),
            self.report("raw"),
            self.report("hint_answers"),
            self.report("salt"),
        ];
        absent.into_iter().all(Value::is_null) && empty(self.report("answers"))
    }

    /// What `report.content_digest` must be.
    pub fn report_content(&self) -> Result<String, PullError> {
        let recipe = self.report("digest_recipe");
        // Services that knew one recipe only did not say which.
        match recipe.as_u64().or(recipe.is_null().then_some(1)) {
            Some(1) => Ok(hex(&self.answers())),
            Some(2) => Ok(hex(&self.whole())),
            _ => Err(PullError::NewerRecipe {
                sequence: self.sequence(),
            }),
        }
    }

    /// What `content_digest` must be, given that of the report.
    pub fn content(&self, report: &str) -> String {
        match self.detail() {
            Some(detail) => hex(&json!({ "detail": detail, "report": report, "salt": self.report("salt") })),
            None => report.to_owned(),
        }
    }

    /// Recipe 1.
    fn answers(&self) -> Value {
        let answers = self.report("answers");
        let cpr = answers["employee_cpr"].as_str().map(|cpr| cpr.replace('-', ""));
        json!({
            "answers": answers,
            "corrects": self.corrects(),
            "employee_cpr": cpr,
            "employee_name": answers["employee_name"],
            "employer_cvr": self.report("employer")["cvr"],
            "kind": self.report("report_kind"),
            "report_id": self.report("report_id"),
            "salt": self.report("salt"),
        })
    }

    /// Recipe 2.
    fn whole(&self) -> Value {
        let violations = self.report("violations").as_array().map_or(&[][..], Vec::as_slice);
        let notice = |one: &Value| json!({ "code": one["code"], "level": one["level"], "pointer": one["pointer"] });
        let mut whole = json!({
            "answers": self.report("answers"),
            "assessment": self.own("assessment"),
            "corrects": self.corrects(),
            "employer": self.report("employer"),
            "form": self.report("form"),
            "form_hash": self.report("form_hash"),
            "form_version": self.report("form_version"),
            "kind": self.report("report_kind"),
            "notices": violations.iter().map(notice).collect::<Vec<_>>(),
            "raw": self.report("raw"),
            "received_at": self.report("received_at"),
            "recipe": "2",
            "report_id": self.report("report_id"),
            "salt": self.report("salt"),
            "submission_id": self.report("submission_id"),
        });
        let replies = self.report("hint_answers");
        if !replies.is_null() {
            whole["hint_answers"] = replies.clone();
        }
        whole
    }

    /// Services that knew one recipe only named it with `report.corrected` alone; among the answers it stands always.
    fn corrects(&self) -> &'a Value {
        let named = self.own("corrects_report_id");
        if named.is_null() && self.own("event") != "report.corrected" {
            &self.report("answers")["corrects_report_id"]
        } else {
            named
        }
    }

    /// What the entry tells besides its report, by its event: an entry that lacks it is not what it was.
    fn detail(&self) -> Option<Value> {
        match self.own("event").as_str()? {
            "report.answered" => {
                let answer = self.own("answer");
                Some(json!({
                    "answered_at": answer["answered_at"],
                    "question_id": answer["question_id"],
                    "text": answer["text"],
                }))
            }
            "report.transferred-in" | "report.transferred-out" => {
                let handover = self.own("handover");
                Some(json!({
                    "at": handover["at"],
                    "from": handover["from"],
                    "handover_id": handover["handover_id"],
                    "reason": handover["reason"],
                    "to": handover["to"],
                }))
            }
            _ => None,
        }
    }
}

fn hex(value: &Value) -> String {
    to_hex(&digest_of(value))
}
