// Every page of the console: its address, its title, its place in the navigation and the file that shows it. A page is one entry here.

/** The navigation: sections with their pages, in order. */
export const NAVIGATION = [
  { title: "", links: [["/", "Overview"]] },
  {
    title: "Access",
    links: [
      ["/access/applications", "Applications"], ["/access/policies", "Policies"], ["/access/groups", "Rule groups"],
      ["/access/service-tokens", "Service tokens"], ["/access/tags", "Tags"], ["/access/lists", "Lists"],
    ],
  },
  { title: "Team", links: [
    ["/team/users", "Users"], ["/team/groups", "Groups"], ["/team/provisioning", "Provisioning"], ["/team/access", "Access"], ["/team/requests", "Requests"], ["/team/logs", "Logs"],
  ] },
  { title: "Settings", links: [["/settings/authentication", "Authentication"]] },
  { title: "Account", links: [
    ["/account", "Organisation"], ["/account/administrators", "Administrators"], ["/account/tokens", "API tokens"], ["/account/keys", "Keys"], ["/account/certificates", "Certificates"],
    ["/account/pages", "Pages"], ["/account/warnings", "Warnings"], ["/account/backup", "Backup"], ["/account/about", "About"],
  ] },
];

/** @type {{pattern: string, title: string, load: () => Promise<{default: any}>}[]} */
export const ROUTES = [
  { pattern: "/", title: "Overview", load: () => import("./pages/overview.js") },
  { pattern: "/access/applications", title: "Applications", load: () => import("./pages/applications.js") },
  { pattern: "/access/applications/add", title: "Add an application", load: () => import("./pages/application_add.js") },
  { pattern: "/access/applications/:id", title: "Application", load: () => import("./pages/application.js") },
  { pattern: "/access/policies", title: "Policies", load: () => import("./pages/policies.js") },
  { pattern: "/access/policies/add", title: "Add a policy", load: () => import("./pages/policy.js") },
  { pattern: "/access/policies/:id", title: "Policy", load: () => import("./pages/policy.js") },
  { pattern: "/access/groups", title: "Rule groups", load: () => import("./pages/rule_groups.js") },
  { pattern: "/access/groups/add", title: "Add a rule group", load: () => import("./pages/rule_group.js") },
  { pattern: "/access/groups/:id", title: "Rule group", load: () => import("./pages/rule_group.js") },
  { pattern: "/access/service-tokens", title: "Service tokens", load: () => import("./pages/service_tokens.js") },
  { pattern: "/access/service-tokens/add", title: "Add a service token", load: () => import("./pages/service_token_add.js") },
  { pattern: "/access/service-tokens/:id", title: "Service token", load: () => import("./pages/service_token.js") },
  { pattern: "/access/tags", title: "Tags", load: () => import("./pages/tags.js") },
  { pattern: "/access/lists", title: "Lists", load: () => import("./pages/lists.js") },
  { pattern: "/access/lists/add", title: "Add a list", load: () => import("./pages/list_add.js") },
  { pattern: "/access/lists/:id", title: "List", load: () => import("./pages/list.js") },
  { pattern: "/team/users", title: "Users", load: () => import("./pages/users.js") },
  { pattern: "/team/users/:id", title: "User", load: () => import("./pages/user.js") },
  { pattern: "/team/groups", title: "Groups", load: () => import("./pages/groups.js") },
  { pattern: "/team/groups/:idp/:id", title: "Group", load: () => import("./pages/group.js") },
  { pattern: "/team/provisioning", title: "Provisioning", load: () => import("./pages/provisioning.js") },
  { pattern: "/team/access", title: "Access", load: () => import("./pages/access.js") },
  { pattern: "/team/requests", title: "Requests", load: () => import("./pages/requests.js") },
  { pattern: "/team/logs", title: "Logs", load: () => import("./pages/logs.js") },
  { pattern: "/team/logs/decisions/:reference", title: "Decision", load: () => import("./pages/decision.js") },
  { pattern: "/team/logs/provisioning/:id", title: "Record of provisioning", load: () => import("./pages/provisioning_record.js") },
  { pattern: "/settings/authentication", title: "Authentication", load: () => import("./pages/authentication.js") },
  { pattern: "/settings/authentication/add", title: "Add a login method", load: () => import("./pages/login_method_add.js") },
  { pattern: "/settings/authentication/add/:type", title: "Add a login method", load: () => import("./pages/login_method_new.js") },
  { pattern: "/settings/authentication/:id", title: "Login method", load: () => import("./pages/login_method.js") },
  { pattern: "/account", title: "Organisation", load: () => import("./pages/organisation.js") },
  { pattern: "/account/administrators", title: "Administrators", load: () => import("./pages/administrators.js") },
  { pattern: "/account/tokens", title: "API tokens", load: () => import("./pages/api_tokens.js") },
  { pattern: "/account/tokens/add", title: "Make an API token", load: () => import("./pages/api_token_add.js") },
  { pattern: "/account/tokens/:id", title: "API token", load: () => import("./pages/api_token.js") },
  { pattern: "/account/keys", title: "Keys", load: () => import("./pages/keys.js") },
  { pattern: "/account/certificates", title: "Certificates", load: () => import("./pages/certificates.js") },
  { pattern: "/account/certificates/:id", title: "Certificate", load: () => import("./pages/certificate.js") },
  { pattern: "/account/pages", title: "Pages", load: () => import("./pages/own_pages.js") },
  { pattern: "/account/pages/:id", title: "Page", load: () => import("./pages/own_page.js") },
  { pattern: "/account/warnings", title: "Warnings", load: () => import("./pages/warnings.js") },
  { pattern: "/account/backup", title: "Backup", load: () => import("./pages/backup.js") },
  { pattern: "/account/about", title: "About", load: () => import("./pages/about.js") },
];
