"""Signs in against a running entra-sim through Microsoft's own client library.

usage: sign_in.py READY_FILE CA_FILE REDIRECT_URI [USER_NAME PASSWORD]

READY_FILE is what `entra-sim serve --ready-file` wrote; REDIRECT_URI must be registered. Needs the packages msal and requests.
"""

import html
import json
import re
import sys
import urllib.parse

import msal
import requests


def hidden_fields(page):
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def answer_of(response):
    """What the browser would carry to the redirect URI: a query, or the fields of a self-posting form."""
    if response.status_code == 302:
        query = urllib.parse.urlsplit(response.headers["location"]).query
        return dict(urllib.parse.parse_qsl(query))
    return hidden_fields(response.text)


def sign_in(ready, ca, redirect_uri, user, password, mode):
    app = ready["sign_in_app"]
    client = msal.ConfidentialClientApplication(
        app["client_id"],
        client_credential=app["client_secret"],
        authority=ready["authority"],
        instance_discovery=False,
        validate_authority=False,
        verify=ca,
    )
    scopes = ["User.Read", "GroupMember.Read.All"]
    flow = client.initiate_auth_code_flow(scopes, redirect_uri=redirect_uri, prompt="login", response_mode=mode)
    browser = requests.Session()
    browser.trust_env, browser.verify = False, ca
    page = browser.get(flow["auth_uri"])
    fields = hidden_fields(page.text) | {"loginfmt": user, "passwd": password}
    action = re.search(r'action="([^"]+)"', page.text).group(1)
    answer = browser.post(urllib.parse.urljoin(page.url, action), data=fields, allow_redirects=False)
    result = client.acquire_token_by_auth_code_flow(flow, answer_of(answer))
    assert "access_token" in result, result
    claims = result["id_token_claims"]
    assert claims["preferred_username"].lower() == user.lower(), claims
    [account] = client.get_accounts()
    assert account["home_account_id"] == f"{claims['oid']}.{claims['tid']}", account
    again = client.acquire_token_silent_with_error(["User.Read"], account=account, force_refresh=True)
    assert again and "access_token" in again, again
    me = browser.get(ready["base"] + "/v1.0/me", headers={"Authorization": "Bearer " + again["access_token"]})
    assert me.json()["id"] == claims["oid"], me.text


def call_as_application(ready, ca):
    app = ready["admin_app"]
    client = msal.ConfidentialClientApplication(
        app["client_id"],
        client_credential=app["client_secret"],
        authority=ready["authority"],
        instance_discovery=False,
        verify=ca,
    )
    result = client.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert "access_token" in result, result
    session = requests.Session()
    session.trust_env, session.verify = False, ca
    users = session.get(ready["base"] + "/v1.0/users?$top=5", headers={"Authorization": "Bearer " + result["access_token"]})
    assert len(users.json()["value"]) == 5, users.text


def main(ready_file, ca, redirect_uri, user="mara@harbourworks.example", password="Harbour-Mara-1"):
    with open(ready_file, encoding="utf-8") as file:
        ready = json.load(file)
    for mode in ("query", "form_post"):
        sign_in(ready, ca, redirect_uri, user, password, mode)
    call_as_application(ready, ca)
    print("MSAL signs in, refreshes and calls Graph")


main(*sys.argv[1:])
