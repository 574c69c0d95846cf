//! Lists: paging, sorting, searching.

use serde_json::{Value, json};

use crate::rig::{Rig, filter, upn};

fn names(body: &Value, attribute: &str) -> Vec<String> {
    body["Resources"].as_array().unwrap().iter().map(|r| r[attribute].as_str().unwrap().to_owned()).collect()
}

async fn crew() -> Rig {
    let rig = Rig::start().await;
    for nick in ["tessa", "Bram", "mara", "ilo", "olu"] {
        rig.user(nick).await;
    }
    rig
}

#[tokio::test]
async fn pages_cover_everything_once_and_end_cleanly() {
    let rig = crew().await;
    let mut seen = Vec::new();
    for start in [1, 3, 5] {
        let page = rig.get(&format!("/Users?startIndex={start}&count=2")).await.expect(200).body;
        assert_eq!(page["totalResults"], 5);
        assert_eq!(page["startIndex"], start);
        assert_eq!(page["itemsPerPage"], page["Resources"].as_array().unwrap().len());
        seen.extend(names(&page, "id"));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    for (query, total, shown) in [
        ("startIndex=6&count=2", 5, 0),
        ("startIndex=99999999999999999999999&count=99999999999999999999", 5, 0),
        ("startIndex=-4&count=3", 5, 3),
        ("startIndex=0", 5, 5),
        ("count=0", 5, 0),
        ("count=-1", 5, 0),
        ("filter=active+eq+true&startIndex=2&count=3", 5, 3),
        ("filter=active+eq+true&startIndex=50", 5, 0),
        ("filter=userName+co+%22harbourworks%22&count=0", 5, 0),
        ("sortBy=userName&startIndex=4&count=10", 5, 2),
        ("unknown=1&aadOptscim062020", 5, 5),
    ] {
        let page = rig.get(&format!("/Users?{query}")).await.expect(200).body;
        assert_eq!(page["totalResults"], total, "{query}");
        assert_eq!(page["Resources"].as_array().unwrap().len(), shown, "{query}");
    }
}

#[tokio::test]
async fn sorting_is_caseless_and_has_two_directions() {
    let rig = crew().await;
    let up = rig.get("/Users?sortBy=userName").await.expect(200).body;
    let expected: Vec<String> = ["Bram", "ilo", "mara", "olu", "tessa"].map(upn).to_vec();
    assert_eq!(names(&up, "userName"), expected);
    let down = rig.get("/Users?sortBy=emails&sortOrder=descending&count=2&startIndex=2").await.expect(200).body;
    assert_eq!(names(&down, "userName"), [upn("olu"), upn("mara")]);
    let both = rig.get(&format!("/Users?sortBy=name.givenName&filter={}", filter("userName sw \"m\" or userName sw \"b\""))).await;
    assert_eq!(names(&both.expect(200).body, "displayName"), ["Bram", "mara"]);
}

#[tokio::test]
async fn searching_by_post_is_the_same_as_listing() {
    let rig = crew().await;
    rig.group("Dock Crew").await;
    let search = |filter: &str| {
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter,
               "attributes": ["displayName"], "startIndex": 1, "count": 10})
    };
    let users = rig.post("/Users/.search", search("displayName sw \"t\"")).await.expect(200).body;
    assert_eq!(names(&users, "displayName"), ["tessa"]);
    assert_eq!(users["Resources"][0]["userName"], Value::Null);
    let groups = rig.post("/Groups/.search", search("displayName pr")).await.expect(200).body;
    assert_eq!(names(&groups, "displayName"), ["Dock Crew"]);
    let all = rig.post("/.search", search("displayName co \"r\"")).await.expect(200).body;
    assert_eq!(names(&all, "displayName"), ["Bram", "mara", "Dock Crew"]);
    let last = rig.post("/.search", json!({"startIndex": 6, "count": 5})).await.expect(200).body;
    assert_eq!((&last["totalResults"], last["Resources"].as_array().unwrap().len()), (&json!(6), 1));
}
