//! What Microsoft's Postman collections assert: the one of the reference code, and the one that reads an HR-like source.

use serde_json::{Value, json};

use crate::rig::{Rig, entra_user, filter, upn};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async fn crew() -> Rig {
    let rig = Rig::start().await;
    for nick in ["ilo", "mara", "tessa", "bram"] {
        rig.user(nick).await;
    }
    rig
}

async fn total(rig: &Rig, text: &str) -> Value {
    rig.get(&format!("/Users?filter={}", filter(text))).await.expect(200).body["totalResults"].clone()
}

#[tokio::test]
async fn the_reference_codes_collection_holds() {
    let rig = crew().await;
    let refused = rig.post("/Users", entra_user("ilo")).await.expect_error(409, Some("uniqueness"));
    assert!(refused.body["detail"].is_string());
    let mut capitals = entra_user("olu");
    capitals["emails"] = json!([{"Primary": true, "type": "work", "value": upn("olu")}, {"type": "home", "value": "olu@home.example"}]);
    capitals[ENTERPRISE] = json!({"Department": "bob", "Manager": {"Value": "SuzzyQ"}});
    let olu = rig.post("/Users", capitals).await.expect(201);
    assert_eq!(olu.body[ENTERPRISE], json!({"department": "bob", "manager": {"value": "SuzzyQ"}}));
    let path = format!("/Users/{}", olu.id());
    rig.put(&path, json!({"displayName": "no name"})).await.expect_error(400, Some("invalidValue"));
    let misspelt = rig.put(&path, json!({"userName": upn("olu"), "emials": [{"value": "x"}], "active": true})).await.expect(200).body;
    assert_eq!((&misspelt["emails"], &misspelt["emials"]), (&Value::Null, &json!([{"value": "x"}])), "kept under the name it came with");
    for (text, expected) in [
        ("DisplayName eq \"ILO\"".to_owned(), 1),
        (format!("userName sw \"m\" and (active eq true or displayName eq \"{}\")", "nobody"), 1),
        ("(displayName sw \"i\" or displayName sw \"m\") and active eq \"True\"".to_owned(), 2),
        ("meta.created gt \"2001-01-01T00:00:00Z\"".to_owned(), 5),
        ("meta.created gt \"2101-01-01T00:00:00Z\"".to_owned(), 0),
        ("meta.created lt \"2101-01-01T00:00:00+02:00\" and not (userName sw \"i\")".to_owned(), 4),
        ("emails[type eq \"work\" and value co \"tessa\"]".to_owned(), 1),
        (format!("{ENTERPRISE}:department eq \"network\""), 4),
        ("title pr or nickName pr".to_owned(), 0),
        ("title eq null".to_owned(), 5),
    ] {
        assert_eq!(total(&rig, &text).await, expected, "{text}");
    }
    let page = rig.get("/Users?startIndex=1&count=2").await.expect(200).body;
    assert_eq!((&page["totalResults"], &page["itemsPerPage"], &page["startIndex"]), (&json!(5), &json!(2), &json!(1)));
    let cut = rig.get("/Users?attributes=userName,emails[type%20eq%20%22work%22]&filter=userName+sw+%22ilo%22").await.expect(200).body;
    let ilo = cut["Resources"][0].as_object().unwrap();
    assert_eq!(ilo.keys().collect::<Vec<_>>(), ["schemas", "id", "userName", "emails"]);
    let crew = rig.group("Dock Crew").await;
    rig.patch(&format!("/Groups/{crew}"), json!([{"op": "add", "path": "members", "value": [olu.id()]}])).await.expect(204);
    assert_eq!(rig.members(&crew).await, [olu.id()]);
    rig.patch(&format!("/Groups/{crew}"), json!([{"op": "remove", "path": "members"}])).await.expect(204);
    assert_eq!(rig.members(&crew).await, Vec::<String>::new());
}

#[tokio::test]
async fn entra_can_read_it_as_a_source() {
    let rig = crew().await;
    let one = rig.get("/Users?count=1").await.expect(200).body;
    assert_eq!((&one["totalResults"], one["Resources"].as_array().unwrap().len()), (&json!(4), 1));
    let tessa = one["Resources"][0]["id"].as_str().unwrap();
    assert_eq!(total(&rig, &format!("id eq \"{tessa}\"")).await, 1);
    // All of it in pages, then what changed within a span.
    let modified =
        |path: &str| filter(&format!("active eq true and ({path} ge \"2020-01-01T00:00:00.000Z\" and {path} le \"2100-01-01T00:00:00Z\")"));
    let mut seen = Vec::new();
    for start in [0, 3, 5] {
        let page = rig.get(&format!("/Users?filter={}&count=2&startIndex={start}", modified("meta.lastModified"))).await.expect(200).body;
        assert_eq!(page["totalResults"], 4, "startIndex={start}");
        seen.extend(page["Resources"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen.len(), 4);
    let before = one["Resources"][0]["meta"]["lastModified"].as_str().unwrap();
    rig.patch(&format!("/Users/{tessa}"), json!([{"op": "replace", "path": "active", "value": false}])).await.expect(200);
    let since = format!("meta.lastModified gt \"{before}\" and active eq false");
    assert_eq!(total(&rig, &since).await, 1);
}
