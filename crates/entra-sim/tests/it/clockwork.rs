//! Owns the clock of provisioning: cycles, restarts, stops, failed objects, quarantine, held deletions, throttling, and size.

use std::time::Instant;

use entra_sim::{Seed, TenantSource};
use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{TENANT, bench};
use crate::scim_server::{SECRET, ScimServer, Trouble};
use crate::world::{browser, world_of};

const HOUR: i64 = 3_600;

#[tokio::test]
async fn cycles_begin_every_forty_minutes_of_a_clock_that_tests_move() {
    let bench = bench().await;
    assert!(bench.pass(HOUR, true).await.is_empty(), "not before the job was started");
    bench.act("start", Value::Null).await;
    bench.idle().await;
    assert_ne!(bench.status().await["steadyStateFirstAchievedTime"], "0001-01-01T00:00:00Z");
    bench.scim.taken();
    assert!(bench.pass(39 * 60, true).await.is_empty());
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"jobTitle": "Mate"})).await;
    let cycles = bench.pass(2 * 60, true).await;
    assert_eq!((cycles.len(), &cycles[0]["users_updated"]), (1, &json!(1)), "{cycles:?}");
    assert_eq!(bench.pass(4 * HOUR, true).await.len(), 6);
    assert_eq!(bench.pass(4 * HOUR, false).await.len(), 1, "a jump runs what is due once");
    assert_eq!(bench.status().await["lastExecution"]["countExported"], 0);
    bench.act("pause", Value::Null).await;
    assert!(bench.pass(4 * HOUR, true).await.is_empty());
    let schedule = bench.get(&format!("{}/jobs/{}", bench.path, bench.job)).await["schedule"].clone();
    assert_eq!((&schedule["state"], &schedule["interval"]), (&json!("Paused"), &json!("PT40M")));
}

#[tokio::test]
async fn a_stop_lets_the_running_cycle_finish_and_none_begin() {
    let bench = bench().await;
    bench.scim.open(false);
    bench.act("start", Value::Null).await;
    bench.scim.until_seen(1).await;
    assert_eq!(bench.status().await["lastExecution"]["state"], "Started");
    bench.act("pause", Value::Null).await;
    bench.scim.open(true);
    bench.idle().await;
    assert_eq!(bench.scim.all("Users").len(), 4, "finished");
    assert_eq!(bench.status().await["code"], "Paused");
    bench.scim.taken();
    assert!(bench.pass(2 * HOUR, true).await.is_empty());
    bench.act("start", Value::Null).await;
    bench.idle().await;
    assert!(bench.sent().is_empty(), "it continues where it was");
}

#[tokio::test]
async fn a_restart_keeps_links_and_a_full_one_looks_everybody_up_again() {
    let bench = bench().await;
    bench.run().await;
    for (scope, lookups, reads) in [("Watermark", 0, 5), ("Full", 5, 0), ("None", 0, 0)] {
        bench.scim.taken();
        bench.act("restart", json!({"criteria": {"resetScope": scope}})).await;
        bench.idle().await;
        let seen = bench.scim.taken();
        let count = |part: &str| seen.iter().filter(|one| one.method == "GET" && one.query.contains(part)).count();
        assert_eq!(count("userName+eq") + count("displayName+eq"), lookups, "{scope}");
        assert_eq!(seen.iter().filter(|one| one.method == "GET" && one.path.contains('/')).count(), reads, "{scope}");
        assert!(seen.iter().all(|one| one.method != "POST"), "{scope}");
    }
    let path = format!("{}/jobs/{}/restart", bench.path, bench.job);
    let odd = json!({"criteria": {"resetScope": "Everything"}});
    assert_eq!(bench.world.refused(&bench.admin(), Method::POST, &path, Some(odd)).await.0, 400);
}

#[tokio::test]
async fn a_failed_object_is_tried_after_six_twelve_and_twenty_four_hours_then_daily_for_four_weeks() {
    let bench = bench().await;
    bench.scim.refuse("bo@pier.example", 400);
    bench.run().await;
    bench.scim.taken();
    // Cycles begin every forty minutes; the first at or after the time tries again.
    for (hours, tries) in [(5, 0), (2, 1), (10, 0), (3, 1), (21, 0), (3, 1), (20, 0), (4, 1)] {
        bench.pass(hours * HOUR, true).await;
        let tried = bench.scim.taken().into_iter().filter(|one| one.method == "POST").count();
        assert_eq!(tried, tries, "after {hours} hours more");
    }
    bench.pass(24 * 24 * HOUR, false).await;
    bench.pass(2 * 24 * HOUR, false).await;
    bench.scim.taken();
    bench.pass(5 * 24 * HOUR, true).await;
    assert!(bench.sent().is_empty(), "given up after 28 days");
    bench.write(Method::PATCH, "/users/bo@pier.example", json!({"jobTitle": "Mate"})).await;
    bench.scim.refuse("nobody", 400);
    bench.pass(HOUR, true).await;
    assert_eq!(bench.sent()[0][2]["title"], "Mate", "a change of the object is tried at once");
}

#[tokio::test]
async fn failed_references_wait_by_themselves_and_do_not_count_for_quarantine() {
    let bench = bench().await;
    bench.sim(Method::PUT, "/provisioning-limits", json!({"failures": 1, "share_percent": 1})).await;
    bench.scim.refuse_all(&["Groups/groups-5"], 400);
    let summary = bench.run().await;
    assert_eq!(summary["state"], "EntryLevelErrors", "{summary}");
    assert_eq!(bench.status().await["quarantine"], Value::Null);
    bench.scim.refuse_all(&[], 400);
    bench.scim.taken();
    bench.run().await;
    assert!(bench.sent().is_empty(), "not before its time");
    bench.pass(6 * HOUR + 60, false).await;
    assert_eq!(bench.members().len(), 2);
}

#[tokio::test]
async fn too_large_a_share_of_failures_slows_the_job_to_daily_cycles_until_one_goes_well() {
    let bench = bench().await;
    bench.sim(Method::PUT, "/provisioning-limits", json!({"failures": 3, "share_percent": 40})).await;
    let notify = json!({"Enabled": true, "Recipients": "bram@pier.example", "DeleteThresholdEnabled": false}).to_string();
    bench
        .write(Method::PUT, &format!("{}/secrets", bench.path), json!({"value": [{"key": "SyncNotificationSettings", "value": notify}]}))
        .await;
    bench.scim.refuse_all(&["ada@pier.example", "bo@pier.example", "cy@pier.example"], 400);
    bench.run().await;
    let status = bench.status().await;
    assert_eq!((&status["code"], &status["quarantine"]["reason"]), (&json!("Quarantine"), &json!("EncounteredEscrowProportionThreshold")));
    assert!(bench.pass(23 * HOUR, true).await.is_empty());
    bench.scim.refuse_all(&[], 400);
    let cycles = bench.pass(2 * HOUR, true).await;
    assert_eq!((cycles.len() > 1, &cycles[0]["users_created"]), (true, &json!(3)), "and the usual pace is back: {cycles:?}");
    let status = bench.status().await;
    assert_eq!((&status["code"], &status["quarantine"]), (&json!("Active"), &Value::Null));
    let mails = bench.sim(Method::GET, &format!("/provisioning/{}/mails", bench.job), Value::Null).await;
    assert_eq!((mails.as_array().unwrap().len(), &mails[0]["to"]), (1, &json!("bram@pier.example")));
}

#[tokio::test]
async fn four_weeks_of_quarantine_disable_the_job() {
    let bench = bench().await;
    bench.write(Method::PUT, &format!("{}/secrets", bench.path), json!({"value": [{"key": "SecretToken", "value": "wrong"}]})).await;
    bench.run().await;
    assert_eq!(bench.status().await["quarantine"]["seriesCount"], 1);
    let cycles = bench.pass(35 * 24 * HOUR, true).await;
    assert_eq!(cycles.len(), 28, "daily");
    let job = bench.get(&format!("{}/jobs/{}", bench.path, bench.job)).await;
    assert_eq!((&job["schedule"]["state"], &job["status"]["code"]), (&json!("Disabled"), &json!("Quarantine")));
    bench.write(Method::PUT, &format!("{}/secrets", bench.path), json!({"value": [{"key": "SecretToken", "value": SECRET}]})).await;
    bench.act("start", Value::Null).await;
    bench.idle().await;
    assert_eq!(bench.status().await["code"], "Active", "starting clears it");
}

#[tokio::test]
async fn an_endpoint_that_is_no_scim_is_quarantined_at_once() {
    let bench = bench().await;
    bench.scim.down(Some(404));
    assert_eq!(bench.run().await["state"], "Failed");
    assert_eq!(bench.status().await["quarantine"]["reason"], "EncounteredQuarantineException");
}

#[tokio::test]
async fn too_many_deletions_are_held_until_somebody_allows_them() {
    let bench = bench().await;
    bench.run().await;
    let job = format!("{}/jobs/{}", bench.path, bench.job);
    assert_eq!(bench.get(&job).await["synchronizationJobSettings"][0]["value"], "500");
    let threshold = json!({"synchronizationJobSettings": [{"name": "QuarantineTooManyDeletesThreshold", "value": "1"}]});
    bench.write(Method::PATCH, &job, threshold).await;
    bench.sent();
    for name in ["ada", "cy"] {
        bench.write(Method::DELETE, &format!("/users/{}", bench.user(name)), Value::Null).await;
    }
    bench.write(Method::PATCH, "/users/bo@pier.example", json!({"jobTitle": "Mate"})).await;
    let summary = bench.run().await;
    assert_eq!((&summary["state"], &summary["held_back"]), (&json!("Failed"), &json!(2)));
    let sent = bench.sent();
    assert_eq!((sent.len(), &sent[0][2][0]["path"]), (1, &json!("title")), "everything else goes on: {sent:?}");
    assert_eq!(bench.status().await["quarantine"]["reason"], "TooManyDeletes");
    bench.act("restart", json!({"criteria": {"resetScope": "ForceDeletes"}})).await;
    bench.idle().await;
    assert_eq!(bench.sent().len(), 2);
    assert_eq!(bench.status().await["quarantine"], Value::Null);
}

#[tokio::test]
async fn throttling_is_waited_for_and_passing_trouble_repeated() {
    let bench = bench().await;
    bench
        .sim(
            Method::PUT,
            "/provisioning-wire",
            json!({"pause_millis": 1, "at_once": 1, "longest_wait_seconds": 1, "repeats": 4, "patience_millis": 3000}),
        )
        .await;
    bench.scim.trouble(&[Trouble::Status(429, Some(30)), Trouble::Status(429, None), Trouble::Status(502, None), Trouble::Silence]);
    let began = Instant::now();
    let summary = bench.run().await;
    assert_eq!((&summary["state"], &summary["users_created"]), (&json!("Succeeded"), &json!(4)), "{summary}");
    assert!(began.elapsed().as_millis() >= 1_000, "Retry-After, bounded");
    let statuses: Vec<&Value> = summary["requests"].as_array().unwrap().iter().take(4).map(|one| &one["status"]).collect();
    assert_eq!(statuses, [429, 429, 502, 0], "the fourth call got no answer in time");
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"jobTitle": "Mate"})).await;
    bench.write(Method::PATCH, "/users/bo@pier.example", json!({"jobTitle": "Mate"})).await;
    bench.scim.trouble(&[Trouble::Status(500, None); 5]);
    let summary = bench.run().await;
    assert_eq!((&summary["state"], &summary["users_updated"]), (&json!("EntryLevelErrors"), &json!(1)), "{summary}");
    assert_eq!(bench.run().await["requests"], json!([]), "one object in trouble waits like any other that failed");
    bench.pass(6 * HOUR + 60, false).await;
    assert!(["ada", "bo"].iter().all(|name| bench.held(name)["title"] == "Mate"));
}

#[tokio::test]
async fn a_create_without_a_clear_answer_is_not_sent_twice_in_a_cycle() {
    let bench = bench().await;
    bench.sim(Method::PUT, "/provisioning-wire", json!({"pause_millis": 1, "at_once": 1})).await;
    bench.scim.refuse("ada@pier.example", 500);
    bench.run().await;
    let tries = bench.scim.taken().into_iter().filter(|one| one.method == "POST" && one.body["userName"] == "ada@pier.example").count();
    assert_eq!(tries, 1);
}

#[tokio::test]
async fn a_crowd_is_provisioned_and_a_second_cycle_sends_nothing() {
    let (scim, url) = ScimServer::start().await;
    let mut tenant: Value = serde_json::from_str(TENANT).unwrap();
    let people = std::env::var("DOORWARD_CROWD").map_or(1_500, |text| text.parse().unwrap());
    tenant["crowds"] = json!([{"people": people / 2, "groups": 20, "memberships": 3}]);
    let world = world_of(Seed {
        tenant: TenantSource::Json(tenant.to_string()),
        scim_base: Some(url),
        scim_secret: Some(SECRET.into()),
        ..Seed::default()
    })
    .await;
    let base = &world.sim.base;
    let call = async |path: &str, body: Value| -> Value {
        let answer = browser().request(if path.ends_with("wire") { Method::PUT } else { Method::POST }, format!("{base}/sim{path}"));
        serde_json::from_str(&answer.json(&body).send().await.unwrap().text().await.unwrap()).unwrap_or_default()
    };
    let grown = call("/crowd", json!({"people": people / 2, "groups": 5, "memberships": 1, "name": "later", "assigned": "people"})).await;
    assert_eq!(grown, json!({"people": people / 2, "groups": 5, "memberships": people / 2}));
    assert!(
        call("/crowd", json!({"people": 1, "memberships": 2})).await["error"].as_str().unwrap().contains("nobody can be in 2 of 0 groups")
    );
    call("/provisioning-wire", json!({"at_once": 64, "members_per_request": 500})).await;
    let run = format!("/provisioning/{}/run", world.sim.job().unwrap().id);
    let summary = call(&run, json!({})).await;
    println!("cycle of {} people: {} ms", summary["users_created"], summary["millis"]);
    assert_eq!((&summary["state"], &summary["users_created"]), (&json!("Succeeded"), &json!(people + 4)), "{}", summary["errors"]);
    assert_eq!((&summary["groups_created"], &summary["members_added"]), (&json!(21), &json!(people / 2 * 3 + 2)));
    assert_eq!(scim.all("Users").len(), people + 4);
    let second = call(&run, json!({})).await;
    println!("cycle without a change: {} ms", second["millis"]);
    assert_eq!(second["requests"], json!([]));
}
