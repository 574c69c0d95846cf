//! WebSockets: who may open them, what their answer carries, and how they end.

use crate::{
    origin::Event,
    rig::{Rig, run},
    wire::{Answer, Wire},
};

const UPGRADE: &str =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

async fn open(rig: &mut Rig, path: &str, headers: &str) -> (Wire, Answer) {
    let mut wire = rig.wire().await;
    wire.request(&format!("GET {path}"), "wiki.localhost:8443", &format!("{UPGRADE}{headers}"), "").await;
    let answer = wire.answer().await;
    if answer.status() == 101 {
        let headers = rig.asked().await;
        assert_eq!((&headers["connection"], &headers["upgrade"]), (&"Upgrade".parse().unwrap(), &"websocket".parse().unwrap()));
    }
    (wire, answer)
}

#[test]
fn only_pages_of_the_host_and_of_the_team_domain_open_one() {
    run(async |mut rig| {
        let live = rig.sign_in("tessa").await;
        let cookie = rig.cookie("wiki", &live);
        for (origin, status) in [
            ("Origin: https://wiki.localhost:8443\r\n", 101),
            ("Origin: https://team.localhost:8443\r\n", 101),
            ("", 101),
            ("Origin: https://evil.example\r\n", 403),
            ("Origin: https://payroll.localhost:8443\r\n", 403),
            ("Origin: null\r\n", 403),
        ] {
            let (_, answer) = open(&mut rig, "/ws", &format!("{cookie}{origin}")).await;
            assert_eq!(answer.status(), status, "{origin}");
            if status == 101 {
                assert!(matches!(rig.event().await, Event::SocketOver), "it ends with its client");
            }
        }
    });
}

#[test]
fn the_answer_to_an_upgrade_sets_none_of_the_doors_cookies() {
    run(async |mut rig| {
        let live = rig.sign_in("tessa").await;
        let cookie = rig.cookie("wiki", &live);
        let (mut wire, answer) = open(&mut rig, "/ws", &cookie).await;
        assert_eq!(answer.all("set-cookie"), ["lang=en"]);
        assert_eq!((answer.all("upgrade"), answer.all("connection")), (vec!["websocket"], vec!["Upgrade"]));
        assert_eq!(wire.bytes(7).await, b"\x81\x05hello");
    });
}

#[test]
fn one_is_closed_with_1008_when_its_session_ends() {
    run(async |mut rig| {
        let live = rig.sign_in("bram").await;
        let cookie = rig.cookie("wiki", &live);
        let (mut wire, _) = open(&mut rig, "/ws", &cookie).await;
        assert_eq!(wire.bytes(7).await, b"\x81\x05hello");
        rig.revoke(&live).await;
        let last = wire.rest().await;
        assert_eq!(last[..4], [0x88, (last.len() - 2) as u8, 0x03, 0xf0], "{last:?}");
        assert!(matches!(rig.event().await, Event::SocketOver));
    });
}

#[test]
fn one_that_is_cut_within_a_frame_just_ends() {
    run(async |mut rig| {
        let live = rig.sign_in("bram").await;
        let cookie = rig.cookie("wiki", &live);
        let (mut wire, _) = open(&mut rig, "/ws/half", &cookie).await;
        assert_eq!(wire.bytes(4).await, b"\x81\x05he");
        rig.revoke(&live).await;
        assert_eq!(wire.rest().await, b"", "a close frame would be read as the frame's data");
        assert!(matches!(rig.event().await, Event::SocketOver));
    });
}

#[test]
fn one_is_closed_with_1001_when_the_server_goes_down_which_waits_for_it() {
    run(async |mut rig| {
        let live = rig.sign_in("bram").await;
        let cookie = rig.cookie("wiki", &live);
        let (mut wire, _) = open(&mut rig, "/ws", &cookie).await;
        assert_eq!(wire.bytes(7).await, b"\x81\x05hello");
        assert_eq!(rig.open.len(), 1);
        rig.stop.cancel();
        rig.open.close();
        let last = wire.rest().await;
        assert_eq!(last[..4], [0x88, (last.len() - 2) as u8, 0x03, 0xe9], "{last:?}");
        drop(wire);
        rig.open.wait().await;
    });
}

#[test]
fn a_client_that_stays_and_is_silent_does_not_hold_a_cut_one_open() {
    run(async |mut rig| {
        let live = rig.sign_in("bram").await;
        let cookie = rig.cookie("wiki", &live);
        let (wire, _) = open(&mut rig, "/ws", &cookie).await;
        rig.open.close();
        rig.revoke(&live).await;
        rig.open.wait().await;
        drop(wire);
    });
}

/// Each has four descriptors in this process: the client's, the door's two, the origin's.
const SOCKETS: usize = 1_500;
const EACH: usize = 15;

#[test]
fn of_many_open_ones_those_of_the_revoked_are_closed_with_1008_within_a_second_and_the_others_are_left_alone() {
    run(async |mut rig| {
        let mut people = Vec::new();
        for n in 0..SOCKETS / EACH {
            people.push(rig.sign_in(&format!("person-{n}")).await);
        }
        let mut open = Vec::new();
        for live in &people {
            let cookie = rig.cookie("wiki", live);
            for _ in 0..EACH {
                let (mut wire, answer) = self::open(&mut rig, "/ws/echo", &cookie).await;
                assert_eq!(answer.status(), 101);
                assert_eq!(wire.bytes(7).await, b"\x81\x05hello");
                open.push(wire);
            }
        }
        let begin = std::time::Instant::now();
        for live in people.iter().step_by(10) {
            rig.revoke(live).await;
        }
        let mut left = Vec::new();
        for (n, mut wire) in open.into_iter().enumerate() {
            if (n / EACH).is_multiple_of(10) {
                let last = wire.rest().await;
                assert_eq!(last[..4], [0x88, (last.len() - 2) as u8, 0x03, 0xf0], "{last:?}");
            } else {
                left.push(wire);
            }
        }
        let took = begin.elapsed();
        println!("{} of {SOCKETS} WebSockets closed in {took:?}", SOCKETS - left.len());
        assert!(took < std::time::Duration::from_secs(5), "{took:?}");
        // Each is over when its client has gone, too; nobody else's ever is.
        while rig.open.len() > left.len() {
            tokio::task::yield_now().await;
        }
        assert_eq!(rig.open.len(), left.len());
        for wire in &mut left {
            // A whole masked frame, which the origin answers.
            wire.send(b"\x81\x82\x00\x00\x00\x00hi").await;
        }
        for wire in &mut left {
            assert_eq!(wire.bytes(4).await, b"\x81\x02hi");
        }
    });
}
