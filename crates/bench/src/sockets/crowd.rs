//! All sockets of a run: opening them, what they tell, pings to a sample.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tokio::{
    sync::{
        Semaphore,
        mpsc::{self, Sender, UnboundedReceiver},
    },
    task::JoinSet,
    time::timeout,
};

use super::client::{Event, Target, hold};

/// Openings at the same time.
const AT_ONCE: usize = 64;
/// One in so many may be refused, as a machine at its limits does.
const MOST_REFUSED: usize = 5;
/// Longest wait for the answer to a ping.
const PONG: Duration = Duration::from_secs(20);

/// How a socket ended.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    pub at: Instant,
    pub code: Option<u16>,
}

/// The sockets.
pub struct Crowd {
    /// Person of each socket.
    pub owners: Vec<usize>,
    pub ended: HashMap<usize, Ending>,
    /// How many could not be opened.
    pub refused: usize,
    orders: Vec<Sender<()>>,
    events: UnboundedReceiver<Event>,
}

impl Crowd {
    /// Opens them all, the people's targets and the addresses of clients in turn. Those that are refused are left out, unless they are many.
    pub async fn open(targets: &[Target], clients: &[Ipv4Addr], sockets: usize) -> Result<Self> {
        let (sender, events) = mpsc::unbounded_channel();
        let (places, mut tasks) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
        for socket in 0..sockets {
            let owner = socket % targets.len();
            let target = Target { from: clients[socket % clients.len()], ..targets[owner].clone() };
            let places = places.clone();
            tasks.spawn(async move {
                let _place = places.acquire_owned().await?;
                target.open().await.map(|stream| (owner, stream))
            });
        }
        let mut crowd = Self { owners: Vec::new(), ended: HashMap::new(), refused: 0, orders: Vec::new(), events };
        while let Some(done) = tasks.join_next().await {
            match done? {
                Ok((owner, stream)) => {
                    let (order, taken) = mpsc::channel(1);
                    tokio::spawn(hold(crowd.owners.len(), stream, taken, sender.clone()));
                    crowd.owners.push(owner);
                    crowd.orders.push(order);
                }
                Err(error) => {
                    crowd.refused += 1;
                    if crowd.refused * MOST_REFUSED > sockets {
                        return Err(error.context(format!(
                            "{} WebSockets could not be opened beside {} others",
                            crowd.refused,
                            crowd.owners.len()
                        )));
                    }
                }
            }
        }
        Ok(crowd)
    }

    /// Those that are open.
    pub fn alive(&self) -> Vec<usize> {
        (0..self.owners.len()).filter(|socket| !self.ended.contains_key(socket)).collect()
    }

    /// Listens until nothing has ended for this long.
    pub async fn settle(&mut self, quiet: Duration) {
        while let Ok(Some(event)) = timeout(quiet, self.events.recv()).await {
            self.note(event);
        }
    }

    /// Listens until these have ended; answers how many have not in time.
    pub async fn await_ends(&mut self, sockets: &[usize], limit: Duration) -> usize {
        let end = Instant::now() + limit;
        let mut waiting: Vec<usize> = sockets.iter().copied().filter(|socket| !self.ended.contains_key(socket)).collect();
        while !waiting.is_empty() {
            match timeout(end.saturating_duration_since(Instant::now()), self.events.recv()).await {
                Ok(Some(event)) => self.note(event),
                _ => break,
            }
            waiting.retain(|socket| !self.ended.contains_key(socket));
        }
        waiting.len()
    }

    fn note(&mut self, event: Event) {
        if let Event::Closed { socket, at, code } = event {
            self.ended.insert(socket, Ending { at, code });
        }
    }

    /// A ping through each of these and its answer: how long the slowest took.
    pub async fn ping(&mut self, sample: &[usize]) -> Result<Duration> {
        let start = Instant::now();
        for socket in sample {
            self.orders[*socket].send(()).await.with_context(|| format!("socket {socket} is not open"))?;
        }
        let mut waiting = sample.len();
        while waiting > 0 {
            match timeout(PONG, self.events.recv()).await {
                Ok(Some(Event::Pong(socket))) if sample.contains(&socket) => waiting -= 1,
                Ok(Some(event)) => self.note(event),
                _ => bail!("{waiting} of {} pings were not answered within {} s", sample.len(), PONG.as_secs()),
            }
        }
        Ok(start.elapsed())
    }
}
