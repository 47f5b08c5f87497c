# shellcheck shell=bash
# What the scripts share; sourced first by each. Leaves the shell in the repository's root.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$here/../.." && pwd)
cd "$ROOT" || exit

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$ROOT/target}
LOGS=$CARGO_TARGET_DIR/logs
mkdir -p "$LOGS"

say() { printf '%s\n' "$*"; }

# Ends the script with a sentence on what is wrong and what to do about it.
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Seconds as people read them: 7 s, 3 min 05 s.
duration() {
    if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

# quietly NAME COMMAND...: runs a command with its output in a log that is shown only when it fails.
quietly() {
    local name=$1 log=$LOGS/$1.log
    shift
    if ! "$@" >"$log" 2>&1 </dev/null; then
        printf '%s failed; the end of %s:\n' "$name" "${log#"$ROOT"/}" >&2
        tail -n 40 "$log" >&2
        return 1
    fi
}

# The folder of PostgreSQL's server programs (initdb, pg_ctl), newest major version first; nothing when there is none.
postgres_bin() {
    local found
    found=$(find /usr/lib/postgresql -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -rV | head -n 1)
    [[ -n $found ]] || found=$(command -v initdb || true)
    [[ -z $found ]] || dirname "$found"
}

# The browser that the page tests drive; nothing when there is none.
chromium_path() {
    local name
    for name in "${FLEKSPORT_CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [[ -n $name ]] && has "$name"; then
            command -v "$name"
            return
        fi
    done
}
