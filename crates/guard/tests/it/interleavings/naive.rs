//! The door without a single cache: everything is looked up anew in plain lists, and judged by hand.

/// People, by index; the first two are Pilots.
pub const CAST: [&str; 3] = ["mara", "ilo", "tessa"];
/// Hosts of the applications, by index.
pub const HOSTS: [&str; 2] = ["wiki.localhost", "payroll.localhost"];
/// Ways in which policies are written, see [`Naive::outcome`].
pub const WAYS: u8 = 10;
/// Life of an application's token and of a session.
pub const TOKEN_SECS: i64 = 3600;
const SESSION_SECS: i64 = 24 * 3600;

/// An application at a host. One that was removed and made again is another one.
#[derive(Clone, Copy, Debug)]
pub struct App {
    pub there: bool,
    pub made: u32,
    pub generation: u32,
    pub written: u8,
    /// Only people of a provider that nobody comes from.
    pub for_others: bool,
    /// Streams may outlast the token that opened them.
    pub keeps: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Session {
    pub person: usize,
    pub of_person: u32,
    pub of_account: u32,
    pub until: i64,
    pub revoked: bool,
}

/// A person's token for an application.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub session: usize,
    pub app: usize,
    pub made: u32,
    pub generation: u32,
    pub key: usize,
    pub until: i64,
}

/// The service token: the version of its secret, and until when the former one is good.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    pub there: bool,
    pub enabled: bool,
    pub version: u32,
    pub grace: i64,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Asker {
    Nobody,
    Holder(usize),
    Program(u32),
}

/// Whom the door lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum In {
    Nobody,
    Anyone,
    Person,
    Program,
}

#[derive(Clone, Debug)]
pub struct Naive {
    pub now: i64,
    pub account: u32,
    pub people: [u32; 3],
    pub apps: [App; 2],
    pub crew: usize,
    pub program: Program,
    /// Until when each person has an approval for each application.
    pub granted: [[i64; 3]; 2],
    /// Keys that may check a signature.
    pub keys: Vec<bool>,
    pub sessions: Vec<Session>,
    pub tokens: Vec<Token>,
}

impl Naive {
    pub fn new(now: i64) -> Self {
        let app = |written| App { there: true, made: 0, generation: 0, written, for_others: false, keeps: false };
        Self {
            now,
            account: 1,
            people: [0; 3],
            apps: [app(0), app(2)],
            crew: 0,
            program: Program { there: true, enabled: true, version: 1, grace: 0 },
            granted: [[0; 3]; 2],
            keys: vec![true],
            sessions: Vec::new(),
            tokens: Vec::new(),
        }
    }

    /// A session that begins now, and its tokens for both applications.
    pub fn sign_in(&mut self, person: usize) {
        let session =
            Session { person, of_person: self.people[person], of_account: self.account, until: self.now + SESSION_SECS, revoked: false };
        self.sessions.push(session);
        self.hand_out(self.sessions.len() - 1, 0);
    }

    /// Tokens of a session for both applications, as if made so many seconds ago.
    pub fn hand_out(&mut self, session: usize, ago: i64) {
        for app in 0..HOSTS.len() {
            self.tokens.push(self.token(session, app, ago));
        }
    }

    fn token(&self, session: usize, app: usize, ago: i64) -> Token {
        let App { made, generation, .. } = self.apps[app];
        let until = (self.now - ago + TOKEN_SECS).min(self.sessions[session].until);
        Token { session, app, made, generation, key: self.keys.len() - 1, until }
    }

    pub fn is_alive(&self, session: &Session) -> bool {
        !session.revoked
            && session.of_person >= self.people[session.person]
            && session.of_account >= self.account
            && self.now < session.until
    }

    /// The person whom a token names here and now.
    fn person(&self, token: &Token, app: usize) -> Option<usize> {
        let (here, session) = (&self.apps[app], &self.sessions[token.session]);
        let good = token.app == app
            && token.made == here.made
            && token.generation >= here.generation
            && self.keys[token.key]
            && self.now < token.until
            && !here.for_others
            && self.is_alive(session);
        good.then_some(session.person)
    }

    pub fn is_good_program(&self, version: u32) -> bool {
        let p = &self.program;
        p.there && p.enabled && (version == p.version || (version + 1 == p.version && self.now < p.grace))
    }

    /// What a request is answered by.
    pub fn ask(&self, asker: Asker, app: usize, last: u8) -> In {
        if !self.apps[app].there {
            return In::Nobody;
        }
        match asker {
            Asker::Nobody => self.outcome(app, None, last),
            Asker::Holder(token) => self.outcome(app, self.tokens.get(token).and_then(|token| self.person(token, app)), last),
            // The organisation is strict: a program is judged by its credentials alone.
            Asker::Program(version) if !self.is_good_program(version) => In::Nobody,
            Asker::Program(_) if self.apps[app].written == 8 => In::Program,
            Asker::Program(_) => self.outcome(app, None, last),
        }
    }

    /// What the policies say of somebody who asks from `10.0.0.{last}`.
    pub fn outcome(&self, app: usize, person: Option<usize>, last: u8) -> In {
        let written = self.apps[app].written;
        if written == 6 && last == 2 {
            return In::Anyone;
        }
        let Some(person) = person else { return In::Nobody };
        let allowed = match written {
            0 | 8 => true,
            1 => person == 0,
            2 => person < 2,
            3 => person != 1,
            4 => last == 1,
            5 => person == self.crew,
            6 => person == 2,
            9 => self.now < self.granted[app][person],
            _ => false,
        };
        if allowed { In::Person } else { In::Nobody }
    }
}

/// An open stream and what it was opened with.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    pub asker: Asker,
    pub by: In,
    pub app: usize,
    pub last: u8,
    made: u32,
    generation: u32,
    version: u32,
    keeps: bool,
}

impl Stream {
    pub fn open(naive: &Naive, asker: Asker, by: In, app: usize, last: u8) -> Self {
        let App { made, generation, keeps, .. } = naive.apps[app];
        Self { asker, by, app, last, made, generation, version: naive.program.version, keeps }
    }

    /// True when it goes on: the permission that it was opened with is still there. That the key has gone which its token was
    /// signed with takes nothing from a person.
    pub fn stays(&self, naive: &Naive) -> bool {
        let app = &naive.apps[self.app];
        if !app.there || (app.made, app.generation) != (self.made, self.generation) {
            return false;
        }
        match (self.by, self.asker) {
            (In::Person, Asker::Holder(token)) => {
                let token = &naive.tokens[token];
                let session = &naive.sessions[token.session];
                let in_time = naive.now < token.until || (self.keeps && app.keeps);
                let good = in_time && !app.for_others && naive.is_alive(session);
                good && naive.outcome(self.app, Some(session.person), self.last) != In::Nobody
            }
            // A new secret ends what the former one opened, whatever its grace.
            (In::Program, Asker::Program(version)) => {
                naive.program.version == self.version
                    && naive.is_good_program(version)
                    && (app.written == 8 || naive.outcome(self.app, None, self.last) == In::Anyone)
            }
            _ => naive.outcome(self.app, None, self.last) == In::Anyone,
        }
    }
}
