//! The program as its user runs it: a process with a data folder, ended by its id.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

pub const CVR: &str = "13585628";

/// Where the PostgreSQL cluster is; `scripts/with-postgres` starts one and sets it.
const CLUSTER: &str = "FLEKSPORT_TEST_POSTGRES_URL";

/// Where a service keeps its data: a folder, and a database that is not in it, if any.
pub struct Place {
    pub folder: TempDir,
    pub database_url: Option<String>,
}

impl Place {
    /// SQLite in a new folder.
    pub fn sqlite() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database_url: None,
        }
    }

    /// PostgreSQL, in a schema of its own.
    pub async fn postgres(schema: &str) -> Self {
        let place = Self::empty_postgres(schema).await;
        succeed(place.command(&["migrate"]));
        place
    }

    /// The same without tables.
    pub async fn empty_postgres(schema: &str) -> Self {
        let cluster = std::env::var(CLUSTER)
            .unwrap_or_else(|_| panic!("{CLUSTER} is not set: run the tests with scripts/with-postgres cargo test"));
        let mut connection = PgConnection::connect(&cluster).await.unwrap();
        let sql = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        let separator = if cluster.contains('?') { '&' } else { '?' };
        Self {
            database_url: Some(format!("{cluster}{separator}options[search_path]={schema}")),
            ..Self::sqlite()
        }
    }

    /// A command of the program on this data.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleksport"));
        command
            .args(arguments)
            .arg("--data")
            .arg(self.folder.path().join("data"));
        command.envs(self.database_url.iter().map(|url| ("FLEKSPORT__DATABASE__URL", url)));
        command
    }

    /// A new key.
    pub fn key(&self, whose: &[&str]) -> String {
        let output = succeed(self.command(&[&["credential", "create"], whose].concat()));
        output.split_whitespace().last().unwrap().to_owned()
    }

    pub fn employer_key(&self) -> String {
        self.key(&["--role", "employer", "--cvr", CVR])
    }

    pub fn municipality_key(&self, code: &str) -> String {
        self.key(&["--role", "municipality", "--municipality", code])
    }

    /// The folder that `--data` names.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes a file beside the data; its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Starts the service on a free port.
    pub fn serve(&self) -> Process {
        self.serve_with(&[], Stdio::null())
    }

    /// Starts the service on a free port with settings of its own; its log goes to `log`.
    pub fn serve_with(&self, settings: &[(&str, &str)], log: impl Into<Stdio>) -> Process {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(settings.iter().copied());
        Process::start(command, log)
    }

    /// Starts the service as behind a proxy that ends TLS.
    pub fn serve_exposed(&self) -> Process {
        let settings = [
            ("FLEKSPORT__SERVER__PUBLIC_URL", "https://fleksport.example"),
            ("FLEKSPORT__MAIL__TRANSPORT", "off"),
            ("FLEKSPORT__SITE__CONTACT_EMAIL", "drift@fleksport.example"),
            ("FLEKSPORT__SITE__CONTACT_PHONE", "+45 12 34 56 78"),
            (
                "FLEKSPORT__SITE__ACCESSIBILITY_STATEMENT_URL",
                "https://was.digst.dk/fleksport-example",
            ),
        ];
        self.serve_with(&settings, Stdio::null())
    }

    /// Starts the service on a free port, allowed so many open files at most.
    pub fn serve_with_files(&self, most: usize) -> Process {
        let served = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = Command::new("bash");
        command.args(["-c", &format!("ulimit -n {most} && exec \"$0\" \"$@\"")]);
        command.arg(served.get_program()).args(served.get_args());
        Process::start(command, Stdio::null())
    }
}

/// A running service; killed when dropped.
pub struct Process {
    child: Child,
    pub url: String,
}

impl Process {
    /// Starts a command that says where it listens, and waits until it does.
    pub fn start(mut command: Command, log: impl Into<Stdio>) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().expect("the service says where it listens").unwrap();
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        // What it prints later must find a reader, or it would stand still.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }

    /// Where it listens, without the scheme.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and does not wait for it.
    pub fn ask_to_stop(&self) {
        ask_to_stop(&self.child);
    }

    /// How it ended, once it has.
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Process {
    /// The most memory that it has held, in KiB.
    pub fn peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Ends it as an operator does; it must end well.
    pub fn stop(mut self) {
        end(&mut self.child);
    }
}

/// Asks a process to end, as an operator does; it must end well.
pub fn end(child: &mut Child) {
    ask_to_stop(child);
    assert!(child.wait().unwrap().success());
}

fn ask_to_stop(child: &Child) {
    let asked = Command::new("kill").arg(child.id().to_string()).status();
    assert!(asked.is_ok_and(|status| status.success()), "it was there to be stopped");
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command that must succeed; what it printed.
pub fn succeed(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// Runs a command that must fail; what it said on standard error.
pub fn fail(mut command: Command) -> String {
    let Output { status, stderr, .. } = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).unwrap()
}

/// A client that goes through no proxy.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A whole and faultless submission about one person in each of the municipalities named.
pub fn submission(municipalities: &[&str]) -> Value {
    // One job each: the same job twice in one submission is refused.
    let report = |(job, municipality): (usize, &&str)| {
        json!({
            "report_kind": "full_time_wage", "employee_cpr": "251248-9996", "employee_name": "Nancy Ann Test Berggren",
            "municipality_code": municipality, "position_title": format!("Kontorassistent {job}"), "valid_from": "2026-12-01",
            "full_time_weekly_hours": "37", "entry_mode": "total_known", "full_time_total_monthly_wage": "32067.00",
            "included_components": ["qualification_supplement", "employer_pension"],
        })
    };
    json!({
        "form": "fleksjob-wage", "form_version": "1.0", "declaration_accepted": true,
        "employer": {"cvr": CVR, "contact_name": "Løn & Personale", "contact_email": "loen@vaerkstedet.example"},
        "reports": municipalities.iter().enumerate().map(report).collect::<Vec<_>>(),
    })
}

/// Reads a JSON file.
pub fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
