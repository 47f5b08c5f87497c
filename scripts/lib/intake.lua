-- What scripts/bench sends: one report a submission, always the same fictitious person, always a new idempotency key.

local body = [[{
  "form": "fleksjob-wage", "form_version": "1.0",
  "employer": { "cvr": "13585628", "contact_name": "Løn & Personale", "contact_email": "loen@example.dk" },
  "declaration_accepted": true,
  "reports": [ { "report_kind": "full_time_wage", "employee_cpr": "251248-9996",
    "employee_name": "Nancy Ann Test Berggren", "municipality_code": "0101", "position_title": "Kontorassistent",
    "valid_from": "2026-12-01", "full_time_weekly_hours": "37", "entry_mode": "total_known",
    "full_time_total_monthly_wage": "32067.00",
    "included_components": ["qualification_supplement", "employer_pension"] } ] }]]

local headers = {
  ["Content-Type"] = "application/json",
  ["Authorization"] = "Bearer " .. os.getenv("FLEKSPORT_BENCH_KEY"),
}
local run, sent = os.time(), 0

function request()
  sent = sent + 1
  headers["Idempotency-Key"] = string.format("bench-%d-%d", run, sent)
  return wrk.format("POST", nil, headers, body)
end
