"""Pull clients of other makers: a small good one, and the same with one fault each.

Usage: pull_clients.py FAULT (or "none")            fetches
       pull_clients.py FAULT current                prints the ids of the reports that count now
"none,waits" waits for something new before it ends, "none,verifies" checks what each digest commits to, "none,anew" begins with a
snapshot, "none,single" asks for one entry at a time.

The conformance kit must pass the good one and find every fault.
"""
import hashlib
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request

FAULT, *HABITS = sys.argv[1].split(",")
BASE = f"{os.environ['FLEKSPORT_URL']}/api/v1/municipalities/{os.environ['FLEKSPORT_MUNICIPALITY']}"
FOLDER = pathlib.Path(os.environ["FLEKSPORT_OUT"])


def call(path, body=None, tries=6):
    """The answer as JSON; tried again while the service is busy or out of reach."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {os.environ['FLEKSPORT_KEY']}", "Content-Type": "application/json"}
    for left in reversed(range(tries)):
        try:
            with urllib.request.urlopen(urllib.request.Request(BASE + path, data, headers)) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code in (400, 422) and FAULT == "takes-a-dead-cursor-for-nothing-new":
                return {"records": [], "has_more": False, "latest_sequence": 0}
            if error.code == 401 and FAULT == "hammers-with-a-refused-key" and left:
                continue
            if error.code == 410 and FAULT == "takes-410-for-nothing-new":
                return {"records": [], "has_more": False, "latest_sequence": 0}
            if error.code == 410 and FAULT == "skips-what-is-gone":
                return call(f"/records?after={json.load(error)['floor_sequence']}")
            if error.code == 500 and FAULT == "ends-at-500":
                raise
            if (error.code < 500 and error.code not in (408, 429)) or not left:
                raise
            wait = float(error.headers.get("Retry-After", "0.1"))
            time.sleep(0 if FAULT == "does-not-wait" else wait)
        except (OSError, ValueError, EOFError) as error:
            if "wait=" in path and FAULT == "takes-a-cut-wait-for-nothing-new":
                return {"records": [], "has_more": False, "latest_sequence": 0}
            if FAULT == "takes-a-cut-answer-for-the-end":
                return {"records": [], "has_more": False, "latest_sequence": 0}
            if not left:
                raise
        except Exception as error:  # http.client.IncompleteRead is none of the above
            if "wait=" in path and FAULT == "takes-a-cut-wait-for-nothing-new":
                return {"records": [], "has_more": False, "latest_sequence": 0}
            if FAULT == "takes-a-cut-answer-for-the-end":
                return {"records": [], "has_more": False, "latest_sequence": 0}
            if not left:
                raise


def state():
    try:
        last = json.loads((FOLDER / "state.json").read_text())
    except FileNotFoundError:
        return {"sequence": 0, "digest": None}
    if FAULT == "forgets-all-with-a-new-key" and last["key"] != os.environ["FLEKSPORT_KEY"]:
        return {"sequence": 0, "digest": None}
    return last


def check(record, last):
    """Whether a record follows the last one."""
    if FAULT != "overlooks-holes" and record["sequence"] != last["sequence"] + 1:
        raise SystemExit("a hole")
    if not FAULT.startswith("overlooks") and last["digest"] not in (None, record["previous_digest"]):
        raise SystemExit("the chain is broken")
    first_told = record["event"] in ("report.available", "report.corrected") and not record["handed_on"]
    if "verifies" in HABITS and first_told and FAULT != "overlooks-changed-content":
        if content_digest(record) != record["report"]["content_digest"]:
            raise SystemExit("the content was changed")


def content_digest(record):
    """SHA-256 over canonical JSON of what is handed over with the report, as docs/pulling.md tells (recipe 2)."""
    # Each number counts as the text of its digits.
    record = json.loads(json.dumps(record), parse_int=str, parse_float=str)
    report = record["report"]
    same = ("answers", "employer", "form", "form_hash", "form_version", "raw", "received_at", "report_id", "salt", "submission_id")
    said = {name: report[name] for name in same}
    said |= {"recipe": "2", "assessment": record["assessment"], "corrects": record.get("corrects_report_id"), "kind": report["report_kind"]}
    said["notices"] = [{name: one[name] for name in ("code", "level", "pointer")} for one in report["violations"]]
    if "hint_answers" in report:
        said["hint_answers"] = report["hint_answers"]
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def store(record):
    (FOLDER / f"{record['sequence']}.json").write_text(json.dumps(record))
    last = {"sequence": record["sequence"], "digest": record["digest"], "key": os.environ["FLEKSPORT_KEY"]}
    (FOLDER / "state.json").write_text(json.dumps(last))
    return last


def acknowledge(last):
    if last["sequence"] and FAULT != "never-acknowledges":
        call("/acknowledgements", {"up_to_sequence": last["sequence"]})


def begin_anew():
    """Stores a snapshot and acknowledges it; where the feed goes on."""
    page = call("/snapshot")
    while True:
        for record in page["records"]:
            (FOLDER / f"{record['sequence']}.json").write_text(json.dumps(record))
        last = {"sequence": page["as_of"], "digest": page["digest"] if page["as_of"] else None, "key": os.environ["FLEKSPORT_KEY"]}
        if not page["has_more"] or FAULT == "acknowledges-half-a-snapshot":
            (FOLDER / "state.json").write_text(json.dumps(last))
            acknowledge(last)
            return last
        page = call(f"/snapshot?cursor={page['next_cursor']}")


def pull():
    if FAULT == "prints-cpr":
        print("fetching 251248-9996")
    if FAULT == "prints-key":
        print(f"key {os.environ['FLEKSPORT_KEY']}", file=sys.stderr)
    last = {"sequence": 0, "digest": None} if FAULT == "begins-anew-each-time" else state()
    if FAULT == "begins-anew-where-the-service-was-set-back":
        if call("/records?after=0")["latest_sequence"] < last["sequence"]:
            last = {"sequence": 0, "digest": None}
    if "anew" in HABITS and not last["sequence"]:
        last = begin_anew()
    wait = ("&wait=2" if "waits" in HABITS else "") + ("&limit=1" if "single" in HABITS else "")
    unstored = []
    while True:
        page = call(f"/records?after={last['sequence']}{wait}")
        if FAULT == "acknowledges-before-fetching" and page["latest_sequence"]:
            call("/acknowledgements", {"up_to_sequence": page["latest_sequence"]})
        if FAULT == "leaves-tombstones-out":
            page["records"] = [one for one in page["records"] if one["event"] == "report.available"]
        try:
            for record in page["records"]:
                check(record, last)
                if FAULT == "stores-at-the-end":
                    unstored.append(record)
                    last = {"sequence": record["sequence"], "digest": record["digest"]}
                    continue
                last = store(record)
        finally:
            acknowledge(last)
        if not page["has_more"] or FAULT == "reads-one-page-only":
            for record in unstored:
                store(record)
            return


def current():
    """The ids of the reports that count now, from what is stored."""
    ids = set()
    for path in sorted(FOLDER.glob("[0-9]*.json"), key=lambda path: int(path.stem)):
        record = json.loads(path.read_text())
        event, report = record["event"], record["report"]["report_id"]
        if event == "report.corrected" and FAULT != "keeps-what-was-corrected":
            ids.discard(record["corrects_report_id"])
        if event == "report.withdrawn":
            if FAULT != "keeps-what-was-taken-back":
                ids.discard(report)
        elif event == "report.transferred-out":
            if FAULT != "keeps-what-was-handed-on":
                ids.discard(report)
        elif event != "report.transferred-in" or FAULT != "overlooks-what-was-handed-in":
            ids.add(report)
    print("\n".join(ids))


if sys.argv[2:] == ["current"]:
    current()
    sys.exit()
try:
    pull()
except (Exception, SystemExit) as error:
    print(f"not all was fetched: {type(error).__name__}", file=sys.stderr)
    sys.exit(0 if FAULT == "keeps-quiet" else 1)
