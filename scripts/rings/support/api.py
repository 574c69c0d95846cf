"""doorward's v4 API as a plain script uses it."""

import graph


class Api:
    def __init__(self, demo):
        self.web = graph.web_session(demo)
        self.web.headers["Authorization"] = f"Bearer {demo.ready['api_token']}"
        self.root = f"{demo.ready['api_base']}/accounts/{demo.ready['account_id']}"

    def call(self, method, path, body=None):
        answer = self.web.request(method, f"{self.root}/{path}", json=body, timeout=20)
        envelope = answer.json()
        if not answer.ok or not envelope["success"]:
            raise RuntimeError(f"{method} {path} answered {answer.status_code}: {envelope['errors']}")
        return envelope["result"]

    def status(self, path):
        return self.web.get(f"{self.root}/{path}", timeout=20).status_code

    def new_app(self, name, policies, like, **more):
        """An application of its own with the upstream of another."""
        app = self.call("POST", "access/apps", {"name": name, "type": "self_hosted", "domain": f"{name}.localhost", "policies": policies, **more})
        upstream = self.call("GET", f"doorward/apps/{like['id']}/upstream")
        body = {"url": upstream["url"], "tls": {"ca_pool": upstream["tls"]["ca_pool"]}}
        self.call("PUT", f"doorward/apps/{app['id']}/upstream", body)
        port = like["url"].rsplit(":", 1)[1]
        return {"name": name, "url": f"https://{name}.localhost:{port}", "aud": app["aud"], "id": app["id"]}
