//! The headers that follow a call through several systems, as the municipalities' common infrastructure has them: `x-TransaktionsId`,
//! `x-TransaktionsTid` and `x-RequestId`. They come back unchanged; one that does not fit is refused, never replaced in silence.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Problem, ProblemType};

pub const TRANSACTION_ID: HeaderName = HeaderName::from_static("x-transaktionsid");
const TRANSACTION_TIME: HeaderName = HeaderName::from_static("x-transaktionstid");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-requestid");
/// Longest value that is read and returned, in bytes.
const LONGEST: usize = 100;

/// The ids that a caller sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SentIds {
    pub transaction: Option<Uuid>,
    /// The same over the repeats of one call.
    pub request: Option<Uuid>,
}

/// Reads the headers.
///
/// # Errors
/// When one of them is there and does not fit, or is there twice.
pub fn read(headers: &HeaderMap) -> Result<SentIds, Problem> {
    one(headers, &TRANSACTION_TIME, |text| text.parse::<Timestamp>().ok())?;
    Ok(SentIds {
        transaction: one(headers, &TRANSACTION_ID, uuid)?,
        request: one(headers, &REQUEST_ID, uuid)?,
    })
}

/// Whether the caller sent what the infrastructure wants with each call: id and time.
pub fn are_there(headers: &HeaderMap) -> bool {
    headers.contains_key(&TRANSACTION_ID) && headers.contains_key(&TRANSACTION_TIME)
}

/// The headers that go back as they came: those that fit.
pub fn echoed(headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let fit = |name: &HeaderName| {
        let read = one(headers, name, |text| {
            let fits = uuid(text).is_some() || (*name == TRANSACTION_TIME && text.parse::<Timestamp>().is_ok());
            fits.then_some(())
        });
        matches!(read, Ok(Some(())))
    };
    let names = [TRANSACTION_ID, TRANSACTION_TIME, REQUEST_ID].into_iter().filter(fit);
    let pairs = names.filter_map(|name| Some((name.clone(), headers.get(&name)?.clone())));
    pairs.collect()
}

fn one<T>(headers: &HeaderMap, name: &HeaderName, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| text.len() <= LONGEST);
    let parsed = text.and_then(|text| parse(text.trim()));
    match (parsed, values.next()) {
        (Some(parsed), None) => Ok(Some(parsed)),
        _ => Err(Problem::new(ProblemType::TransactionHeaderUnfit)),
    }
}

/// In the usual form, with its four hyphens.
fn uuid(text: &str) -> Option<Uuid> {
    text.parse().ok().filter(|_| text.len() == 36)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
        let value = |text: &&str| (name.clone(), HeaderValue::from_str(text).unwrap());
        values
            .iter()
            .map(value)
            .fold(HeaderMap::new(), |mut all, (name, value)| {
                all.append(name, value);
                all
            })
    }

    #[test]
    fn what_fits_is_read_and_goes_back_as_it_came() {
        let id = "01980000-0000-7000-8000-0000000000AB";
        for name in [TRANSACTION_ID, REQUEST_ID] {
            let sent = headers(&name, &[id]);
            let read = read(&sent).unwrap();
            assert_eq!(read.transaction.or(read.request), Some(id.parse().unwrap()));
            assert_eq!(echoed(&sent)[0].1, id);
        }
        for time in [
            "2026-11-23T13:00:00+01:00",
            "2026-11-23T12:00:00Z",
            "2026-11-23T12:00:00.123456Z",
            "2023-10-10T17:10:11.34+02:00[Europe/Berlin]",
        ] {
            let sent = headers(&TRANSACTION_TIME, &[time]);
            assert!(read(&sent).is_ok(), "{time}");
            assert_eq!(echoed(&sent)[0].1, time);
        }
        assert_eq!(read(&HeaderMap::new()).unwrap(), SentIds::default());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let twice = ["01980000-0000-7000-8000-0000000000ab"; 2];
        for name in [TRANSACTION_ID, REQUEST_ID] {
            for unfit in [
                &[""][..],
                &["abc"],
                &["251248-9996"],
                &["019800000000700080000000000000ab"],
                &["{01980000-0000-7000-8000-0000000000ab}"],
                &twice,
            ] {
                assert!(read(&headers(&name, unfit)).is_err(), "{unfit:?}");
            }
        }
        let long = format!("2026-11-23T12:00:00.{}Z", "1".repeat(100));
        for unfit in [
            "",
            "now",
            "2026-11-23",
            "2026-11-23T12:00:00",
            "23-11-2026 12:00",
            &long,
        ] {
            assert!(read(&headers(&TRANSACTION_TIME, &[unfit])).is_err(), "{unfit}");
        }
    }
}
