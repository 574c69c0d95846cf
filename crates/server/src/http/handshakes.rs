//! Handshakes of one thread: so many at the same time, an eighth of them of one client network; the others wait their turn.

use std::{cell::RefCell, collections::HashMap, future::Future, net::IpAddr, rc::Rc};

use tokio::sync::Semaphore;

const SHARE: usize = 8;

/// Who has a turn.
pub(super) struct Handshakes {
    all: Semaphore,
    most_of_one: usize,
    of_each: RefCell<HashMap<IpAddr, Rc<Semaphore>>>,
}

impl Handshakes {
    pub(super) fn most(most: usize) -> Self {
        Self { all: Semaphore::new(most), most_of_one: (most / SHARE).max(1), of_each: RefCell::default() }
    }

    /// Does the work when it is this network's turn. Without a network it is a trusted peer's, which speaks for many.
    pub(super) async fn in_turn<T>(&self, network: Option<IpAddr>, work: impl Future<Output = T>) -> T {
        let place = network.map(|network| Place { handshakes: self, network, places: self.places(network) });
        let _own = match &place {
            Some(place) => place.places.acquire().await.ok(),
            None => None,
        };
        let _any = self.all.acquire().await.ok();
        work.await
    }

    fn places(&self, network: IpAddr) -> Rc<Semaphore> {
        self.of_each.borrow_mut().entry(network).or_insert_with(|| Rc::new(Semaphore::new(self.most_of_one))).clone()
    }
}

/// A handshake of a network, waiting or under way; the last one takes the network off the list.
struct Place<'a> {
    handshakes: &'a Handshakes,
    network: IpAddr,
    places: Rc<Semaphore>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // The list's and this one.
        if Rc::strong_count(&self.places) == 2 {
            self.handshakes.of_each.borrow_mut().remove(&self.network);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, task::Poll};

    use tokio::task::{LocalSet, spawn_local, yield_now};

    use super::*;

    #[tokio::test]
    async fn one_network_leaves_room_for_others() {
        let set = LocalSet::new();
        set.run_until(async {
            let (handshakes, under_way) = (Rc::new(Handshakes::most(16)), Rc::new(Cell::new(0)));
            let begin = |network: [u8; 4]| {
                let (handshakes, under_way) = (handshakes.clone(), under_way.clone());
                spawn_local(async move {
                    let work = std::future::poll_fn(move |_| {
                        under_way.set(under_way.get() + 1);
                        Poll::<()>::Pending
                    });
                    handshakes.in_turn(Some(network.into()), work).await;
                })
            };
            let slow: Vec<_> = (0..100).map(|_| begin([192, 0, 2, 1])).collect();
            yield_now().await;
            assert_eq!(under_way.get(), 2);
            let other = begin([192, 0, 2, 2]);
            yield_now().await;
            assert_eq!(under_way.get(), 3);
            slow.iter().chain([&other]).for_each(tokio::task::JoinHandle::abort);
            for task in slow.into_iter().chain([other]) {
                assert!(task.await.unwrap_err().is_cancelled());
            }
            assert!(handshakes.of_each.borrow().is_empty());
        })
        .await;
    }
}
