//! What the documentation says of the parameters of calls.

/// A parameter by name: where it stands is decided by the name's entry in [`PARAMETERS`].
pub struct Parameter {
    pub name: &'static str,
    /// `path`, `query` or `header`.
    pub place: &'static str,
    pub required: bool,
    /// `string` or `integer`.
    pub kind: &'static str,
    pub description: &'static str,
}

/// Every parameter of every call.
pub const PARAMETERS: &[Parameter] = &[
    path("id", "Id of the form, submission or report."),
    path("version", "Version of the form, `major.minor`."),
    path("report_id", "Id of the report."),
    path("ping_id", "Id of the ping, from the list of pings."),
    path("code", "Four-digit code of the municipality."),
    path("number", "Receipt number, as printed on the receipt."),
    query("cursor", "string", "`next_cursor` of the page before."),
    query(
        "after",
        "string",
        "`next_cursor` of the page before, or the last number you have stored; 0 gives everything.",
    ),
    query("limit", "integer", "Entries per page; bounded by the service."),
    query(
        "wait",
        "integer",
        "Seconds to wait for something new when there is nothing (long poll), at most 25.",
    ),
    query("from", "integer", "First number of the run; 1 when absent."),
    query(
        "to",
        "integer",
        "Last number of the run; the last one there is when absent.",
    ),
    query(
        "as_of",
        "integer",
        "The number up to which entries count; the last one there is when absent.",
    ),
    Parameter {
        name: "fingerprint",
        place: "query",
        required: true,
        kind: "string",
        description: "The fingerprint printed on the receipt, 64 hexadecimal digits.",
    },
    header(
        "Idempotency-Key",
        true,
        "1 to 255 visible characters of your choice; the same one when you repeat the call.",
    ),
    header("If-Match", true, "The `ETag` of the report as you last saw it."),
];

const fn path(name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        name,
        place: "path",
        required: true,
        kind: "string",
        description,
    }
}

const fn query(name: &'static str, kind: &'static str, description: &'static str) -> Parameter {
    Parameter {
        name,
        place: "query",
        required: false,
        kind,
        description,
    }
}

const fn header(name: &'static str, required: bool, description: &'static str) -> Parameter {
    Parameter {
        name,
        place: "header",
        required,
        kind: "string",
        description,
    }
}
