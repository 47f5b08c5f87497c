//! A service of the program that a benchmark starts for itself.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use super::{Failure, Key};

/// Where a service's records are: a folder, or a schema of the cluster that `FLEKSPORT_TEST_POSTGRES_URL` names.
pub struct Ground {
    pub folder: PathBuf,
    /// Of the PostgreSQL, where one is asked for.
    pub url: Option<String>,
}

impl Ground {
    pub async fn new(name: &str) -> Result<Self, Failure> {
        sqlx::any::install_default_drivers();
        let folder = Path::new(&std::env::var("FLEKSPORT_DATA")?).join(name);
        std::fs::create_dir_all(&folder)?;
        let url = match std::env::var("FLEKSPORT_TEST_POSTGRES_URL") {
            Err(_) => None,
            Ok(cluster) => {
                let mut connection = AnyConnection::connect(&cluster).await?;
                sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA bench_{name}")))
                    .execute(&mut connection)
                    .await?;
                Some(format!("{cluster}&options[search_path]=bench_{name}"))
            }
        };
        Ok(Self { folder, url })
    }

    /// A connection past the service.
    pub async fn connect(&self) -> Result<AnyConnection, Failure> {
        let file = || format!("sqlite://{}", self.folder.join("fleksport.db").display());
        Ok(AnyConnection::connect(&self.url.clone().unwrap_or_else(file)).await?)
    }
}

/// A running service; ended at the latest when dropped.
pub struct Served {
    process: Child,
    pub url: String,
    data: String,
    config: Option<PathBuf>,
}

impl Served {
    /// Brings the records up to date and starts the program on a free port of loopback.
    pub fn start(ground: &Ground) -> Result<Self, Failure> {
        let data = ground.folder.to_str().ok_or("a folder with an odd name")?.to_owned();
        let config = ground.url.as_ref().map(|_| ground.folder.join("bench.toml"));
        if let (Some(url), Some(file)) = (&ground.url, &config) {
            // Read by the commands beside the service too.
            std::fs::write(file, format!("[database]\nurl = \"{url}\"\n"))?;
        }
        let program = std::env::var("FLEKSPORT_BIN")?;
        let command = |words: &[&str]| {
            let mut command = Command::new(&program);
            command.args(words).args(["--data", &data]);
            if let Some(config) = &config {
                command.arg("--config").arg(config);
            }
            command
        };
        if !command(&["migrate"]).stdout(Stdio::null()).status()?.success() {
            return Err("the database could not be brought up to date".into());
        }
        let mut serve = command(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
        // One address asks more than any caller should.
        for limit in [
            "CALLER_PER_SECOND",
            "CALLER_BURST",
            "PEER_PER_SECOND",
            "PEER_BURST",
            "MAILS_PER_HOUR",
        ] {
            serve.env(format!("FLEKSPORT__LIMITS__{limit}"), "1000000");
        }
        let mut process = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, url) = line.split_once("listening on ")?;
            Some(url.trim_end_matches('/').to_owned())
        });
        // Read to the end, so that the service never waits for who reads its log.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ok(Self {
            process,
            url: url.ok_or("the service did not listen")?,
            data,
            config,
        })
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A key for it.
    pub fn key(&self, whose: &[&str]) -> Result<Key, Failure> {
        Key::configured(&self.data, self.config.as_deref(), whose)
    }

    /// Processor time that the process has taken so far, its own and the system's for it; exact to a hundredth of a second.
    pub fn processor_time(&self) -> Result<Duration, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name before the bracket may hold blanks.
        let (_, fields) = stat.rsplit_once(") ").ok_or("an odd /proc/PID/stat")?;
        let mut fields = fields.split(' ').skip(11);
        let mut ticks = || -> Result<u64, Failure> { Ok(fields.next().ok_or("an odd /proc/PID/stat")?.parse()?) };
        Ok(Duration::from_millis((ticks()? + ticks()?) * 10))
    }

    /// Waits until it has nothing left to do (mails follow their receipts), and gives its processor time then.
    pub async fn rest(&self) -> Result<Duration, Failure> {
        let mut before = self.processor_time()?;
        for _ in 0..120 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now = self.processor_time()?;
            if now - before <= Duration::from_millis(20) {
                return Ok(now);
            }
            before = now;
        }
        Err("the service does not come to rest".into())
    }

    /// Ends it in order.
    pub fn stop(mut self) -> Result<(), Failure> {
        Command::new("kill").args(["-TERM", &self.id().to_string()]).status()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Ended already, or the measuring has failed; either way this process and no other.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
