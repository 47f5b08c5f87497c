//! What stands around the content of every page: language, menu, who is logged in.

use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};

use super::{assets, language, local, session};
use crate::{
    access::Action::ReadOperation,
    app::App,
    config::SiteSettings,
    http::{Problem, RequestContext},
    store::Session,
    value::Language,
};

/// The surroundings of one page.
pub struct Frame {
    pub language: Language,
    pub site: SiteSettings,
    pub visitor: Visitor,
    /// The form that carries what was typed so far. Where there is one, the change of language sends it along instead of leaving it.
    pub language_form: Option<&'static str>,
    /// Whether this visitor could log in.
    pub has_login: bool,
    /// On this site, whatever the request named.
    path: String,
    /// The query without the language.
    query: Vec<(String, String)>,
}

/// Who looks at the page.
pub enum Visitor {
    /// On an error page, drawn after the session was looked at.
    Unknown,
    Anonymous,
    LoggedIn {
        /// Company, municipality or authority, as the header shows it.
        name: String,
        /// Proves that a form was sent from our own page.
        csrf: String,
        /// Whether it is KL or the operator, who run the service.
        is_staff: bool,
    },
}

/// One entry of the main menu.
#[derive(Debug)]
pub struct MenuEntry {
    pub href: &'static str,
    pub text: &'static str,
    pub current: bool,
    exact: bool,
}

impl MenuEntry {
    /// `page` on the page itself, `true` on the pages below it.
    pub fn aria(&self) -> &'static str {
        if self.exact { "page" } else { "true" }
    }
}

impl FromRequestParts<App> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let context = RequestContext::from_request_parts(parts, app).await?;
        Ok(Self {
            visitor: visitor(parts.extensions.get::<Session>(), context.language),
            ..Self::unknown(app, &parts.uri, &context)
        })
    }
}

fn visitor(session: Option<&Session>, language: Language) -> Visitor {
    session.map_or(Visitor::Anonymous, |session| Visitor::LoggedIn {
        name: session::name(session, language),
        csrf: session.csrf.expose().clone(),
        is_staff: ReadOperation.roles().contains(&session.caller.role()),
    })
}

impl Frame {
    /// The surroundings where nothing is known of the visitor.
    pub fn unknown(app: &App, uri: &Uri, context: &RequestContext) -> Self {
        Self {
            language: context.language,
            has_login: context.has_login,
            site: app.config.site.clone(),
            visitor: Visitor::Unknown,
            language_form: None,
            path: local(uri.path()),
            query: query_of(uri).filter(|(name, _)| name != language::NAME).collect(),
        }
    }

    /// The text in the visitor's language.
    pub fn t<'a>(&self, danish: &'a str, english: &'a str) -> &'a str {
        match self.language {
            Language::Da => danish,
            Language::En => english,
        }
    }

    pub fn lang(&self) -> &'static str {
        self.language.as_str()
    }

    pub fn is_danish(&self) -> bool {
        self.language == Language::Da
    }

    /// What the forms of this login carry; empty where nobody is logged in.
    pub fn csrf(&self) -> &str {
        match &self.visitor {
            Visitor::LoggedIn { csrf, .. } => csrf,
            Visitor::Anonymous | Visitor::Unknown => "",
        }
    }

    /// The address of a front-end file.
    pub fn asset(&self, path: &str) -> String {
        assets::address(path)
    }

    pub fn contact_href(&self) -> String {
        format!("mailto:{}", self.site.contact_email)
    }

    /// Whether a kind of message is read out at once.
    pub fn is_urgent(&self, variant: &str) -> bool {
        matches!(variant, "warning" | "error")
    }

    /// What a kind of message is called by those who do not see its icon.
    pub fn alert_name(&self, variant: &str) -> &'static str {
        match variant {
            "success" => self.t("Gennemført", "Done"),
            "warning" => self.t("Advarsel", "Warning"),
            "error" => self.t("Fejl", "Error"),
            _ => "Information",
        }
    }

    /// Whether pages behind the login lead anywhere for this visitor.
    pub fn can_enter(&self) -> bool {
        self.has_login || matches!(self.visitor, Visitor::LoggedIn { .. })
    }

    /// The main menu, without what this visitor can't get into.
    pub fn menu(&self) -> Vec<MenuEntry> {
        let behind_login = [
            self.entry("/indberet", "Indberet løn", "Report a wage"),
            self.entry("/kommune", "Kommunens indbakke", "Municipal inbox"),
        ];
        let staff = [
            self.entry("/kl/drift", "Drift", "Operations"),
            self.entry("/kl/holdte", "Holdte indberetninger", "Held reports"),
            self.entry("/kl/post", "Opgivne mails", "Mail given up"),
        ];
        let is_staff = matches!(self.visitor, Visitor::LoggedIn { is_staff: true, .. });
        let staff = staff.into_iter().filter(|_| is_staff);
        let open = [
            self.entry("/beregner", "Beregner", "Calculator"),
            self.entry("/blanket", "Blanketten", "The form"),
            self.entry("/kvittering", "Tjek en kvittering", "Check a receipt"),
            self.entry("/api", "Til udviklere", "For developers"),
        ];
        // Who runs the service has neither an employer's nor a municipality's pages.
        let entered = behind_login.into_iter().filter(|_| self.can_enter() && !is_staff);
        staff.chain(entered).chain(open).collect()
    }

    fn entry(&self, href: &'static str, danish: &'static str, english: &'static str) -> MenuEntry {
        let exact = self.path == href;
        let below = self.path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'));
        MenuEntry {
            href,
            text: self.t(danish, english),
            current: exact || below,
            exact,
        }
    }

    fn other(&self) -> Language {
        match self.language {
            Language::Da => Language::En,
            Language::En => Language::Da,
        }
    }

    pub fn other_lang(&self) -> &'static str {
        self.other().as_str()
    }

    /// In the language it names.
    pub fn other_language_name(&self) -> &'static str {
        match self.other() {
            Language::Da => "Dansk",
            Language::En => "English",
        }
    }

    /// This page in the other language.
    pub fn other_language_href(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .extend_pairs(&self.query)
            .append_pair(language::NAME, self.other_lang());
        format!("{}?{}", self.path, query.finish())
    }
}

/// The words of the query, decoded.
pub fn query_of(uri: &Uri) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned()
}
