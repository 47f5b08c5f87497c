"""Pull clients of other makers: a small good one, and the same with one fault each. Usage: pull_clients.py FAULT (or "none").

The conformance kit must pass the good one and find every fault.
"""
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request

FAULT = sys.argv[1]
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
            if error.code == 401 and FAULT == "hammers-with-a-refused-key" and left:
                continue
            if error.code not in (429, 503) or not left:
                raise
            wait = float(error.headers.get("Retry-After", "0.1"))
            time.sleep(0 if FAULT == "does-not-wait" else wait)
        except (OSError, ValueError, EOFError) as error:
            if FAULT == "takes-a-cut-answer-for-the-end":
                return {"records": [], "has_more": False, "latest_sequence": 0}
            if not left:
                raise
        except Exception as error:  # http.client.IncompleteRead is none of the above
            if FAULT == "takes-a-cut-answer-for-the-end":
                return {"records": [], "has_more": False, "latest_sequence": 0}
            if not left:
                raise


def state():
    try:
        return json.loads((FOLDER / "state.json").read_text())
    except FileNotFoundError:
        return {"sequence": 0, "digest": None}


def check(record, last):
    """Whether a record follows the last one."""
    if FAULT != "overlooks-holes" and record["sequence"] != last["sequence"] + 1:
        raise SystemExit("a hole")
    if not FAULT.startswith("overlooks") and last["digest"] not in (None, record["previous_digest"]):
        raise SystemExit("the chain is broken")


def store(record):
    (FOLDER / f"{record['sequence']}.json").write_text(json.dumps(record))
    last = {"sequence": record["sequence"], "digest": record["digest"]}
    (FOLDER / "state.json").write_text(json.dumps(last))
    return last


def acknowledge(last):
    if last["sequence"] and FAULT != "never-acknowledges":
        call("/acknowledgements", {"up_to_sequence": last["sequence"]})


def pull():
    last = {"sequence": 0, "digest": None} if FAULT == "begins-anew-each-time" else state()
    while True:
        page = call(f"/records?after={last['sequence']}")
        if FAULT == "acknowledges-before-fetching" and page["latest_sequence"]:
            call("/acknowledgements", {"up_to_sequence": page["latest_sequence"]})
        if FAULT == "leaves-tombstones-out":
            page["records"] = [one for one in page["records"] if one["event"] == "report.available"]
        try:
            for record in page["records"]:
                check(record, last)
                last = store(record)
        finally:
            acknowledge(last)
        if not page["has_more"] or FAULT == "reads-one-page-only":
            return


try:
    pull()
except (Exception, SystemExit) as error:
    print(f"not all was fetched: {type(error).__name__}", file=sys.stderr)
    sys.exit(0 if FAULT == "keeps-quiet" else 1)
