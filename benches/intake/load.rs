//! Senders that cost little themselves: connections kept open, requests written by hand, of the answers only the state is looked at.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::LocalSet,
};

use crate::{
    clients::{
        Failure, Key,
        people::{Person, submission},
    },
    history::municipality,
};

/// What a run came to.
pub struct Done {
    pub submissions: u64,
    pub took: Duration,
    pub answers: Vec<Duration>,
}

impl Done {
    pub fn a_second(&self) -> f64 {
        self.submissions as f64 / self.took.as_secs_f64()
    }
}

/// Who is reported about next.
pub struct Next {
    pub sent: Cell<u64>,
    /// Once all of them have been reported about, the first is again, with a raise.
    pub people: u64,
}

impl Next {
    fn take(&self) -> (u64, u64, u64) {
        let number = self.sent.get();
        self.sent.set(number + 1);
        (number, number % self.people, number / self.people)
    }
}

/// Sends one report a submission over so many connections for so long.
pub async fn send(
    url: &str,
    key: &Key,
    connections: usize,
    length: Duration,
    next: &Rc<Next>,
) -> Result<Done, Failure> {
    let address: Rc<str> = url.strip_prefix("http://").ok_or("an address without http")?.into();
    let head: Rc<str> = format!(
        "POST /api/v1/submissions HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nAuthorization: Bearer {}\r\n",
        key.as_str()
    )
    .into();
    let began = Instant::now();
    let until = began + length;
    let senders = LocalSet::new();
    let mut tasks = Vec::with_capacity(connections);
    for _ in 0..connections {
        let (address, head, next) = (address.clone(), head.clone(), next.clone());
        tasks.push(senders.spawn_local(async move { sender(&address, &head, until, &next).await }));
    }
    senders.await;
    let took = began.elapsed();
    let mut answers = Vec::new();
    for task in tasks {
        answers.extend(task.await??);
    }
    let submissions = u64::try_from(answers.len())?;
    Ok(Done {
        submissions,
        took,
        answers,
    })
}

async fn sender(address: &str, head: &str, until: Instant, next: &Next) -> Result<Vec<Duration>, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut answer, mut times) = (Vec::new(), Vec::new());
    while Instant::now() < until {
        let (sent, person, raises) = next.take();
        let report = Person(person).report(municipality(person), 0, raises);
        let body = submission(vec![report]).to_string();
        let request = format!(
            "{head}Idempotency-Key: intake-{sent}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        read_answer(&mut stream, &mut answer).await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

/// Reads one answer to its end.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<(), Failure> {
    answer.clear();
    let mut wanted = None;
    while wanted.is_none_or(|wanted| answer.len() < wanted) {
        if stream.read_buf(answer).await? == 0 {
            return Err("the service hung up".into());
        }
        if wanted.is_none()
            && let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n")
        {
            let head = std::str::from_utf8(&answer[..end])?.to_ascii_lowercase();
            if !head.starts_with("http/1.1 201 ") {
                return Err(format!("not taken in: {}", head.lines().next().unwrap_or_default()).into());
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            wanted = Some(end + 4 + length.ok_or("an answer without its length")?.parse::<usize>()?);
        }
    }
    Ok(())
}
