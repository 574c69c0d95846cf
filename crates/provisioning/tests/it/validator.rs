//! The checks of Microsoft's SCIM validator, scored and preview, each in both PATCH dialects: what the tool sends and what it looks at.

use serde_json::{Value, json};

use crate::rig::{Answer, Rig, entra_user, filter, upn};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// How Entra writes a PATCH: as it always did, or with `aadOptscim062020` at the end of the tenant URL.
#[derive(Debug, Clone, Copy)]
enum Dialect {
    Default,
    Flagged,
}

/// The tool at work on one server.
struct Validator {
    rig: Rig,
    dialect: Dialect,
}

/// Runs a check in both dialects, each on a server of its own.
async fn in_both<F: AsyncFn(Validator)>(check: F) {
    for dialect in [Dialect::Default, Dialect::Flagged] {
        check(Validator { rig: Rig::start().await, dialect }).await;
    }
}

impl Validator {
    /// The flag reaches the server when a tool appends paths to the tenant URL as it was typed.
    fn flagged(&self, path: &str) -> String {
        match (self.dialect, path.contains('?')) {
            (Dialect::Default, _) => path.to_owned(),
            (Dialect::Flagged, false) => format!("{path}?aadOptscim062020"),
            (Dialect::Flagged, true) => format!("{path}&aadOptscim062020"),
        }
    }

    fn op(&self, verb: &str) -> String {
        match self.dialect {
            Dialect::Default => format!("{}{}", verb[..1].to_uppercase(), &verb[1..]),
            Dialect::Flagged => verb.to_owned(),
        }
    }

    /// `verb` on several attributes: one operation each, or one without path.
    fn operations(&self, verb: &str, attributes: &[(&str, Value)]) -> Value {
        match self.dialect {
            Dialect::Default => attributes.iter().map(|(path, value)| json!({"op": self.op(verb), "path": path, "value": value})).collect(),
            Dialect::Flagged => {
                let together: serde_json::Map<_, _> = attributes.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
                json!([{"op": self.op(verb), "value": together}])
            }
        }
    }

    async fn get(&self, path: &str) -> Answer {
        judged(self.rig.get(&self.flagged(path)).await)
    }
    async fn post(&self, path: &str, body: Value) -> Answer {
        judged(self.rig.post(&self.flagged(path), body).await)
    }
    async fn patch(&self, path: &str, operations: Value) -> Answer {
        judged(self.rig.patch(&self.flagged(path), operations).await)
    }
    async fn delete(&self, path: &str) -> Answer {
        judged(self.rig.delete(&self.flagged(path)).await)
    }

    /// A user as the tool makes one: it sends `"primary": "True"`.
    async fn user(&self, nick: &str) -> String {
        format!("/Users/{}", self.post("/Users", validator_user(nick)).await.expect(201).id())
    }
    async fn group(&self, name: &str) -> String {
        format!("/Groups/{}", self.post("/Groups", validator_group(name)).await.expect(201).id())
    }

    /// PATCH of a user is 200 with the user; what a later GET shows is what counts.
    async fn patched(&self, path: &str, operations: Value) -> Value {
        self.patch(path, operations).await.expect(200);
        self.get(path).await.expect(200).body
    }
    /// PATCH of a group is 204.
    async fn patched_group(&self, path: &str, operations: Value) -> Value {
        self.patch(path, operations).await.expect(204);
        self.get(path).await.expect(200).body
    }
    async fn found(&self, kind: &str, text: &str) -> Value {
        self.get(&format!("/{kind}?filter={}", filter(text))).await.expect(200).body
    }
}

/// What the tool warns of on every answer: another media type, and booleans that come back as texts.
#[track_caller]
fn judged(answer: Answer) -> Answer {
    if answer.body != Value::Null {
        assert!(answer.header("content-type").starts_with("application/scim+json"));
        let text = answer.body.to_string().to_ascii_lowercase();
        assert!(!text.contains("\"true\"") && !text.contains("\"false\""), "{text}");
    }
    answer
}

fn validator_user(nick: &str) -> Value {
    let mut user = entra_user(nick);
    user["emails"] = json!([{"primary": "True", "type": "work", "value": upn(nick)}]);
    user["phoneNumbers"] = json!([{"primary": "True", "type": "work", "value": "31-410-8839"}]);
    user["addresses"] = json!([{"primary": "True", "type": "work", "formatted": "ENDJ", "streetAddress": "61 Quay", "postalCode": "qw3"}]);
    user["roles"] = json!([{"primary": "True", "display": "VBTV", "value": "WGIG", "type": "TTCF"}]);
    user["timezone"] = json!("Antarctica/Macquarie");
    user
}

fn validator_group(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": uuid::Uuid::new_v4().to_string(), "displayName": name, "meta": {"resourceType": "Group"},
    })
}

#[tokio::test]
async fn users_are_created_once_and_found() {
    in_both(async |v| {
        // Create a new User; create a duplicate User.
        let created = v.post("/Users", validator_user("ilo")).await.expect(201);
        assert_eq!(created.body["emails"], json!([{"primary": true, "type": "work", "value": upn("ilo")}]));
        assert_eq!(created.body["roles"][0]["primary"], true);
        v.post("/Users", validator_user("ilo")).await.expect_error(409, Some("uniqueness"));
        // Get User by id.
        assert_eq!(v.get(&format!("/Users/{}", created.id())).await.expect(200).body, created.body);
        // Filter for an existing user, a non-existing user, an existing user with a different case.
        for attribute in ["userName", "emails[type eq \"work\"].value"] {
            for (value, total) in [(upn("ilo"), 1), (upn("ILO").to_uppercase(), 1), (uuid::Uuid::new_v4().to_string(), 0)] {
                let found = v.found("Users", &format!("{attribute} eq \"{value}\"")).await;
                assert_eq!(found["totalResults"], total, "{attribute} eq {value}");
                assert_eq!(found["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
                assert_eq!(found["Resources"].as_array().unwrap().len(), total);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn attributes_of_users_are_replaced_and_added() {
    in_both(async |v| {
        let path = v.user("ilo").await;
        // Patch User - Replace Attributes, and Verbose (each with its path).
        let wanted = [
            ("displayName", json!("BUNX")),
            ("title", json!("RVHA")),
            ("preferredLanguage", json!("nn")),
            ("name.givenName", json!("Felix")),
            ("timezone", json!("Pacific/Efate")),
            ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", json!("QYWX")),
        ];
        let shown = v.patched(&path, v.operations("replace", &wanted)).await;
        assert_eq!(
            (&shown["displayName"], &shown["title"], &shown["name"]["givenName"]),
            (&json!("BUNX"), &json!("RVHA"), &json!("Felix"))
        );
        assert_eq!(shown[ENTERPRISE]["employeeNumber"], "QYWX");
        let verbose = json!([
            {"op": v.op("replace"), "path": "emails[type eq \"work\"].value", "value": "felix@harbourworks.example"},
            {"op": v.op("replace"), "path": "emails[type eq \"work\"].primary", "value": "True"},
            {"op": v.op("replace"), "path": "addresses[type eq \"work\"].streetAddress", "value": "9 Pier"},
            {"op": v.op("replace"), "path": "phoneNumbers[type eq \"work\"].value", "value": "84-715-6283"},
            {"op": v.op("replace"), "path": "roles[primary eq \"True\"].value", "value": "ZOPV"},
        ]);
        let shown = v.patched(&path, verbose).await;
        assert_eq!(shown["emails"], json!([{"primary": true, "type": "work", "value": "felix@harbourworks.example"}]));
        assert_eq!((&shown["addresses"][0]["streetAddress"], &shown["addresses"][0]["postalCode"]), (&json!("9 Pier"), &json!("qw3")));
        assert_eq!((&shown["phoneNumbers"][0]["value"], &shown["roles"][0]["value"]), (&json!("84-715-6283"), &json!("ZOPV")));
        // Patch User - Add Attributes: of elements that are there, and of ones that are not yet.
        let add = json!([
            {"op": v.op("add"), "path": "emails[type eq \"home\"].value", "value": "ilo@home.example"},
            {"op": v.op("add"), "path": "phoneNumbers[type eq \"mobile\"].value", "value": "40-107-0019"},
            {"op": v.op("add"), "path": "addresses[type eq \"work\"].country", "value": "Norway"},
        ]);
        let shown = v.patched(&path, add).await;
        assert_eq!(shown["emails"][1], json!({"type": "home", "value": "ilo@home.example"}));
        assert_eq!((&shown["phoneNumbers"][1]["type"], &shown["addresses"][0]["country"]), (&json!("mobile"), &json!("Norway")));
        let shown = v.patched(&path, v.operations("add", &[("nickName", json!("Boatswain"))])).await;
        assert_eq!(shown["nickName"], "Boatswain");
        // Update User userName, without path.
        let shown = v.patched(&path, json!([{"op": v.op("replace"), "value": {"userName": upn("felix")}}])).await;
        assert_eq!(shown["userName"], upn("felix"));
        assert_eq!(v.found("Users", &format!("userName eq \"{}\"", upn("ilo"))).await["totalResults"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_disabled_user_is_shown_as_disabled() {
    in_both(async |v| {
        let path = v.user("ilo").await;
        let value = match v.dialect {
            Dialect::Default => json!("False"),
            Dialect::Flagged => json!(false),
        };
        let shown = v.patched(&path, v.operations("replace", &[("active", value)])).await;
        assert_eq!(shown["active"], false);
        assert_eq!(v.found("Users", &format!("userName eq \"{}\"", upn("ilo"))).await["Resources"][0]["active"], false);
    })
    .await;
}

#[tokio::test]
async fn a_manager_comes_changes_and_goes() {
    in_both(async |v| {
        let path = v.user("ilo").await;
        let (mara, bram) = (v.user("mara").await, v.user("bram").await);
        let [mara, bram] = [mara, bram].map(|path| path.trim_start_matches("/Users/").to_owned());
        let of_manager = format!("{ENTERPRISE}:manager");
        // Patch User - Add, Replace and Remove Manager: a URN as path, an object as value.
        for (verb, manager) in [("add", &mara), ("replace", &bram)] {
            let shown = v.patched(&path, json!([{"op": v.op(verb), "path": of_manager, "value": {"value": manager}}])).await;
            assert_eq!(shown[ENTERPRISE]["manager"]["value"], manager.as_str(), "{verb}");
            let id = path.trim_start_matches("/Users/");
            let check = v.found("Users", &format!("id eq \"{id}\" and manager eq \"{manager}\"")).await;
            assert_eq!(check["totalResults"], 1);
        }
        let shown = v.patched(&path, json!([{"op": v.op("remove"), "path": of_manager}])).await;
        assert_eq!((&shown[ENTERPRISE]["manager"], &shown[ENTERPRISE]["department"]), (&Value::Null, &json!("Network")));
    })
    .await;
}

#[tokio::test]
async fn several_operations_at_once_all_count() {
    in_both(async |v| {
        let path = v.user("ilo").await;
        // Preview: on different attributes, then on the same one, of which the last counts.
        let several = json!([
            {"op": v.op("remove"), "path": "title"},
            {"op": v.op("add"), "path": "displayName", "value": "LZVP"},
            {"op": v.op("replace"), "path": "emails[type eq \"work\"].value", "value": "lzvp@harbourworks.example"},
        ]);
        let shown = v.patched(&path, several).await;
        assert_eq!((&shown["displayName"], &shown["emails"][0]["value"]), (&json!("LZVP"), &json!("lzvp@harbourworks.example")));
        let same = json!([
            {"op": v.op("remove"), "path": "displayName"},
            {"op": v.op("add"), "path": "displayName", "value": "first"},
            {"op": v.op("replace"), "path": "displayName", "value": "last"},
        ]);
        assert_eq!(v.patched(&path, same).await["displayName"], "last");
        // The same of a group.
        let group = v.group("Pilots").await;
        let same = json!([
            {"op": v.op("add"), "path": "displayName", "value": "Pilots of the night"},
            {"op": v.op("replace"), "path": "displayName", "value": "Night Pilots"},
        ]);
        assert_eq!(v.patched_group(&group, same).await["displayName"], "Night Pilots");
    })
    .await;
}

#[tokio::test]
async fn what_was_deleted_is_gone_and_cannot_be_deleted_again() {
    in_both(async |v| {
        // Delete a User, delete a Group; preview: twice, and ones that never were.
        for path in [v.user("ilo").await, v.group("Pilots").await] {
            v.delete(&path).await.expect(204);
            v.get(&path).await.expect_error(404, None);
            v.delete(&path).await.expect_error(404, None);
        }
        for kind in ["Users", "Groups"] {
            v.delete(&format!("/{kind}/{}", uuid::Uuid::new_v4())).await.expect_error(404, None);
        }
    })
    .await;
}

#[tokio::test]
async fn groups_are_created_once_and_found() {
    in_both(async |v| {
        // Create a new Group; a duplicate one; get it by id, and without its members.
        let path = v.group("Night Pilots").await;
        v.post("/Groups", validator_group("Night Pilots")).await.expect_error(409, Some("uniqueness"));
        let whole = v.get(&path).await.expect(200).body;
        assert_eq!((&whole["displayName"], &whole["members"]), (&json!("Night Pilots"), &json!([])));
        let cut = v.get(&format!("{path}?excludedAttributes=members")).await.expect(200).body;
        assert_eq!((&cut["displayName"], &cut["members"]), (&json!("Night Pilots"), &Value::Null));
        // Filter for an existing group: plain, without members, in a different case; and for one that is not.
        for (name, extra, total) in [
            ("Night Pilots", "", 1),
            ("Night Pilots", "excludedAttributes=members&", 1),
            ("nIGHT pilots", "excludedAttributes=members&", 1),
            ("Day Pilots", "", 0),
        ] {
            let uri = format!("/Groups?{extra}filter={}", filter(&format!("displayName eq \"{name}\"")));
            let found = v.get(&uri).await.expect(200).body;
            assert_eq!(found["totalResults"], total, "{name}");
            if total == 1 {
                assert_eq!(found["Resources"][0].get("members").is_some(), extra.is_empty());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn attributes_and_members_of_groups_change() {
    in_both(async |v| {
        let path = v.post("/Groups", json!({"displayName": "Pilots"})).await.expect(201).id();
        let path = format!("/Groups/{path}");
        // Patch Group - Replace Attributes and Update Group displayName, both without path.
        let external = uuid::Uuid::new_v4().to_string();
        let shown = v.patched_group(&path, json!([{"op": v.op("replace"), "value": {"externalId": external}}])).await;
        assert_eq!(shown["externalId"], external.as_str());
        let shown = v.patched_group(&path, json!([{"op": v.op("replace"), "value": {"displayName": "Harbour Pilots"}}])).await;
        assert_eq!(shown["displayName"], "Harbour Pilots");
        // Patch Group - Add and Remove Member; the other one stays.
        let people = [v.user("ilo").await, v.user("mara").await].map(|path| path.trim_start_matches("/Users/").to_owned());
        for id in &people {
            let add = json!([{"op": v.op("add"), "path": "members", "value": [{"$ref": null, "value": id}]}]);
            let shown = v.patched_group(&path, add).await;
            assert!(shown["members"].as_array().unwrap().iter().any(|member| member["value"] == id.as_str()));
        }
        let remove = match v.dialect {
            Dialect::Default => json!([{"op": "Remove", "path": "members", "value": [{"value": people[0]}]}]),
            Dialect::Flagged => json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", people[0])}]),
        };
        let shown = v.patched_group(&path, remove).await;
        assert_eq!(shown["members"].as_array().unwrap().len(), 1);
        assert_eq!(shown["members"][0]["value"], people[1].as_str());
    })
    .await;
}
