//! What people's employer has reported before: sent to the service in large submissions, month after month.

use fleksport::reference;
use serde_json::Value;

use crate::clients::{
    Caller, Failure,
    people::{EMPLOYER, Person, submission},
    served::Served,
};

/// Reports a submission.
const REPORTS: u64 = 1_000;

/// The municipality of a person.
pub fn municipality(number: u64) -> &'static str {
    let all = reference::municipalities();
    // In steps without a common divisor with their number.
    all[usize::try_from(number * 37).unwrap_or(0) % all.len()].code.as_str()
}

/// One report a person, for so many months before the newest.
pub fn reports(people: std::ops::Range<u64>, months_before: u64) -> Value {
    let report = |number| Person(number).report(municipality(number), months_before, 0);
    submission(people.map(report).collect())
}

/// The employer that reports to a service.
pub fn employer(served: &Served) -> Result<Caller, Failure> {
    Caller::at(&served.url, &served.key(&["--role", "employer", "--cvr", EMPLOYER])?)
}

/// Sends so many months about people 0 to `people`, the oldest first; the last lies so many months before the newest.
pub async fn send(served: &Served, people: u64, months: u64, last: u64) -> Result<(), Failure> {
    let caller = employer(served)?;
    for before in (last..last + months).rev() {
        let firsts: Vec<u64> = (0..people).step_by(usize::try_from(REPORTS)?).collect();
        // Two at a time: the service checks one while it writes the other.
        for pair in firsts.chunks(2) {
            let calls = pair.iter().map(|first| {
                let last = (first + REPORTS).min(people);
                let (caller, body) = (&caller, reports(*first..last, before));
                let key = format!("history-{before}-{first}");
                async move { caller.post("/api/v1/submissions", Some(&key), &body).await }
            });
            futures_util::future::try_join_all(calls).await?;
        }
    }
    Ok(())
}
