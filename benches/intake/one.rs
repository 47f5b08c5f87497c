//! One report a submission over many connections, beside a bare insert of rows of the same size, in turns.

use std::{cell::Cell, rc::Rc, time::Duration};

use sqlx::Connection;

use crate::{
    bare::Bare,
    clients::{
        Failure, figures,
        people::{EMPLOYER, PEOPLE},
        served::{Ground, Served},
    },
    history,
    load::{self, Next},
    spread,
};

/// Who has a history, where one is asked for.
const WITH_HISTORY: u64 = 5_000;
/// Before the first round, so that no figure is that of a beginning.
const WARM_UP: Duration = Duration::from_secs(2);

pub struct Plan {
    /// What each person has been reported in before; with 0 everybody is new.
    pub months: u64,
    pub length: Duration,
    pub rounds: usize,
    pub connections: usize,
}

/// What one round came to.
struct Round {
    ours: f64,
    bare: f64,
    /// Processor time of the service for one submission, its mail too.
    cost_ms: f64,
}

pub async fn run(plan: &Plan) -> Result<(), Failure> {
    let ground = Ground::new("ours").await?;
    let served = Served::start(&ground)?;
    let people = if plan.months == 0 { PEOPLE } else { WITH_HISTORY };
    history::send(&served, WITH_HISTORY, plan.months, 1).await?;
    let next = Rc::new(Next {
        sent: Cell::new(0),
        people,
    });
    let key = served.key(&["--role", "employer", "--cvr", EMPLOYER])?;
    served.rest().await?;
    load::send(&served.url, &key, plan.connections, WARM_UP, &next).await?;
    let bytes = bytes_of_one(&ground).await?;
    let mut bare = Bare::new().await?;
    bare.insert(plan.connections, bytes, WARM_UP).await?;
    let (mut rounds, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        let before = served.rest().await?;
        let done = load::send(&served.url, &key, plan.connections, plan.length, &next).await?;
        let cost = served.rest().await? - before;
        let bare = bare.insert(plan.connections, bytes, plan.length).await?;
        rounds.push(Round {
            ours: done.a_second(),
            bare,
            cost_ms: cost.as_secs_f64() * 1_000.0 / done.submissions as f64,
        });
        answers.extend(done.answers);
    }
    bare.close().await?;
    served.stop()?;
    print(plan, bytes, &rounds, answers);
    Ok(())
}

/// What the service stores of the personal content of one submission with one report: the bare row has as many bytes.
async fn bytes_of_one(ground: &Ground) -> Result<usize, Failure> {
    let mut connection = ground.connect().await?;
    let bytes: i64 = sqlx::query_scalar(
        "SELECT CAST(AVG(LENGTH(s.sealed) + LENGTH(s.original_sealed) + LENGTH(r.sealed) + LENGTH(r.route_sealed) + LENGTH(r.brief_sealed))
            AS BIGINT) FROM (SELECT * FROM submission ORDER BY id DESC LIMIT 100) s JOIN report r ON r.submission_id = s.id",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    Ok(usize::try_from(bytes)?)
}

fn print(plan: &Plan, bytes: usize, rounds: &[Round], answers: Vec<Duration>) {
    println!(
        "{} months of history a person, {} connections, {} rounds of {} s in turns; a row of the bare insert has {bytes} bytes",
        plan.months,
        plan.connections,
        plan.rounds,
        plan.length.as_secs()
    );
    println!("{:<52}{:>10}{:>10}{:>10}", "", "median", "least", "most");
    let line = |name: &str, digits: usize, figure: &dyn Fn(&Round) -> f64| {
        let [median, least, most] = spread(rounds.iter().map(figure).collect());
        println!("{name:<52}{median:>10.digits$}{least:>10.digits$}{most:>10.digits$}");
    };
    line("submissions a second", 0, &|round| round.ours);
    line("rows a second of the bare insert", 0, &|round| round.bare);
    line("ours for one of the bare insert", 3, &|round| round.ours / round.bare);
    line("processor time of the service a submission, ms", 3, &|round| {
        round.cost_ms
    });
    println!("from sending to receipt, ms: {}", figures(answers));
}
