//! A running service of the program, and what it is asked.

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::json;

use super::{
    CODE, Failure,
    clients::{
        Caller,
        people::{EMPLOYER, submission_about},
        served::{Ground, Served},
    },
};

/// How something is asked for.
pub enum Way {
    /// A call of the machine interface with the municipality's key.
    Call(&'static str),
    /// A page of its case worker.
    Page(&'static str),
    /// One more report.
    Send,
}

pub struct Question {
    pub name: &'static str,
    pub way: Way,
}

const fn call(name: &'static str, path: &'static str) -> Question {
    Question {
        name,
        way: Way::Call(path),
    }
}

const fn page(name: &'static str, path: &'static str) -> Question {
    Question {
        name,
        way: Way::Page(path),
    }
}

/// Words in braces stand for what [`Service::look_around`] found.
pub const QUESTIONS: [Question; 14] = [
    call("feed, 100 at the beginning", "/records?after=0&limit=100"),
    call("feed, 100 in the middle", "/records?after={middle}&limit=100"),
    call("feed, 100 at the end", "/records?after={end}&limit=100"),
    call("feed, nothing new", "/records?after={latest}"),
    call(
        "range of 1,000 digests at the end",
        "/records/range?from={thousand}&to={latest}",
    ),
    call("snapshot, 100 at the beginning", "/snapshot?limit=100"),
    page("inbox", "/kommune"),
    page("inbox, one state", "/kommune?status=questioned"),
    page("inbox, unanswered questions", "/kommune?sporgsmaal=yes"),
    page("inbox, one employer", "/kommune?cvr=13585628"),
    page("inbox, one kind that hardly comes", "/kommune?art=employment_end"),
    page("record", "/kommune/{report}"),
    page("overview", "/kommune/oversigt"),
    Question {
        name: "taking in one report",
        way: Way::Send,
    },
];

pub struct Service {
    served: Served,
    municipality: Caller,
    employer: Caller,
    browser: Client,
    reports: Vec<String>,
    /// What the words in braces stand for.
    found: Vec<(&'static str, String)>,
    sent: std::cell::Cell<u64>,
}

impl Service {
    pub fn start(ground: &Ground) -> Result<Self, Failure> {
        let served = Served::start(ground)?;
        let municipality = served.key(&["--role", "municipality", "--municipality", CODE])?;
        let employer = served.key(&["--role", "employer", "--cvr", EMPLOYER])?;
        Ok(Self {
            municipality: Caller::at(&served.url, &municipality)?,
            employer: Caller::at(&served.url, &employer)?,
            browser: Client::builder().cookie_store(true).build()?,
            served,
            reports: Vec::new(),
            found: Vec::new(),
            sent: std::cell::Cell::default(),
        })
    }

    /// Ends it in order.
    pub fn stop(self) -> Result<(), Failure> {
        self.served.stop()
    }

    /// Sends so many reports for the municipality and has it acknowledge them; a few end in a question.
    pub async fn send(&mut self, count: usize) -> Result<(), Failure> {
        for _ in 0..count {
            let id = self.send_one().await?;
            self.reports.push(id);
        }
        let latest = self.latest().await?;
        let path = format!("/api/v1/municipalities/{CODE}");
        let up_to = json!({"up_to_sequence": latest});
        self.municipality
            .post(&format!("{path}/acknowledgements"), None, &up_to)
            .await?;
        for id in self.reports.iter().take(30) {
            let question = json!({"outcome": "question", "text": "Hvad dækker tillægget?"});
            self.municipality
                .post(&format!("{path}/records/{id}/outcome"), None, &question)
                .await?;
        }
        Ok(())
    }

    async fn send_one(&self) -> Result<String, Failure> {
        self.sent.set(self.sent.get() + 1);
        let (process, sent) = (u64::from(self.served.id()), self.sent.get());
        let key = format!("size-{process}-{sent}");
        // Another person each time, also after a new start.
        let body = submission_about(process * 1_000 + sent, CODE);
        let answer = self.employer.post("/api/v1/submissions", Some(&key), &body).await?;
        let id = answer["reports"][0]["report_id"].as_str();
        Ok(id.ok_or("an answer without a report")?.to_owned())
    }

    async fn latest(&self) -> Result<i64, Failure> {
        let path = format!("/api/v1/municipalities/{CODE}/records?after=0&limit=1");
        let page = self.municipality.get(&path).await?;
        Ok(page["latest_sequence"].as_i64().ok_or("a page without its end")?)
    }

    /// Logs in and finds the places that are asked for: real reports were sent first, after one half, and after the other.
    pub async fn look_around(&mut self) -> Result<(), Failure> {
        let login = [("role", "municipality"), ("municipality", CODE)];
        let answer = self
            .browser
            .post(format!("{}/log-ind", self.served.url))
            .form(&login)
            .send()
            .await?;
        if answer.status() != StatusCode::OK {
            return Err(format!("the login answered {}", answer.status()).into());
        }
        let latest = self.latest().await?;
        let real = i64::try_from(super::REAL)?;
        // Three runs of real ones with two equal runs between them.
        let between = (latest - 3 * real) / 2;
        let report = self.reports.last().cloned().ok_or("no report was sent")?;
        self.found = vec![
            ("{middle}", (real + between).to_string()),
            ("{end}", (latest - 100).to_string()),
            ("{thousand}", (latest - 999).to_string()),
            ("{latest}", latest.to_string()),
            ("{report}", report),
        ];
        Ok(())
    }

    /// How long the answer takes to its last byte.
    pub async fn ask(&self, question: &Question) -> Result<Duration, Failure> {
        let filled = |path: &str| {
            self.found
                .iter()
                .fold(path.to_owned(), |path, (word, value)| path.replace(word, value))
        };
        let began = Instant::now();
        match question.way {
            Way::Call(path) => {
                let path = format!("/api/v1/municipalities/{CODE}{}", filled(path));
                self.municipality.get(&path).await?;
            }
            Way::Page(path) => {
                let answer = self
                    .browser
                    .get(format!("{}{}", self.served.url, filled(path)))
                    .send()
                    .await?;
                let (status, text) = (answer.status(), answer.text().await?);
                if status != StatusCode::OK || text.contains("action=\"/log-ind\"") {
                    return Err(format!("{}: {status}", question.name).into());
                }
            }
            Way::Send => {
                self.send_one().await?;
            }
        }
        Ok(began.elapsed())
    }
}
