//! How the databases run the statements that reading stands on: along the index meant for each, so that a page costs the same however
//! much is stored. The statements are the store's own; the tables hold enough rows for PostgreSQL to choose as it would in earnest.

use fleksport::store::hot_statements;
use sqlx::{AssertSqlSafe, Row};

use crate::ground::{Ground, Kind, on_both};

/// Rows of each large table.
const ROWS: u32 = 30_000;

/// The tables that grow without end; none of them may be read through.
const LARGE: [&str; 11] = [
    "report",
    "feed_entry",
    "acknowledgement",
    "submission",
    "outcome",
    "answer",
    "handover",
    "residence_question",
    "outbox",
    "ping",
    "audit_entry",
];

/// Indexes over a small part of a large table, with the condition of the part in the statement: they may be read through.
const OF_A_PART: [&str; 10] = [
    "report_held",
    "report_not_asked",
    "report_questioned",
    "report_questioned_at",
    "residence_due",
    "outbox_due",
    "outbox_due_at",
    "outbox_given_up",
    "ping_due",
    "ping_given_up",
];

/// What an hourly round deletes after `retention.trace_days` may be read through for it: it holds the rows of those days and no more.
const OF_DAYS: [(&str, &str); 2] = [("traces::orders", "outbox"), ("traces::pings", "ping")];

/// Which index a statement needs, and which ones would read a whole municipality for it.
struct Rule {
    statement: &'static str,
    needs: &'static [&'static str],
    refuses: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        statement: "feed_reading::page",
        needs: &[],
        refuses: &["feed_entry_of_day", "feed_entry_of_report_at"],
    },
    Rule {
        statement: "feed_reading::snapshot",
        needs: &["feed_entry_of_report_at"],
        refuses: &["feed_entry_of_day"],
    },
    Rule {
        statement: "attention::of_municipality",
        needs: &["report_unfetched", "report_questioned_at"],
        refuses: &["report_of_municipality", "report_of_employer"],
    },
    Rule {
        statement: "attention::overdue",
        needs: &["report_unfetched", "report_questioned_at"],
        refuses: &["report_of_municipality", "report_in_state"],
    },
    Rule {
        statement: "attention::held",
        needs: &["report_held"],
        refuses: &[],
    },
    Rule {
        statement: "inbox::list_all",
        needs: &["report_of_municipality"],
        refuses: &[],
    },
    Rule {
        statement: "inbox::list_in_state",
        needs: &["report_in_state"],
        refuses: &["report_of_municipality"],
    },
    Rule {
        statement: "inbox::count_in_state",
        needs: &["report_in_state"],
        refuses: &["report_of_municipality"],
    },
    Rule {
        statement: "inbox::list_of_kind",
        needs: &["report_in_state"],
        refuses: &["report_of_municipality"],
    },
    Rule {
        statement: "inbox::count_of_kind",
        needs: &["report_in_state"],
        refuses: &["report_of_municipality"],
    },
    Rule {
        statement: "inbox::list_in_state_of_kind",
        needs: &["report_in_state"],
        refuses: &["report_of_municipality"],
    },
    Rule {
        statement: "inbox::list_of_employer",
        needs: &["report_of_employer"],
        refuses: &["report_of_municipality", "report_in_state"],
    },
    Rule {
        statement: "inbox::count_of_employer",
        needs: &["report_of_employer"],
        refuses: &["report_of_municipality", "report_in_state"],
    },
    Rule {
        statement: "earlier::wages",
        needs: &["report_wages_of_person"],
        refuses: &["report_of_employee", "report_of_employer"],
    },
    Rule {
        statement: "earlier::said",
        needs: &["report_said"],
        refuses: &[],
    },
    Rule {
        statement: "earlier::handed_on",
        needs: &["handover_of_person", "report_of_employee"],
        refuses: &["report_of_employer"],
    },
    Rule {
        statement: "delivery::available",
        needs: &["feed_entry_of_day"],
        refuses: &[],
    },
    Rule {
        statement: "delivery::runs",
        needs: &[],
        refuses: &["feed_entry_of_day"],
    },
    Rule {
        statement: "delivery::before",
        needs: &[],
        refuses: &["acknowledgement_of_day"],
    },
    Rule {
        statement: "delivery::acknowledged",
        needs: &["acknowledgement_of_day"],
        refuses: &[],
    },
    Rule {
        statement: "delivery::answered",
        needs: &["outcome_of_day"],
        refuses: &[],
    },
    Rule {
        statement: "acknowledgements::fetched",
        needs: &[],
        refuses: &["report_unfetched", "report_in_state", "report_of_municipality"],
    },
    Rule {
        statement: "reports::held",
        needs: &["report_held"],
        refuses: &[],
    },
    Rule {
        statement: "reports::held_oldest",
        needs: &["report_held"],
        refuses: &[],
    },
    Rule {
        statement: "reports::of_employee",
        needs: &["report_of_employee"],
        refuses: &[],
    },
    Rule {
        statement: "outbox::lease",
        needs: &["outbox_due_at"],
        refuses: &[],
    },
    Rule {
        statement: "outbox::is_due",
        needs: &["outbox_due_at"],
        refuses: &[],
    },
    Rule {
        statement: "outbox::revive",
        needs: &["outbox_given_up"],
        refuses: &[],
    },
    Rule {
        statement: "pings::lost",
        needs: &["ping_given_up"],
        refuses: &[],
    },
    Rule {
        statement: "alarms::remind",
        needs: &["outbox_reminder"],
        refuses: &["report_in_state", "report_of_municipality"],
    },
    Rule {
        statement: "retention::delete_orders",
        needs: &["outbox_of_submission"],
        refuses: &[],
    },
    Rule {
        statement: "moves::others",
        needs: &["report_of_employee"],
        refuses: &["report_of_employer", "report_of_municipality"],
    },
    Rule {
        statement: "submissions::of_employer",
        needs: &["submission_of_employer"],
        refuses: &[],
    },
    Rule {
        statement: "handed_on::list",
        needs: &["handover_of_municipality"],
        refuses: &[],
    },
    Rule {
        statement: "residence::next",
        needs: &["report_not_asked", "residence_due"],
        refuses: &["report_held"],
    },
];

/// The name in a statement's first line.
fn name(sql: &str) -> &str {
    let line = sql.lines().next().unwrap_or_default();
    line.strip_prefix("-- store::")
        .expect("each statement begins with its name")
}

/// How many parameters a statement has.
fn parameters(sql: &str) -> usize {
    let numbers = sql.split('$').skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()
    });
    numbers.max().unwrap_or(0)
}

/// The types of the parameters, where PostgreSQL can't tell them from the statement; the service gives them with each.
fn types(sql: &str) -> String {
    let (row, columns) = match name(sql) {
        "acknowledgements::mark_fetched" => ("TEXT, BIGINT, BIGINT, BYTEA", 4),
        "outbox::done" => ("BIGINT, TEXT, BIGINT", 3),
        _ => return String::new(),
    };
    format!(" ({})", vec![row; parameters(sql) / columns].join(", "))
}

/// The lines of the plan, made without knowing the values.
async fn plan(ground: &Ground, sql: &str) -> Vec<String> {
    let mut connection = ground.raw().await;
    let nulls = vec!["NULL"; parameters(sql)].join(", ");
    match ground.kind {
        Kind::Sqlite => {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let query = (0..parameters(sql)).fold(sqlx::query(AssertSqlSafe(explain)), |query, _| {
                query.bind(None::<String>)
            });
            let rows = query.fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>("detail")).collect()
        }
        Kind::Postgres => {
            let given = if nulls.is_empty() {
                String::new()
            } else {
                format!("({nulls})")
            };
            let types = types(sql);
            let explain = format!(
                "SET plan_cache_mode = force_generic_plan; PREPARE looked_at{types} AS {sql}; EXPLAIN (COSTS OFF) EXECUTE looked_at{given}"
            );
            let rows = sqlx::raw_sql(AssertSqlSafe(explain))
                .fetch_all(&mut connection)
                .await
                .unwrap();
            rows.iter().map(|row| row.get::<String, _>(0)).collect()
        }
    }
}

/// Whether a line names an index, and not only one whose name begins alike.
fn names(line: &str, index: &str) -> bool {
    line.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .any(|word| word == index)
}

/// A large table that the line reads through.
fn read_through(kind: Kind, line: &str, sql: &str) -> Option<&'static str> {
    let rest = match kind {
        // With an index it is a part of a table: the condition of the index stands in the statement.
        Kind::Sqlite => line
            .strip_prefix("SCAN ")
            .filter(|rest| !OF_A_PART.iter().any(|index| names(rest, index)))?,
        Kind::Postgres => line.split("Seq Scan on ").nth(1)?,
    };
    let word = rest.split_whitespace().next()?;
    LARGE
        .into_iter()
        .find(|table| *table == word || (kind == Kind::Sqlite && sql.contains(&format!("{table} {word} "))))
}

/// Fills the large tables past the store: 98 municipalities, few questions, few held reports, most of it taken over.
async fn fill(ground: &Ground) {
    let bytes = if ground.kind == Kind::Sqlite { "BLOB" } else { "BYTEA" };
    let counted = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) ");
    let id = "CAST(100000000000 + i AS TEXT)";
    let code = "CAST(1000 + i % 98 AS TEXT)";
    let state = "CASE WHEN i % 997 = 0 THEN 'held' WHEN i % 499 = 0 THEN 'questioned' WHEN i % 50 = 0 THEN 'available'
        WHEN i % 7 = 0 THEN 'accepted' ELSE 'fetched' END";
    let kind =
        "CASE WHEN i % 101 = 0 THEN 'correction' WHEN i % 10 = 0 THEN 'one_off_payment' ELSE 'full_time_wage' END";
    let blob = format!("CAST('k' || CAST(i AS TEXT) AS {bytes})");
    let statements = [
        format!(
            "INSERT INTO submission (id, receipt_number, received_at, channel, sender_cvr, idempotency_index, content_index,
                transaction_id, employer_cvr, form_id, form_version, form_hash, digest, sealed, original_sealed)
             {counted} SELECT {id}, {id}, i, 'api', '13585628', {blob}, {blob}, {id}, CAST(i % 700 AS TEXT), 'f', '1', 'h', {blob}, {blob}, {blob} FROM n"
        ),
        format!(
            "INSERT INTO report (id, submission_id, position, employer_cvr, kind, content_kind, state, state_at, municipality, version,
                cpr_index, content_digest, sealed, route_sealed, residence_asked_at, said_index)
             {counted} SELECT {id}, {id}, 0, CAST(i % 700 AS TEXT), {kind}, 'full_time_wage', {state}, i,
                CASE WHEN i % 997 = 0 THEN NULL ELSE {code} END, 1, {blob}, {blob}, {blob}, {blob}, CASE WHEN i % 1994 = 0 THEN NULL ELSE 1 END, {blob} FROM n"
        ),
        format!("INSERT INTO municipality_feed (municipality, last_sequence, head_digest) {counted} SELECT {code}, {ROWS}, {blob} FROM n WHERE i <= 98"),
        format!(
            "INSERT INTO feed_entry (municipality, sequence, event, transfer_id, report_id, appended_at, digest)
             {counted} SELECT {code}, i, 'report.available', {id}, {id}, i, {blob} FROM n"
        ),
        format!(
            "INSERT INTO acknowledgement (id, municipality, up_to_sequence, acknowledged_at)
             {counted} SELECT {id}, {code}, i, i FROM n"
        ),
        format!(
            "INSERT INTO outcome (id, report_id, report_version, municipality, kind, decided_at, content_index, sealed)
             {counted} SELECT {id}, {id}, 1, {code}, 'accepted', i, {blob}, {blob} FROM n"
        ),
        format!(
            "INSERT INTO handover (id, report_id, report_version, from_municipality, to_municipality, decided_at, content_index, sealed,
                employer_cvr, cpr_index)
             {counted} SELECT {id}, {id}, 1, {code}, {code}, i, {blob}, {blob}, CAST(i % 700 AS TEXT), {blob} FROM n"
        ),
        format!(
            "INSERT INTO residence_question (report_id, due_at, attempts, call_id, answered_at)
             {counted} SELECT {id}, i, 1, {id}, CASE WHEN i % 997 = 0 THEN NULL ELSE i END FROM n"
        ),
        format!(
            "INSERT INTO answer (question_id, answered_at, content_index, sealed) {counted} SELECT {id}, i, {blob}, {blob} FROM n"
        ),
        format!(
            "INSERT INTO outbox (kind, submission_id, created_at, lease_until, attempts, outcome_id, done_at, given_up_at)
             {counted} SELECT CASE WHEN i % 500 = 0 THEN 'reminder_mail' ELSE 'receipt_mail' END, {id}, i, i, 1, {id},
                CASE WHEN i % 997 = 0 OR i % 499 = 0 THEN NULL ELSE i END, CASE WHEN i % 499 = 0 THEN i END FROM n"
        ),
        format!("INSERT INTO ping_address (municipality, changed_at, from_sequence, sealed) {counted} SELECT {code}, i, 0, {blob} FROM n WHERE i <= 98"),
        format!(
            "INSERT INTO ping (municipality, kind, up_to_sequence, created_at, lease_until, attempts, done_at, given_up_at)
             {counted} SELECT {code}, CASE WHEN i > 29902 THEN 'new' ELSE 'again' END, i, i, i, 1,
                CASE WHEN i > 29902 OR i % 499 = 0 THEN NULL ELSE i END, CASE WHEN i <= 29902 AND i % 499 = 0 THEN i END FROM n"
        ),
        format!(
            "INSERT INTO audit_entry (sequence, at, role, action, object_id, purpose, transaction_id, digest)
             {counted} SELECT 1000000 + i, i, 'employer', 'submit', {id}, 'reporting', {id}, {blob} FROM n"
        ),
    ];
    for sql in &statements {
        ground.execute(sql).await;
    }
    // SQLite plans without statistics in production, so it does here; PostgreSQL gathers them by itself there.
    if ground.kind == Kind::Postgres {
        ground.execute("ANALYZE").await;
    }
}

on_both! {
    async fn each_hot_statement_goes_along_the_index_meant_for_it(ground) {
        fill(&ground).await;
        let statements = hot_statements();
        let mut wrong = Vec::new();
        for sql in &statements {
            let plan = plan(&ground, sql).await;
            assert!(!plan.is_empty(), "{}", name(sql));
            let mut refuse = |why: String| wrong.push(format!("{}: {why}\n    {}", name(sql), plan.join("\n    ")));
            let through = plan.iter().find_map(|line| read_through(ground.kind, line, sql));
            if let Some(table) = through.filter(|table| !OF_DAYS.contains(&(name(sql), table))) {
                refuse(format!("reads {table} through"));
            }
            for rule in RULES.iter().filter(|rule| rule.statement == name(sql)) {
                for index in rule.needs.iter().filter(|index| !plan.iter().any(|line| names(line, index))) {
                    refuse(format!("does not use {index}"));
                }
                for index in rule.refuses.iter().filter(|index| plan.iter().any(|line| names(line, index))) {
                    refuse(format!("uses {index}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        for rule in RULES {
            assert!(statements.iter().any(|sql| name(sql) == rule.statement), "{} is no statement", rule.statement);
        }
    }

    async fn a_statement_without_its_index_is_seen(ground) {
        fill(&ground).await;
        let statements = hot_statements();
        let snapshot = statements.iter().find(|sql| name(sql) == "feed_reading::snapshot").unwrap();
        ground.execute("DROP INDEX feed_entry_of_report_at").await;
        let found = plan(&ground, snapshot).await;
        assert!(!found.iter().any(|line| names(line, "feed_entry_of_report_at")));
        let through = plan(&ground, "-- store::x\nSELECT COUNT(*) FROM report r WHERE r.version = $1").await;
        assert!(through.iter().any(|line| read_through(ground.kind, line, "FROM report r WHERE").is_some()), "{through:?}");
    }
}
