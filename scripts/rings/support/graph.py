"""Microsoft Graph as an administrator's script uses it: client credentials by MSAL, JSON by requests."""

import base64
import time

import localhost_names  # noqa: F401 - resolves *.localhost
import msal
import requests


def web_session(demo):
    """A session that trusts the demo's authority."""
    session = requests.Session()
    session.trust_env = False
    session.verify = demo.ready["ca_file"]
    return session


def registration(demo, client_id, credential, web=None, **named):
    """MSAL for one registration of the simulator's tenant; a secret, or a certificate with its key."""
    return msal.ConfidentialClientApplication(
        client_id,
        client_credential=credential,
        authority=demo.ready["entra"]["authority"],
        http_client=web or web_session(demo),
        # The simulator is no cloud that Microsoft's discovery service would know.
        instance_discovery=False,
        validate_authority=False,
        **named,
    )


class Graph:
    def __init__(self, demo):
        entra = demo.ready["entra"]
        self.demo = demo
        self.web = web_session(demo)
        self.root = f"{entra['graph']}/v1.0"
        app = registration(demo, entra["admin_client_id"], entra["admin_client_secret"], self.web)
        answer = app.acquire_token_for_client(scopes=[f"{entra['graph']}/.default"])
        if "access_token" not in answer:
            raise RuntimeError(f"no token for the administrator's script: {answer}")
        self.web.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self.web.headers["ConsistencyLevel"] = "eventual"
        scim = demo.ready["scim"]
        self.job = f"/servicePrincipals/{scim['service_principal_id']}/synchronization/jobs/{scim['job_id']}"

    def call(self, method, path, **named):
        url = path if path.startswith("https://") else self.root + path
        answer = self.web.request(method, url, timeout=20, **named)
        if not answer.ok:
            raise RuntimeError(f"{method} {url} answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None

    def all(self, path):
        """Every page of a list."""
        found, next_page = [], path
        while next_page:
            page = self.call("GET", next_page)
            found += page["value"]
            next_page = page.get("@odata.nextLink")
        return found

    def user(self, upn):
        return self.call("GET", f"/users/{upn}")

    def group(self, name):
        return self.call("GET", f"/groups?$filter=displayName eq '{name}'&$count=true")["value"][0]

    def groups_of(self, upn):
        return self.all(f"/users/{upn}/transitiveMemberOf/microsoft.graph.group?$select=id,displayName&$top=100&$count=true")

    def upload(self, application, credential):
        """Makes a certificate the one that a registration (by object id) may authenticate with."""
        key = {"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.b64encode(credential.der).decode()}
        self.call("PATCH", f"/applications/{application}", json={"keyCredentials": [key]})

    def step_up(self, context):
        """From now on an authentication context takes a second factor."""
        applications = {"includeAuthenticationContextClassReferences": [context]}
        conditions = {"users": {"includeUsers": ["All"]}, "applications": applications, "clientAppTypes": ["all"]}
        controls = {"operator": "OR", "builtInControls": ["mfa"]}
        body = {"displayName": "Step up", "state": "enabled", "conditions": conditions, "grantControls": controls}
        self.call("POST", "/identity/conditionalAccess/policies", json=body)

    def start_cycle(self):
        """Starts a provisioning cycle; returns what `cycle_ended` compares with."""
        before = self.call("GET", self.job)["status"]["lastExecution"]
        self.call("POST", f"{self.job}/start")
        return (before or {}).get("activityIdentifier")

    def cycle_ended(self, before, limit=60):
        """Waits for the end of the cycle that `start_cycle` started, and returns its record."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            last = self.call("GET", self.job)["status"]["lastExecution"]
            if last and last["activityIdentifier"] != before:
                return last
            time.sleep(0.05)
        raise RuntimeError(f"the provisioning cycle did not end within {limit} s")
