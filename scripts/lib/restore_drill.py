"""Plays one loss and its restore: restore_drill.py sqlite|postgres RECORDS, started by scripts/restore-drill.

The year that must pass before anything may be deleted passes by the clock of the service alone, see `DAY_*`.
Only processes that this program started are ended, by their id.
"""

import http.client
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PROGRAM = os.environ["FLEKSPORT_BIN"]
CVR = "13585628"
MUNICIPALITIES = ["0101", "0147", "0751", "0851"]
# Reports a submission. Every report is one entry of one feed.
BATCH = 200
SENDERS = 3
# The service's clock in days from now. It is first started a month after it was made, and later more than a year on: until somebody has said
# that such a clock is right, nothing is deleted.
DAY_OLD, DAY_NEW = 30, 400
PATIENCE = 900


class Failed(Exception):
    """Something did not go or add up; the text says what."""


def require(condition, what):
    if not condition:
        raise Failed(what)


def persons():
    """Fictitious numbers without end: birth years 1858 to 1899, so nobody's who lives."""
    for serial in itertools.count():
        for year, month, day in itertools.product(range(58, 100), range(1, 13), range(1, 29)):
            yield f"{day:02}{month:02}{year}-{5000 + serial:04}"


class Sequel:
    """Submissions, each made once and sent once, by several senders."""

    def __init__(self, persons):
        self.persons, self.lock, self.made, self.received = persons, threading.Lock(), 0, 0

    def next(self, count):
        """The next submission of so many reports, and its number."""
        with self.lock:
            self.made += 1
            number, people = self.made, list(itertools.islice(self.persons, count))
        reports = [
            {
                "report_kind": "full_time_wage", "employee_cpr": cpr, "employee_name": "Test Testesen",
                "municipality_code": MUNICIPALITIES[at % len(MUNICIPALITIES)], "position_title": "Gartner",
                "valid_from": "2026-12-01", "full_time_weekly_hours": "37", "entry_mode": "total_known",
                "full_time_total_monthly_wage": f"{25_000 + at * 10}.00",
                "included_components": ["qualification_supplement", "employer_pension"],
            }
            for at, cpr in enumerate(people)
        ]
        return number, {
            "form": "fleksjob-wage", "form_version": "1.0", "declaration_accepted": True, "reports": reports,
            "employer": {"cvr": CVR, "contact_name": "Løn", "contact_email": "loen@vaerkstedet.example"},
        }

    def send(self, service, key, records):
        """So many records through several connections at once; ends when each has its receipt."""
        sizes = [BATCH] * (records // BATCH) + ([records % BATCH] if records % BATCH else [])
        waiting, faults = iter(sizes), []

        def work():
            try:
                line = http.client.HTTPConnection(service.address, timeout=120)
                while not faults:
                    with self.lock:
                        size = next(waiting, None)
                    if size is None:
                        return
                    number, body = self.next(size)
                    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"drill-{number}",
                               "Content-Type": "application/json"}
                    line.request("POST", "/api/v1/submissions", json.dumps(body), headers)
                    answer = line.getresponse()
                    text = answer.read()
                    require(answer.status == 201, f"a submission was answered {answer.status}: {text[:400]!r}")
                    with self.lock:
                        self.received += size
            except (Failed, OSError, http.client.HTTPException) as error:
                faults.append(error)

        senders = [threading.Thread(target=work) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        if faults:
            raise Failed(str(faults[0]))


class Steps:
    """What each step took."""

    def __init__(self):
        self.lines, self.begun = [], time.monotonic()

    def done(self, what, since, note=""):
        took = time.monotonic() - since
        line = f"  {what:<58} {int(took // 60):>3} min {took % 60:04.1f} s  {note}"
        self.lines.append(line)
        print(line.rstrip(), flush=True)


def run(arguments, env, *, may_fail=False):
    done = subprocess.run(arguments, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    require(may_fail or done.returncode == 0, f"{' '.join(map(str, arguments[:3]))} failed: {done.stderr}{done.stdout}")
    return done


class Place:
    """Where an installation is: a data folder, and a database of the cluster where one is asked for."""

    def __init__(self, kind, home, name, day=0):
        self.kind, self.data, self.day = kind, home / name, day
        self.log = home / f"{name}.log"
        self.database = f"drill_{name}_{os.getpid()}"
        self.url = None
        if kind == "postgres":
            self.cluster = os.environ["FLEKSPORT_TEST_POSTGRES_URL"]
            self.url = self.cluster.replace("/postgres?", f"/{self.database}?")

    def env(self, **settings):
        env = {name: value for name, value in os.environ.items() if not name.startswith("FLEKSPORT__")}
        env |= {"FLEKSPORT__MAIL__TRANSPORT": "off", "FLEKSPORT__RETENTION__REPORT_DAYS": "365"}
        for limit in ("CALLER", "MUNICIPALITY", "PEER"):
            env[f"FLEKSPORT__LIMITS__{limit}_PER_SECOND"] = env[f"FLEKSPORT__LIMITS__{limit}_BURST"] = "1000000"
        if self.url:
            env["FLEKSPORT__DATABASE__URL"] = self.url
        if self.day:
            env |= {"LD_PRELOAD": os.environ["FAKETIME_LIBRARY"], "FAKETIME": f"+{self.day}d",
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return env | settings

    def program(self, *arguments, may_fail=False):
        return run([PROGRAM, *arguments, "--data", self.data], self.env(), may_fail=may_fail)

    def key(self, *whose):
        return self.program("credential", "create", *whose).stdout.split()[-1]

    def sql(self, text):
        run([Path(os.environ["POSTGRES_BIN"]) / "psql", self.cluster, "-qc", text], self.env())

    def make(self):
        """A new and empty installation."""
        if self.url:
            self.sql(f"CREATE DATABASE {self.database}")
        self.program("migrate" if self.url else "init")

    def copy(self, out, keys):
        """A backup as docs/operations.md has it, while the service runs."""
        if not self.url:
            return self.program("backup", "--out", out, "--keys-out", keys).stdout
        out.mkdir(mode=0o700)
        keys.mkdir(mode=0o700)
        tool = Path(os.environ["POSTGRES_BIN"]) / "pg_dump"
        run([tool, "--format=custom", "--file", out / "fleksport.dump", self.url], self.env())
        for name in ("keys.toml", "high-water.json"):
            shutil.copy2(self.data / name, keys / name)
        return ""

    def put_back(self, out, keys, lost):
        """The backup into nothing: its database and keys, and of the lost installation only the two files that tell what has happened since."""
        self.data.mkdir(mode=0o700)
        shutil.copy2(keys / "keys.toml", self.data)
        for name in ("high-water.json", "deleted.log"):
            shutil.copy2(lost.data / name, self.data)
        if not self.url:
            shutil.copy2(out / "fleksport.db", self.data)
            return
        self.sql(f"CREATE DATABASE {self.database}")
        tool = Path(os.environ["POSTGRES_BIN"]) / "pg_restore"
        run([tool, "--no-owner", "--exit-on-error", "--jobs=2", "--dbname", self.url, out / "fleksport.dump"], self.env())

    def destroy(self):
        if self.url:
            self.sql(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
        shutil.rmtree(self.data, ignore_errors=True)


class Service:
    """A running service."""

    def __init__(self, place, address="127.0.0.1:0"):
        self.log = open(place.log, "a", encoding="utf-8")
        arguments = [PROGRAM, "serve", "--listen", address, "--data", place.data]
        self.process = subprocess.Popen(arguments, env=place.env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        for line in self.process.stdout:
            if line.startswith("listening on http://"):
                self.address = line.split("http://")[1].strip()
                break
        else:
            raise Failed(f"the service did not start: {place.log.read_text(encoding='utf-8')[-2000:]}")
        threading.Thread(target=lambda: [None for _ in self.process.stdout], daemon=True).start()

    def end(self, how):
        self.process.send_signal(how)
        code = self.process.wait(60)
        self.log.close()
        require(how == signal.SIGKILL or code == 0, f"the service ended with {code}")

    def get(self, key, path):
        line = http.client.HTTPConnection(self.address, timeout=60)
        line.request("GET", path, headers={"Authorization": f"Bearer {key}"})
        answer = line.getresponse()
        body = answer.read()
        line.close()
        return answer.status, json.loads(body)

    def feed(self, key, code, after):
        """Number and digest of each entry after a number."""
        found = {}
        while True:
            status, page = self.get(key, f"/api/v1/municipalities/{code}/records?after={after}&limit=500")
            require(status == 200, f"the feed of {code} after {after} was answered {status}: {page}")
            entries = page["records"]
            found |= {entry["sequence"]: entry["digest"] for entry in entries}
            if not entries:
                return found
            after = entries[-1]["sequence"]


class Reader:
    """A municipality's own system: `fleksport pull --follow` into a file of its own."""

    def __init__(self, home, code, key, service):
        self.code, self.key, self.file = code, key, home / f"{code}.db"
        self.log = open(home / f"{code}.log", "w", encoding="utf-8")
        arguments = [PROGRAM, "pull", "--follow", "--municipality", code, "--sqlite", self.file,
                     "--url", f"http://{service.address}", "--page-size", "500"]
        self.process = subprocess.Popen(arguments, env=os.environ | {"FLEKSPORT_KEY": key}, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)

    def copies(self):
        if not self.file.exists():
            return {}
        line = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=30)
        try:
            return dict(line.execute("SELECT sequence, digest FROM fleksport_entry"))
        except sqlite3.OperationalError:  # not made yet
            return {}
        finally:
            line.close()

    def acknowledged(self):
        if not self.file.exists():
            return 0
        line = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=30)
        try:
            return (line.execute("SELECT acknowledged_sequence FROM fleksport_state").fetchone() or [0])[0]
        except sqlite3.OperationalError:
            return 0
        finally:
            line.close()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.log.close()


def wait(what, is_so):
    until = time.monotonic() + PATIENCE
    while not is_so():
        require(time.monotonic() < until, f"waited {PATIENCE} s in vain: {what}")
        time.sleep(0.2)


def all_fetched(readers, count):
    wait("the municipalities fetch everything", lambda: sum(reader.acknowledged() for reader in readers) >= count)


def compare(service, readers, floors):
    """What the restored service holds beside what the municipalities have; how many entries are the same, and how many only they have."""
    same = lost = 0
    for reader in readers:
        theirs, floor = reader.copies(), floors[reader.code]
        require(sorted(theirs) == list(range(1, len(theirs) + 1)), f"{reader.code}: the municipality's numbers have a hole")
        ours = service.feed(reader.key, reader.code, floor)
        require(sorted(ours) == list(range(floor + 1, floor + 1 + len(ours))), f"{reader.code}: numbers have a hole after {floor}")
        wrong = [number for number, digest in ours.items() if theirs.get(number) != digest]
        require(not wrong, f"{reader.code}: {len(wrong)} digests are other than the municipality's, the first of {wrong[:1]}")
        status, _ = service.get(reader.key, f"/api/v1/municipalities/{reader.code}/records?after={floor - 1}")
        require(status == 410, f"{reader.code}: what was deleted can be asked for again ({status})")
        same += len(ours)
        lost += len(theirs) - floor - len(ours)
    return same, lost


def drill(kind, records, home, steps, ended):
    place = Place(kind, home, "live", DAY_OLD)
    ended.append(place.destroy)
    made = Place(kind, home, "live")
    made.make()
    employer = made.key("--role", "employer", "--cvr", CVR)
    keys = {code: made.key("--role", "municipality", "--municipality", code) for code in MUNICIPALITIES}
    sequel = Sequel(persons())
    parts = [records * share // 100 for share in (10, 50, 25)]
    old, before, during = parts
    after = records - sum(parts)

    def started(at="127.0.0.1:0", where=place):
        service = Service(where, at)
        ended.append(lambda: service.process.poll() is None and service.end(signal.SIGKILL))
        return service

    begun = time.monotonic()
    service = started()
    address = service.address
    readers = [Reader(home, code, key, service) for code, key in keys.items()]
    ended.extend(reader.end for reader in readers)
    sequel.send(service, employer, old)
    all_fetched(readers, old)
    service.end(signal.SIGTERM)
    floors = {reader.code: reader.acknowledged() for reader in readers}
    place.day = DAY_NEW
    service = started(at=address)
    sequel.send(service, employer, before)
    steps.done("filled, more than a year apart", begun, f"{old} old records, {before} newer")

    # Two threads: the load goes on while the copy is made.
    load = threading.Thread(target=lambda: faults_of(faults, sequel.send, service, employer, during))
    faults = []
    had, begun = sequel.received, time.monotonic()
    load.start()
    out, keys_out = home / "backup", home / "keys"
    place.copy(out, keys_out)
    meanwhile = sequel.received - had
    steps.done("backup under load", begun, f"{meanwhile} records were received meanwhile")
    load.join()
    require(not faults, str(faults and faults[0]))

    begun = time.monotonic()
    all_fetched(readers, sequel.received)
    service.end(signal.SIGTERM)
    place.program("verify", "--accept", "the clock was looked at")
    service = started(at=address)
    sequel.send(service, employer, after)
    all_fetched(readers, sequel.received)
    for reader in readers:
        status, _ = service.get(reader.key, f"/api/v1/municipalities/{reader.code}/records?after={floors[reader.code] - 1}")
        require(status == 410, f"{reader.code}: what is old was not deleted ({status})")
    steps.done("old records deleted, more received and fetched", begun, f"{sequel.received} records in all")

    service.end(signal.SIGKILL)
    lost_at = begun = time.monotonic()
    restored = Place(kind, home, "restored", DAY_NEW)
    ended.append(restored.destroy)
    restored.put_back(out, keys_out, place)
    steps.done("lost; put back into nothing", begun)
    begun = time.monotonic()
    said = restored.program("verify", may_fail=True)
    require(said.returncode == 1 and "not the newest database" in said.stdout, f"verify did not tell of the loss: {said.stdout}")
    restored.program("verify", "--accept", "restore drill")
    steps.done("proven, and gone on with", begun)
    begun = time.monotonic()
    service = started(at=address, where=restored)
    steps.done("started, what had been deleted is deleted again", begun)
    steps.done("FROM THE LOSS TO THE OPEN SERVICE", lost_at)

    begun = time.monotonic()
    same, lost = compare(service, readers, floors)
    require("deleted again" in restored.log.read_text(encoding="utf-8"), "nothing was deleted again")
    require(same + lost == records - old, f"{same} and {lost} entries are not {records - old}")
    steps.done("numbers and digests compared with the municipalities'", begun, f"{same} the same; {lost} only they have")

    begun = time.monotonic()
    wait("doctor tells of the municipalities that are further on",
         lambda: all(f"{reader.code} " in doctor(restored) for reader in readers if len(reader.copies()) > ends(service, reader)))
    said = restored.program("verify", may_fail=True)
    require(said.returncode == 0, f"verify is not content with what was restored: {said.stdout}")
    steps.done("doctor names who is further on; verify finds all whole", begun)
    service.end(signal.SIGTERM)


def ends(service, reader):
    copies = len(reader.copies())
    status, page = service.get(reader.key, f"/api/v1/municipalities/{reader.code}/records?after={copies}")
    return copies if status == 200 else copies - 1


def doctor(place):
    said = place.program("doctor", may_fail=True).stdout
    return next((line for line in said.splitlines() if "further on than the feed, so" in line), "")


def faults_of(faults, work, *arguments):
    try:
        work(*arguments)
    except Failed as error:
        faults.append(error)


def main():
    kind, records = sys.argv[1], int(sys.argv[2])
    home, steps, ended = Path(tempfile.mkdtemp(prefix="fleksport-drill-")), Steps(), []
    print(f"restore drill on {kind}, {records} records, {len(MUNICIPALITIES)} municipalities follow", flush=True)
    try:
        drill(kind, records, home, steps, ended)
        steps.done("all together", steps.begun)
    except Failed as error:
        print(f"restore-drill: {error}", file=sys.stderr)
        sys.exit(1)
    finally:
        for end in reversed(ended):
            end()
        shutil.rmtree(home, ignore_errors=True)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
main()
