//! Six cells of the life-cycle matrix over real HTTP, each with an open WebSocket and a live session; and a burst that trips the guard.

use http::Method;
use serde_json::{Value, json};
use testkit::{App, Browser, Socket, World, allow_group, upn};

/// What becomes of Mara, who has a session, a seat and an open WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Everything goes on.
    Stays,
    /// The session and the WebSocket end, the seat stays.
    Ends,
    /// … and the seat is freed.
    EndsWithSeat,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Deactivated,
    Deleted,
    Retitled,
    LeftGroup,
}

struct Cell {
    user_deprovision: bool,
    seat_deprovision: bool,
    behavior: &'static str,
    event: Event,
    then: Then,
}

async fn greeted(browser: &Browser, app: &App) -> Socket {
    let mut socket = browser.socket(&app.at("/ws")).await.unwrap();
    assert_eq!(socket.hear().await.as_deref(), Some("hello"));
    socket
}

async fn echoes(socket: &mut Socket) {
    socket.say("still here").await;
    while socket.hear().await.unwrap() != "still here" {}
}

fn operations(list: Value) -> Option<Value> {
    Some(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list }))
}

async fn happen(world: &World, event: Event, user: &str, group: &str) {
    let scim = world.scim();
    let (method, path, body) = match event {
        Event::Deactivated => {
            let off = operations(json!([{ "op": "Replace", "path": "active", "value": "False" }]));
            (Method::PATCH, format!("/Users/{user}"), off)
        }
        Event::Deleted => (Method::DELETE, format!("/Users/{user}"), None),
        Event::Retitled => {
            let titled = operations(json!([{ "op": "Replace", "path": "title", "value": "Harbour pilot" }]));
            (Method::PATCH, format!("/Users/{user}"), titled)
        }
        Event::LeftGroup => {
            let left = operations(json!([{ "op": "Remove", "path": "members", "value": [{ "value": user }] }]));
            (Method::PATCH, format!("/Groups/{group}"), left)
        }
    };
    let reply = scim.call(method, &path, body).await;
    assert!(reply.status == 200 || reply.status == 204, "{} {}", reply.status, reply.body);
}

async fn prove(cell: &Cell) {
    let name = format!(
        "user_deprovision {}, seat_deprovision {}, {}, {:?}: {:?}",
        cell.user_deprovision, cell.seat_deprovision, cell.behavior, cell.event, cell.then
    );
    let world = World::plan()
        .scim("user_deprovision", cell.user_deprovision.into())
        .scim("seat_deprovision", cell.seat_deprovision.into())
        .scim("identity_update_behavior", cell.behavior.into())
        .start()
        .await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let user = world.scim().create("mara").await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Dock Crew", "members": [{ "value": user }],
    });
    let group = world.scim().call(Method::POST, "/Groups", Some(body)).await.body["id"].as_str().unwrap().to_owned();
    let (mara, ilo) = (world.browser().sign_in("mara"), world.browser().sign_in("ilo"));
    assert_eq!(mara.open(wiki.at("/")).await.status, 200, "{name}");
    assert_eq!(ilo.open(wiki.at("/")).await.status, 200, "{name}");
    let (mut socket, mut other) = (greeted(&mara, &wiki).await, greeted(&ilo, &wiki).await);
    assert_eq!(world.api().user(&upn("mara")).await["access_seat"], true, "{name}");

    happen(&world, cell.event, &user, &group).await;
    let next = mara.get(wiki.at("/")).await.status;
    let seat = world.api().user(&upn("mara")).await["access_seat"].clone();
    if cell.then == Then::Stays {
        assert_eq!((next, &seat), (200, &json!(true)), "{name}");
        echoes(&mut socket).await;
    } else {
        assert_eq!((next, &seat), (302, &json!(cell.then == Then::Ends)), "{name}");
        socket.until_closed().await;
    }
    assert_eq!(ilo.get(wiki.at("/")).await.status, 200, "{name}: nobody else notices");
    echoes(&mut other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_cells_of_the_matrix_with_an_open_websocket_and_a_live_session() {
    let cell =
        |(user_deprovision, seat_deprovision), behavior, event, then| Cell { user_deprovision, seat_deprovision, behavior, event, then };
    for cell in [
        cell((false, false), "no_action", Event::Deactivated, Then::Stays),
        cell((true, false), "automatic", Event::Deactivated, Then::Ends),
        cell((true, true), "no_action", Event::Deleted, Then::EndsWithSeat),
        cell((true, true), "automatic", Event::LeftGroup, Then::Stays),
        cell((false, false), "reauth", Event::LeftGroup, Then::Ends),
        cell((true, true), "reauth", Event::Retitled, Then::Stays),
    ] {
        prove(&cell).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_trips_the_guard_and_cuts_the_sessions_all_the_same() {
    let world = World::plan().scim("seat_deprovision", true.into()).start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    for n in 0..9 {
        let id = world.scim().create(&format!("sailor{n}")).await;
        world.scim().set_active(&id, "False").await;
    }
    let user = world.scim().create("mara").await;
    let mara = world.browser().sign_in("mara");
    mara.open(wiki.at("/")).await;
    let mut socket = greeted(&mara, &wiki).await;
    assert_eq!(world.scim().call(Method::DELETE, &format!("/Users/{user}"), None).await.status, 204);
    socket.until_closed().await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 302);
    let guard = format!("doorward/identity_providers/{}/scim/guard", world.idp());
    let stands = world.api().get(&guard).await;
    assert_eq!((&stands["state"], &stands["held"]["seats"], &stands["held"]["deletions"]), (&json!("tripped"), &json!(1), &json!(1)));
    assert_eq!(world.scim().call(Method::GET, &format!("/Users/{user}"), None).await.status, 404);
    let codes: Vec<Value> = world.api().get("doorward/warnings").await.as_array().unwrap().iter().map(|w| w["code"].clone()).collect();
    assert!(codes.contains(&json!("provisioning-mass-deactivation")), "{codes:?}");
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 403, "a held deletion counts as inactive");

    let settled = world.api().post(&format!("{guard}/refuse"), Value::Null).await;
    assert_eq!((&settled["seats_kept"], &settled["users_restored"]), (&json!(1), &json!(1)));
    assert_eq!(world.scim().find("mara").await.unwrap()["active"], false);
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 403, "still inactive");
    world.scim().set_active(&user, "True").await;
    assert_eq!(mara.get(wiki.at("/")).await.status, 302, "no session comes back");
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 200);
}
