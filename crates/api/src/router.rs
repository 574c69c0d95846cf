//! The whole API on a page: verb, path, success status, handler.

use std::sync::Arc;

use axum::{
    Router,
    handler::Handler,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, any, get, on},
};
use http::{Method, StatusCode, Uri, header::CONTENT_TYPE};

use crate::{
    access::{
        apps, bookmarks, certificates, custom_pages, groups, identity_providers as idps, keys, logs, organizations, policies, policy_tests,
        seats, service_tokens, tags, users,
    },
    accounts, audit_logs,
    contract::{self, Standing},
    devices::posture,
    doorward,
    error::ApiError,
    gateway::lists,
    state::ApiState,
    tokens,
};

/// Where the API is mounted.
const PREFIX: &str = "/client/v4";

/// The description of this API, made from the code by a test.
const DESCRIPTION: &str = include_str!("../../../openapi/v4.json");

/// An operation of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Verb.
    pub verb: Method,
    /// Path pattern below `/client/v4`.
    pub path: &'static str,
    /// Status of a success.
    pub status: StatusCode,
}

/// The API as a service for requests whose path begins with `/client/v4`.
pub fn router(state: ApiState) -> Router {
    let Routes { mut router, operations } = routes();
    let operations: Arc<[Operation]> = operations.into();
    let elsewhere = {
        let operations = Arc::clone(&operations);
        move |verb: Method, uri: Uri| std::future::ready(nowhere(&operations, &verb, &uri).into_response())
    };
    for path in overshadowed(&operations) {
        router = router.route(&format!("{PREFIX}{path}"), any(elsewhere.clone()));
    }
    router = router.route(&format!("{PREFIX}/openapi.json"), get(description));
    router.method_not_allowed_fallback(elsewhere.clone()).fallback(elsewhere).with_state(state)
}

/// What programs are told at addresses that are neither the API's nor anybody else's.
pub fn elsewhere() -> Router {
    Router::new().fallback(|| std::future::ready(ApiError::NoRoute.into_response()))
}

/// Tells nothing that is a secret: it needs no credentials.
async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json")], DESCRIPTION).into_response()
}

/// Every operation that is answered.
pub fn operations() -> Vec<Operation> {
    routes().operations
}

fn routes() -> Routes {
    let routes = Routes::default()
        .get("/accounts", accounts::list)
        .get("/accounts/{account_id}", accounts::get)
        .put("/accounts/{account_id}", 200, accounts::update)
        .get("/accounts/{account_id}/tokens/verify", tokens::verify)
        .get("/accounts/{account_id}/audit_logs", audit_logs::list)
        .get("/accounts/{account_id}/tokens", tokens::list)
        .post("/accounts/{account_id}/tokens", 200, tokens::create)
        .get("/accounts/{account_id}/tokens/permission_groups", tokens::permission_groups)
        .get("/accounts/{account_id}/tokens/{token_id}", tokens::get)
        .put("/accounts/{account_id}/tokens/{token_id}", 200, tokens::update)
        .delete("/accounts/{account_id}/tokens/{token_id}", 200, tokens::delete)
        .put("/accounts/{account_id}/tokens/{token_id}/value", 200, tokens::roll)
        .get("/user/tokens/verify", tokens::verify);
    own(of_people(of_sign_in(of_objects(of_apps(routes)))))
}

fn of_apps(routes: Routes) -> Routes {
    routes
        .get("/accounts/{account_id}/access/apps", apps::list::list)
        .post("/accounts/{account_id}/access/apps", 201, apps::create::create)
        .get("/accounts/{account_id}/access/apps/{app_id}", apps::get::get)
        .put("/accounts/{account_id}/access/apps/{app_id}", 200, apps::update::update)
        .delete("/accounts/{account_id}/access/apps/{app_id}", 202, apps::delete::delete)
        .get("/accounts/{account_id}/access/apps/{app_id}/policies", apps::policies::list::list)
        .post("/accounts/{account_id}/access/apps/{app_id}/policies", 201, apps::policies::create::create)
        .get("/accounts/{account_id}/access/apps/{app_id}/policies/{policy_id}", apps::policies::get::get)
        .put("/accounts/{account_id}/access/apps/{app_id}/policies/{policy_id}", 200, apps::policies::update::update)
        .delete("/accounts/{account_id}/access/apps/{app_id}/policies/{policy_id}", 202, apps::policies::delete::delete)
        .put(
            "/accounts/{account_id}/access/apps/{app_id}/policies/{policy_id}/make_reusable",
            200,
            apps::policies::make_reusable::make_reusable,
        )
        .post("/accounts/{account_id}/access/apps/{app_id}/revoke_tokens", 202, apps::revoke_tokens::revoke_tokens)
        .put("/accounts/{account_id}/access/apps/{app_id}/settings", 202, apps::settings::replace)
        .patch("/accounts/{account_id}/access/apps/{app_id}/settings", 202, apps::settings::change)
        .get("/accounts/{account_id}/access/apps/{app_id}/user_policy_checks", apps::user_policy_checks::list)
        .post("/accounts/{account_id}/access/policy-tests", 200, policy_tests::create)
        .get("/accounts/{account_id}/access/policy-tests/{policy_test_id}", policy_tests::get)
        .get("/accounts/{account_id}/access/policy-tests/{policy_test_id}/users", policy_tests::users)
        .get("/accounts/{account_id}/access/policies", policies::list::list)
        .post("/accounts/{account_id}/access/policies", 201, policies::create::create)
        .get("/accounts/{account_id}/access/policies/{policy_id}", policies::get::get)
        .put("/accounts/{account_id}/access/policies/{policy_id}", 200, policies::update::update)
        .delete("/accounts/{account_id}/access/policies/{policy_id}", 202, policies::delete::delete)
        .get("/accounts/{account_id}/access/groups", groups::list::list)
        .post("/accounts/{account_id}/access/groups", 201, groups::create::create)
        .get("/accounts/{account_id}/access/groups/{group_id}", groups::get::get)
        .put("/accounts/{account_id}/access/groups/{group_id}", 200, groups::update::update)
        .delete("/accounts/{account_id}/access/groups/{group_id}", 202, groups::delete::delete)
}

/// What applications and rules name.
fn of_objects(routes: Routes) -> Routes {
    routes
        .get("/accounts/{account_id}/access/apps/ca", apps::ca::list::list)
        .get("/accounts/{account_id}/access/apps/{app_id}/ca", apps::ca::get::get)
        .post("/accounts/{account_id}/access/apps/{app_id}/ca", 200, apps::ca::create::create)
        .delete("/accounts/{account_id}/access/apps/{app_id}/ca", 202, apps::ca::delete::delete)
        .get("/accounts/{account_id}/access/bookmarks", bookmarks::list::list)
        .get("/accounts/{account_id}/access/bookmarks/{bookmark_id}", bookmarks::get::get)
        .post("/accounts/{account_id}/access/bookmarks/{bookmark_id}", 200, bookmarks::create::create)
        .put("/accounts/{account_id}/access/bookmarks/{bookmark_id}", 200, bookmarks::update::update)
        .delete("/accounts/{account_id}/access/bookmarks/{bookmark_id}", 200, bookmarks::delete::delete)
        .get("/accounts/{account_id}/access/certificates", certificates::list::list)
        .post("/accounts/{account_id}/access/certificates", 201, certificates::create::create)
        .get("/accounts/{account_id}/access/certificates/settings", certificates::settings::get)
        .put("/accounts/{account_id}/access/certificates/settings", 202, certificates::settings::put)
        .get("/accounts/{account_id}/access/certificates/{certificate_id}", certificates::get::get)
        .put("/accounts/{account_id}/access/certificates/{certificate_id}", 200, certificates::update::update)
        .delete("/accounts/{account_id}/access/certificates/{certificate_id}", 200, certificates::delete::delete)
        .get("/accounts/{account_id}/access/custom_pages", custom_pages::list::list)
        .post("/accounts/{account_id}/access/custom_pages", 201, custom_pages::create::create)
        .get("/accounts/{account_id}/access/custom_pages/{custom_page_id}", custom_pages::get::get)
        .put("/accounts/{account_id}/access/custom_pages/{custom_page_id}", 200, custom_pages::update::update)
        .delete("/accounts/{account_id}/access/custom_pages/{custom_page_id}", 202, custom_pages::delete::delete)
        .get("/accounts/{account_id}/access/tags", tags::list::list)
        .post("/accounts/{account_id}/access/tags", 201, tags::create::create)
        .get("/accounts/{account_id}/access/tags/{tag_name}", tags::get::get)
        .put("/accounts/{account_id}/access/tags/{tag_name}", 200, tags::update::update)
        .delete("/accounts/{account_id}/access/tags/{tag_name}", 202, tags::delete::delete)
        .get("/accounts/{account_id}/gateway/lists", lists::list::list)
        .post("/accounts/{account_id}/gateway/lists", 200, lists::create::create)
        .get("/accounts/{account_id}/gateway/lists/{list_id}", lists::get::get)
        .put("/accounts/{account_id}/gateway/lists/{list_id}", 200, lists::update::update)
        .patch("/accounts/{account_id}/gateway/lists/{list_id}", 200, lists::edit::edit)
        .delete("/accounts/{account_id}/gateway/lists/{list_id}", 200, lists::delete::delete)
        .get("/accounts/{account_id}/gateway/lists/{list_id}/items", lists::items::list)
}

fn of_sign_in(routes: Routes) -> Routes {
    routes
        .get("/accounts/{account_id}/access/identity_providers", idps::list::list)
        .post("/accounts/{account_id}/access/identity_providers", 201, idps::create::create)
        .get("/accounts/{account_id}/access/identity_providers/{identity_provider_id}", idps::get::get)
        .put("/accounts/{account_id}/access/identity_providers/{identity_provider_id}", 200, idps::update::update)
        .delete("/accounts/{account_id}/access/identity_providers/{identity_provider_id}", 202, idps::delete::delete)
        .post(
            "/accounts/{account_id}/access/identity_providers/{identity_provider_id}/refresh_scim_secret",
            200,
            idps::refresh_scim_secret::refresh_scim_secret,
        )
        .get("/accounts/{account_id}/access/identity_providers/{identity_provider_id}/scim/users", idps::scim::users)
        .get("/accounts/{account_id}/access/identity_providers/{identity_provider_id}/scim/groups", idps::scim::groups)
        .get("/accounts/{account_id}/access/organizations", organizations::get::get)
        .put("/accounts/{account_id}/access/organizations", 200, organizations::update::update)
        .post("/accounts/{account_id}/access/organizations", 201, organizations::create::create)
        .get("/accounts/{account_id}/access/organizations/doh", organizations::doh::get)
        .put("/accounts/{account_id}/access/organizations/doh", 201, organizations::doh::put)
        .post("/accounts/{account_id}/access/organizations/revoke_user", 200, organizations::revoke_user::revoke_user)
        .get("/accounts/{account_id}/access/keys", keys::get::get)
        .put("/accounts/{account_id}/access/keys", 200, keys::update::update)
        .post("/accounts/{account_id}/access/keys/rotate", 200, keys::rotate::rotate)
        .get("/accounts/{account_id}/access/service_tokens", service_tokens::list::list)
        .post("/accounts/{account_id}/access/service_tokens", 201, service_tokens::create::create)
        .get("/accounts/{account_id}/access/service_tokens/{service_token_id}", service_tokens::get::get)
        .put("/accounts/{account_id}/access/service_tokens/{service_token_id}", 200, service_tokens::update::update)
        .delete("/accounts/{account_id}/access/service_tokens/{service_token_id}", 200, service_tokens::delete::delete)
        .post("/accounts/{account_id}/access/service_tokens/{service_token_id}/refresh", 200, service_tokens::refresh::refresh)
        .post("/accounts/{account_id}/access/service_tokens/{service_token_id}/rotate", 200, service_tokens::rotate::rotate)
}

fn of_people(routes: Routes) -> Routes {
    routes
        .get("/accounts/{account_id}/access/users", users::list::list)
        .post("/accounts/{account_id}/access/users", 201, users::create::create)
        .get("/accounts/{account_id}/access/users/{user_id}", users::get::get)
        .put("/accounts/{account_id}/access/users/{user_id}", 200, users::update::update)
        .delete("/accounts/{account_id}/access/users/{user_id}", 202, users::delete::delete)
        .get("/accounts/{account_id}/access/users/{user_id}/active_sessions", users::active_sessions::list)
        .get("/accounts/{account_id}/access/users/{user_id}/active_sessions/{nonce}", users::active_sessions::get)
        .get("/accounts/{account_id}/access/users/{user_id}/failed_logins", users::failed_logins::list)
        .get("/accounts/{account_id}/access/users/{user_id}/last_seen_identity", users::last_seen_identity::get)
        .get("/accounts/{account_id}/devices/posture", posture::list::list)
        .post("/accounts/{account_id}/devices/posture", 200, posture::create::create)
        .get("/accounts/{account_id}/devices/posture/{rule_id}", posture::get::get)
        .put("/accounts/{account_id}/devices/posture/{rule_id}", 200, posture::update::update)
        .delete("/accounts/{account_id}/devices/posture/{rule_id}", 200, posture::delete::delete)
        .get("/accounts/{account_id}/devices/posture/integration", posture::integration::list::list)
        .post("/accounts/{account_id}/devices/posture/integration", 200, posture::integration::create::create)
        .get("/accounts/{account_id}/devices/posture/integration/{integration_id}", posture::integration::get::get)
        .patch("/accounts/{account_id}/devices/posture/integration/{integration_id}", 200, posture::integration::edit::edit)
        .delete("/accounts/{account_id}/devices/posture/integration/{integration_id}", 200, posture::integration::delete::delete)
        .patch("/accounts/{account_id}/access/seats", 200, seats::edit)
        .get("/accounts/{account_id}/access/logs/access_requests", logs::access_requests::list)
        .get("/accounts/{account_id}/access/logs/scim/updates", logs::scim_updates::list)
}

/// What v4 has no room for (ruling 1).
fn own(routes: Routes) -> Routes {
    routes
        .get("/accounts/{account_id}/doorward/apps/{app_id}/upstream", doorward::upstream::get)
        .put("/accounts/{account_id}/doorward/apps/{app_id}/upstream", 200, doorward::upstream::put)
        .delete("/accounts/{account_id}/doorward/apps/{app_id}/upstream", 202, doorward::upstream::delete)
        .get("/accounts/{account_id}/doorward/apps/{app_id}/streams", doorward::streams::get)
        .put("/accounts/{account_id}/doorward/apps/{app_id}/streams", 200, doorward::streams::put)
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/cloud", doorward::cloud::get)
        .put("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/cloud", 200, doorward::cloud::put)
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/credentials", doorward::credentials::get)
        .put("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/credentials", 200, doorward::credentials::put)
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/options", doorward::options::get)
        .put("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/options", 200, doorward::options::put)
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/scim/guard", doorward::scim_guard::get)
        .post(
            "/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/scim/guard/release",
            200,
            doorward::scim_guard::release,
        )
        .post(
            "/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/scim/guard/refuse",
            200,
            doorward::scim_guard::refuse,
        )
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/check", doorward::check::get)
        .post("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/check", 200, doorward::check::post)
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/drift", doorward::drift::get)
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/groups", doorward::directory_groups::search)
        .post("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/drift", 200, doorward::drift::post)
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/auth_contexts", doorward::auth_contexts::list)
        .post(
            "/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/auth_contexts/refresh",
            200,
            doorward::auth_contexts::refresh,
        )
        .post("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/test", 201, doorward::login_tests::begin)
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/tests/{test_id}", doorward::login_tests::get)
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/scim/groups", doorward::groups::list)
        .get(
            "/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/scim/groups/{directory_group_id}",
            doorward::groups::get,
        )
        .get(
            "/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/scim/groups/{directory_group_id}/members",
            doorward::groups::members,
        )
        .get("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/scim", doorward::scim::get)
        .put("/accounts/{account_id}/doorward/identity_providers/{identity_provider_id}/scim", 200, doorward::scim::put)
        .get("/accounts/{account_id}/doorward/provisioning_log", doorward::provisioning_log::list)
        .get("/accounts/{account_id}/doorward/provisioning_log/export", doorward::provisioning_log::export::export)
        .get("/accounts/{account_id}/doorward/provisioning_log/{update_id}", doorward::provisioning_log::get)
        .get("/accounts/{account_id}/doorward/organization/options", doorward::organization::get)
        .put("/accounts/{account_id}/doorward/organization/options", 200, doorward::organization::put)
        .get("/accounts/{account_id}/doorward/users", doorward::users::list)
        .get("/accounts/{account_id}/doorward/users/{user_id}", doorward::users::get)
        .get("/accounts/{account_id}/doorward/users/{user_id}/sessions", doorward::sessions::list)
        .get("/accounts/{account_id}/doorward/warnings", doorward::warnings::list)
        .post("/accounts/{account_id}/doorward/warnings/{warning_id}/acknowledge", 200, doorward::warnings::acknowledge)
        .delete("/accounts/{account_id}/doorward/users/{user_id}/active_sessions/{nonce}", 200, users::active_sessions::delete)
        .get("/accounts/{account_id}/doorward/alerts", doorward::alerts::get)
        .put("/accounts/{account_id}/doorward/alerts", 200, doorward::alerts::put)
        .post("/accounts/{account_id}/doorward/alerts/test", 200, doorward::alerts::test)
        .get("/accounts/{account_id}/doorward/decision_counts", doorward::decision_counts::get)
        .get("/accounts/{account_id}/doorward/decisions", doorward::decisions::list)
        .get("/accounts/{account_id}/doorward/decisions/export", doorward::decisions::export::export)
        .get("/accounts/{account_id}/doorward/decisions/{reference}", doorward::decisions::get)
        .get("/accounts/{account_id}/doorward/users/{user_id}/access", doorward::access::of_person)
        .get("/accounts/{account_id}/doorward/apps/{app_id}/access", doorward::access::of_app)
        .get("/accounts/{account_id}/doorward/apps/{app_id}/check", doorward::policy_tests::check)
        .get("/accounts/{account_id}/doorward/policy-tests/{policy_test_id}/users/{user_id}", doorward::policy_tests::user)
        .delete("/accounts/{account_id}/doorward/policy-tests/{policy_test_id}", 200, doorward::policy_tests::end)
        .post("/accounts/{account_id}/doorward/policies/replay", 200, doorward::replay::replay)
        .get("/accounts/{account_id}/doorward/uses", doorward::uses::list)
        .get("/accounts/{account_id}/doorward/api_tokens", doorward::api_tokens::list)
        .post("/accounts/{account_id}/doorward/api_tokens", 201, doorward::api_tokens::create::create)
        .get("/accounts/{account_id}/doorward/api_tokens/{token_id}", doorward::api_tokens::get)
        .put("/accounts/{account_id}/doorward/api_tokens/{token_id}", 200, doorward::api_tokens::update::update)
        .delete("/accounts/{account_id}/doorward/api_tokens/{token_id}", 200, doorward::api_tokens::delete::delete)
        .put("/accounts/{account_id}/doorward/api_tokens/{token_id}/value", 200, doorward::api_tokens::roll::roll)
        .get("/accounts/{account_id}/doorward/audit", doorward::audit::list)
        .get("/accounts/{account_id}/doorward/audit/export", doorward::audit::export::export)
        .get("/accounts/{account_id}/doorward/certificates/{certificate_id}", doorward::certificates::get)
        .get("/accounts/{account_id}/doorward/backup", doorward::backup::get)
        .post("/accounts/{account_id}/doorward/reload", 200, doorward::reload::post)
        .get("/accounts/{account_id}/doorward/access_requests", doorward::access_requests::list)
        .get("/accounts/{account_id}/doorward/access_requests/{grant_id}", doorward::access_requests::get)
        .post("/accounts/{account_id}/doorward/access_requests/{grant_id}/approve", 200, doorward::access_requests::approve::approve)
        .post("/accounts/{account_id}/doorward/access_requests/{grant_id}/refuse", 200, doorward::access_requests::refuse)
        .get("/accounts/{account_id}/doorward/grants", doorward::grants::list)
        .post("/accounts/{account_id}/doorward/grants", 201, doorward::grants::create)
        .get("/accounts/{account_id}/doorward/grants/{grant_id}", doorward::grants::get)
        .delete("/accounts/{account_id}/doorward/grants/{grant_id}", 202, doorward::grants::delete)
        .get("/accounts/{account_id}/doorward/console", doorward::console::get)
        .put("/accounts/{account_id}/doorward/console", 200, doorward::console::put)
        .delete("/accounts/{account_id}/doorward/console", 200, doorward::console::delete)
        .get("/accounts/{account_id}/doorward/console/session", doorward::console::session)
        .get("/accounts/{account_id}/doorward/health", doorward::health::get)
}

/// The router under construction, with the list of what is in it.
#[derive(Default)]
struct Routes {
    router: Router<ApiState>,
    operations: Vec<Operation>,
}

impl Routes {
    fn get<H: Handler<T, ApiState>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(Method::GET, path, 200, on(MethodFilter::GET, handler))
    }
    fn post<H: Handler<T, ApiState>, T: 'static>(self, path: &'static str, status: u16, handler: H) -> Self {
        self.add(Method::POST, path, status, on(MethodFilter::POST, handler))
    }
    fn put<H: Handler<T, ApiState>, T: 'static>(self, path: &'static str, status: u16, handler: H) -> Self {
        self.add(Method::PUT, path, status, on(MethodFilter::PUT, handler))
    }
    fn patch<H: Handler<T, ApiState>, T: 'static>(self, path: &'static str, status: u16, handler: H) -> Self {
        self.add(Method::PATCH, path, status, on(MethodFilter::PATCH, handler))
    }
    fn delete<H: Handler<T, ApiState>, T: 'static>(self, path: &'static str, status: u16, handler: H) -> Self {
        self.add(Method::DELETE, path, status, on(MethodFilter::DELETE, handler))
    }
    fn add(mut self, verb: Method, path: &'static str, status: u16, method: MethodRouter<ApiState>) -> Self {
        self.router = self.router.route(&format!("{PREFIX}{path}"), method);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        self.operations.push(Operation { verb, path, status });
        self
    }
}

/// Paths of the contract that are not built and that a pattern which is built would take for its own (`apps/ca` for an application's id).
fn overshadowed(operations: &[Operation]) -> Vec<&'static str> {
    let mut paths: Vec<&'static str> = contract::lines().map(|line| line.path).collect();
    paths.dedup();
    paths.retain(|path| operations.iter().all(|op| op.path != *path) && operations.iter().any(|op| contract::fits(op.path, path)));
    paths
}

/// What no handler takes: not built yet, another verb, or nothing at all.
fn nowhere(operations: &[Operation], verb: &Method, uri: &Uri) -> ApiError {
    let path = uri.path().strip_prefix(PREFIX).unwrap_or("");
    let asked = if verb == Method::HEAD { &Method::GET } else { verb };
    let mut verbs: Vec<&str> = operations.iter().filter(|op| contract::fits(op.path, path)).map(|op| op.verb.as_str()).collect();
    match contract::standing(asked, path) {
        Standing::Operation(pattern) => return ApiError::NotBuilt { verb: verb.to_string(), path: pattern.to_owned() },
        Standing::Unknown if verbs.is_empty() => return ApiError::NoRoute,
        Standing::OtherVerbs(others) if verbs.is_empty() => verbs = others,
        Standing::OtherVerbs(_) | Standing::Unknown => {}
    }
    ApiError::WrongVerb { verb: verb.to_string(), allow: verbs.join(", ") }
}
