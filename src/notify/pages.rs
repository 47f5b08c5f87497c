//! Where a mail sends its reader.

/// The pages, as far as a mail's reader can use them.
#[derive(Debug, Clone, Copy)]
pub struct Pages<'a> {
    /// Without a slash at the end.
    pub public_url: &'a str,
    /// Whether there is a login. Without one no mail leads behind it, but to the page that says what works instead.
    pub has_login: bool,
}

impl Pages<'_> {
    /// What to do and where: `with` and the page, or `without` and the page about the missing login.
    pub fn lead(&self, with: &str, page: &str, without: &str) -> String {
        let url = self.public_url;
        if self.has_login {
            format!("{with}\n{url}{page}")
        } else {
            format!("{without}\n{url}/log-ind")
        }
    }
}
