//! What stands around the content of every page: language, menu, who is logged in.

use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};

use super::{
    assets, language, local,
    menu::{self, MenuEntry},
    session,
};
use crate::{
    access::Role,
    app::App,
    config::SiteSettings,
    http::{Problem, RequestContext},
    store::{FormOwner, Session},
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
        role: Role,
        /// Proves that a form was sent from our own page.
        csrf: String,
        /// Whose what is typed on this page is.
        owner: FormOwner,
    },
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

pub(super) fn visitor(session: Option<&Session>, language: Language) -> Visitor {
    session.map_or(Visitor::Anonymous, |session| Visitor::LoggedIn {
        name: session::name(session, language),
        role: session.caller.role(),
        csrf: session.csrf.expose().clone(),
        owner: FormOwner::from(session),
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

    /// Whether the page was drawn without knowing who looks at it.
    pub fn is_unknown(&self) -> bool {
        matches!(self.visitor, Visitor::Unknown)
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

    /// The main menu of this visitor.
    pub fn menu(&self) -> Vec<MenuEntry> {
        menu::entries(self, self.role(), &self.path)
    }

    fn role(&self) -> Option<Role> {
        match self.visitor {
            Visitor::LoggedIn { role, .. } => Some(role),
            Visitor::Unknown | Visitor::Anonymous => None,
        }
    }

    /// The path of the page.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether an employer's pages lead anywhere for this visitor, perhaps after a login.
    pub fn can_report(&self) -> bool {
        self.role().map_or(self.can_enter(), |role| role == Role::Employer)
    }

    /// Whether a municipality's pages lead anywhere for this visitor, perhaps after a login.
    pub fn can_open_inbox(&self) -> bool {
        self.role().map_or(self.can_enter(), |role| role == Role::Municipality)
    }

    /// Where this visitor's own pages begin; `None` where nobody is logged in.
    pub fn home(&self) -> Option<&'static str> {
        self.role().map(menu::home)
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
