# Adds up what the closing lines of the test runners in a log say and prints "PASSED FAILED"; nothing when there are none.
# Knows cargo test, nextest, node's runner and Python's unittest.

function number_before(word,    i) {
    for (i = 2; i <= NF; i++) if ($i ~ ("^" word "[,;.]?$")) return $(i - 1) + 0
    return 0
}

# nextest: Summary [ 1.2s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 0 skipped
/^ *Summary \[.* tests? run:/ {
    seen = 1
    passed += number_before("passed")
    failed += number_before("failed") + number_before("timed")
}

# cargo test: test result: ok. 5 passed; 0 failed; ...
/^test result: / {
    seen = 1
    passed += number_before("passed")
    failed += number_before("failed")
}

# node: one line "pass 5" and one "fail 0", each after a mark
/^[^ ]+ (pass|fail) [0-9]+$/ {
    seen = 1
    if ($2 == "pass") passed += $3; else failed += $3
}

# unittest: Ran 22 tests in 0.5s, and only when something is wrong: FAILED (failures=1, errors=2)
/^Ran [0-9]+ tests? in / {
    seen = 1
    passed += $2
}
/^FAILED \(/ {
    bad = 0
    n = split($0, parts, /[^0-9]+/)
    for (i = 1; i <= n; i++) bad += parts[i]
    passed -= bad
    failed += bad
}

END { if (seen) print passed + 0, failed + 0 }
