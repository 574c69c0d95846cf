//! Every file of the console. A test compares this list with the folder.

/// A file by its name below `assets`.
pub(crate) struct File {
    pub name: &'static str,
    pub body: &'static [u8],
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(File { name: $name, body: include_bytes!(concat!("../assets/", $name)) }),*]
    };
}

/// The document, with places for the addresses of the others.
pub(crate) const DOCUMENT: &str = include_str!("../assets/console.html");

/// Served beside it.
pub(crate) const FILES: &[File] = files![
    "api.js",
    "app.js",
    "icon.svg",
    "pages/about.js",
    "pages/administrators.js",
    "pages/api_token.js",
    "pages/api_token_add.js",
    "pages/api_tokens.js",
    "pages/application.js",
    "pages/application_add.js",
    "pages/applications.js",
    "pages/authentication.js",
    "pages/backup.js",
    "pages/certificate.js",
    "pages/certificates.js",
    "pages/groups.js",
    "pages/keys.js",
    "pages/lists.js",
    "pages/login_method.js",
    "pages/login_method_add.js",
    "pages/login_method_new.js",
    "pages/logs.js",
    "pages/organisation.js",
    "pages/overview.js",
    "pages/own_page.js",
    "pages/own_pages.js",
    "pages/policies.js",
    "pages/rule_groups.js",
    "pages/service_tokens.js",
    "pages/tags.js",
    "pages/users.js",
    "pages/warnings.js",
    "parts/app_fields.js",
    "parts/app_origin.js",
    "parts/app_settings.js",
    "parts/chart.js",
    "parts/decision_stream.js",
    "parts/dialog.js",
    "parts/editing.js",
    "parts/entra_guide.js",
    "parts/form.js",
    "parts/health_card.js",
    "parts/login_method_cloud.js",
    "parts/login_method_contexts.js",
    "parts/login_method_credentials.js",
    "parts/login_method_fields.js",
    "parts/login_method_options.js",
    "parts/login_method_scim.js",
    "parts/login_test.js",
    "parts/look_preview.js",
    "parts/page.js",
    "parts/rules.js",
    "parts/sign_in.js",
    "parts/table.js",
    "parts/toasts.js",
    "parts/token_fields.js",
    "router.js",
    "routes.js",
    "session.js",
    "shell.js",
    "style.css",
    "vendor/LICENSE-htm.txt",
    "vendor/LICENSE-preact.txt",
    "vendor/preact-htm.js",
    "view.js",
];
