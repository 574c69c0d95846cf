//! Which origin a request goes to.

use model::upstream::PassiveHealth;

use super::*;

fn pool(balance: Balance) -> Rc<AppPool> {
    let url = |port: u16| OriginUrl::try_from(format!("http://127.0.0.1:{port}")).unwrap();
    let health = PassiveHealth { failures: 2, back_off_ms: 60_000 };
    let upstream = Upstream { origins: vec![url(2), url(3)], balance, health, ..Upstream::of(url(1)) };
    Rc::new(AppPool::new(&Arc::new(upstream), 1, &Arc::default()))
}

fn in_turn(pool: &AppPool, count: usize) -> Vec<usize> {
    (0..count).map(|_| pool.choose(Tried::default()).unwrap()).collect()
}

#[test]
fn origins_take_turns() {
    assert_eq!(in_turn(&pool(Balance::RoundRobin), 5), [0, 1, 2, 0, 1]);
    assert_eq!(in_turn(&pool(Balance::LeastConnections), 4), [0, 1, 2, 0], "all are as busy as each other");
}

#[test]
fn the_least_busy_origin_is_chosen() {
    let pool = pool(Balance::LeastConnections);
    let _busy = [Busy::new(&pool, 0), Busy::new(&pool, 1), Busy::new(&pool, 1)];
    assert_eq!(in_turn(&pool, 3), [2, 2, 2]);
}

#[test]
fn an_origin_that_failed_repeatedly_comes_last_until_it_answers() {
    let pool = pool(Balance::RoundRobin);
    pool.failed(1);
    assert!(in_turn(&pool, 3).contains(&1), "once is not enough");
    pool.failed(1);
    assert!(!in_turn(&pool, 6).contains(&1));
    let mut tried = Tried::default();
    tried.add(0);
    tried.add(2);
    assert_eq!(pool.choose(tried), Some(1), "better than nothing");
    tried.add(1);
    assert_eq!(pool.choose(tried), None);
    pool.answered(1);
    assert!(in_turn(&pool, 3).contains(&1));
}

#[test]
fn when_every_origin_is_out_all_are_tried() {
    let pool = pool(Balance::RoundRobin);
    (0..3).for_each(|n| (0..2).for_each(|_| pool.failed(n)));
    let mut all = in_turn(&pool, 3);
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2]);
}

#[test]
fn limits_are_shared_by_the_workers() {
    assert_eq!([share(256, 2), share(100, 3), share(1, 4), share(0, 2)], [128, 34, 1, 0]);
}
