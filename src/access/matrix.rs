use super::Role;

/// Everything somebody can ask the service to do. A new one is denied to all until it is on the list below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Pages, files and documents that are everybody's: forms, calculator, documentation, health.
    ReadPublic,
    /// What-if calculation; stores nothing.
    Calculate,
    /// Whether a receipt is genuine; tells nothing else.
    VerifyReceipt,
    Submit,
    /// Type a report that is not sent yet. Where the login has ended meanwhile, only what was typed is kept: the page shows whose it is.
    Draft,
    /// The same checks without storing.
    CheckSubmission,
    ReadOwnSubmissions,
    ReadReceipt,
    Correct,
    ReadReport,
    ReadFeed,
    Acknowledge,
    /// The case worker's list and one record with its calculation.
    ReadInbox,
    /// The list as a file.
    ExportInbox,
    /// A municipality's answer to a report.
    Decide,
    /// The employer's answer to a municipality's question.
    Answer,
    /// Hand a report on to another municipality.
    Transfer,
    /// What a municipality has set for itself, its pings and its figures of delivery.
    ReadSettings,
    /// Set whom to tell and where pings go; ask for a ping.
    ChangeSettings,
    /// The reports for which no municipality was found.
    ReadHeld,
    /// Find the municipality of such a report.
    AssignHeld,
    /// The mails that were given up; no address is shown.
    ReadGivenUpMail,
    /// Send such a mail again, or say that it need not be sent.
    DecideGivenUpMail,
    /// How the service stands; nothing of anybody.
    ReadOperation,
    /// Log in and out of the pages.
    UseSession,
}

impl Action {
    pub const ALL: [Self; 25] = [
        Self::ReadPublic,
        Self::Calculate,
        Self::VerifyReceipt,
        Self::Submit,
        Self::Draft,
        Self::CheckSubmission,
        Self::ReadOwnSubmissions,
        Self::ReadReceipt,
        Self::Correct,
        Self::ReadReport,
        Self::ReadFeed,
        Self::Acknowledge,
        Self::ReadInbox,
        Self::ExportInbox,
        Self::Decide,
        Self::Answer,
        Self::Transfer,
        Self::ReadSettings,
        Self::ChangeSettings,
        Self::ReadHeld,
        Self::AssignHeld,
        Self::ReadGivenUpMail,
        Self::DecideGivenUpMail,
        Self::ReadOperation,
        Self::UseSession,
    ];

    /// Who may do it at all. Whose things they see is decided by the scope of the grant.
    pub fn roles(self) -> &'static [Role] {
        use Role::{Employer, Kl, Municipality, Operator};
        match self {
            Self::ReadPublic | Self::Calculate | Self::VerifyReceipt | Self::UseSession => &Role::ALL,
            Self::Submit
            | Self::CheckSubmission
            | Self::ReadOwnSubmissions
            | Self::ReadReceipt
            | Self::Correct
            | Self::Answer => &[Employer],
            Self::Draft => &[Role::Anonymous, Employer],
            Self::ReadReport => &[Employer, Municipality],
            Self::ReadFeed
            | Self::Acknowledge
            | Self::ReadInbox
            | Self::ExportInbox
            | Self::Decide
            | Self::Transfer
            | Self::ReadSettings
            | Self::ChangeSettings => &[Municipality],
            Self::ReadHeld
            | Self::AssignHeld
            | Self::ReadGivenUpMail
            | Self::DecideGivenUpMail
            | Self::ReadOperation => &[Kl, Operator],
        }
    }

    /// Whether doing it uses somebody's personal data and so leaves an entry in the audit.
    pub fn uses_personal_data(self) -> bool {
        match self {
            Self::ReadPublic
            | Self::Calculate
            | Self::VerifyReceipt
            | Self::UseSession
            | Self::Draft
            | Self::CheckSubmission
            | Self::ReadSettings
            | Self::ChangeSettings
            | Self::ReadGivenUpMail
            | Self::DecideGivenUpMail
            | Self::ReadOperation => false,
            Self::Submit
            | Self::ReadOwnSubmissions
            | Self::ReadReceipt
            | Self::Correct
            | Self::ReadReport
            | Self::ReadFeed
            | Self::Acknowledge
            | Self::ReadInbox
            | Self::ExportInbox
            | Self::Decide
            | Self::Answer
            | Self::Transfer
            | Self::ReadHeld
            | Self::AssignHeld => true,
        }
    }

    /// The name in the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadPublic => "read_public",
            Self::Calculate => "calculate",
            Self::VerifyReceipt => "verify_receipt",
            Self::Submit => "submit",
            Self::Draft => "draft",
            Self::CheckSubmission => "check_submission",
            Self::ReadOwnSubmissions => "read_own_submissions",
            Self::ReadReceipt => "read_receipt",
            Self::Correct => "correct",
            Self::ReadReport => "read_report",
            Self::ReadFeed => "read_feed",
            Self::Acknowledge => "acknowledge",
            Self::ReadInbox => "read_inbox",
            Self::ExportInbox => "export_inbox",
            Self::Decide => "decide",
            Self::Answer => "answer",
            Self::Transfer => "transfer",
            Self::ReadSettings => "read_settings",
            Self::ChangeSettings => "change_settings",
            Self::ReadHeld => "read_held",
            Self::AssignHeld => "assign_held",
            Self::ReadGivenUpMail => "read_given_up_mail",
            Self::DecideGivenUpMail => "decide_given_up_mail",
            Self::ReadOperation => "read_operation",
            Self::UseSession => "use_session",
        }
    }
}
