//! Owns who and what the demo shows: the people to try, the applications, and which rule opens what to whom.

/// An application of the demo.
pub struct Application {
    /// Name in the API.
    pub name: &'static str,
    /// Host.
    pub host: &'static str,
    /// Title of its page.
    pub title: &'static str,
    /// One sentence below it.
    pub text: &'static str,
    /// Its origin.
    pub origin: OriginOf,
    /// Policies in order.
    pub policies: &'static [Policy],
}

/// Which origin answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginOf {
    /// The first.
    Wiki,
    /// The second.
    Payroll,
}

/// A policy of the demo.
pub struct Policy {
    /// Name.
    pub name: &'static str,
    /// Where it is kept.
    pub kept: Kept,
    /// Whom it admits.
    pub admits: Admits,
}

/// Where a policy is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Of its own, linked by the application.
    Reusable,
    /// In the application.
    Inline,
}

/// Whom a policy admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admits {
    /// Members of a group of this name, nested ones included; the rule holds its object id.
    Group(&'static str),
    /// One address.
    Email(&'static str),
    /// The demo's service token.
    ServiceToken,
}

/// A person to try.
pub struct Person {
    /// Sign-in name.
    pub upn: &'static str,
    /// First name; the built-in tenant makes the password of it.
    pub given_name: &'static str,
    /// Who they are.
    pub text: &'static str,
}

/// The applications.
pub const APPLICATIONS: [Application; 3] = [
    Application {
        name: "wiki",
        host: "wiki.localhost",
        title: "Harbour wiki",
        text: "Tides, berths and who to wake up at night.",
        origin: OriginOf::Wiki,
        policies: &[Policy { name: "Pilots", kept: Kept::Reusable, admits: Admits::Group("Pilots") }],
    },
    Application {
        name: "payroll",
        host: "payroll.localhost",
        title: "Payroll",
        text: "What everybody earns, so not for everybody.",
        origin: OriginOf::Payroll,
        policies: &[
            Policy { name: "Harbour Office", kept: Kept::Inline, admits: Admits::Group("Harbour Office") },
            Policy { name: "Payroll delegate", kept: Kept::Inline, admits: Admits::Email("ilo@harbourworks.example") },
        ],
    },
    Application {
        name: "berths",
        host: "berths.localhost",
        title: "Berth plan",
        text: "Who lies where; also read by a script with a service token.",
        origin: OriginOf::Wiki,
        policies: &[
            Policy { name: "Berth feed", kept: Kept::Inline, admits: Admits::ServiceToken },
            Policy { name: "Dock Crew", kept: Kept::Inline, admits: Admits::Group("Dock Crew") },
            Policy { name: "Watch of berth 260", kept: Kept::Inline, admits: Admits::Group("Berth 260 Watch") },
        ],
    },
];

/// The people.
pub const PEOPLE: [Person; 5] = [
    Person { upn: "mara@harbourworks.example", given_name: "Mara", text: "night pilot: in Pilots through Night Pilots" },
    Person { upn: "ilo@harbourworks.example", given_name: "Ilo", text: "pilot, and payroll delegate by address" },
    Person { upn: "tessa@harbourworks.example", given_name: "Tessa", text: "dock crew" },
    Person { upn: "bram@harbourworks.example", given_name: "Bram", text: "cruise terminal: no policy admits him" },
    Person { upn: "greta@harbourworks.example", given_name: "Greta", text: "harbour office, and in more than 250 groups" },
];

impl Person {
    /// Password in the built-in tenant.
    pub fn password(&self) -> String {
        format!("Harbour-{}-1", self.given_name)
    }
}

impl Application {
    /// Whether somebody with these groups and this address may open it.
    pub fn admits(&self, groups: &[String], email: &str) -> bool {
        self.policies.iter().any(|policy| match policy.admits {
            Admits::Group(name) => groups.iter().any(|group| group == name),
            Admits::Email(address) => address.eq_ignore_ascii_case(email),
            Admits::ServiceToken => false,
        })
    }
}

/// Names of all groups that a rule needs.
pub fn group_names() -> Vec<&'static str> {
    let policies = APPLICATIONS.iter().flat_map(|application| application.policies);
    policies
        .filter_map(|policy| match policy.admits {
            Admits::Group(name) => Some(name),
            Admits::Email(_) | Admits::ServiceToken => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(groups: &[&str], email: &str) -> Vec<&'static str> {
        let groups: Vec<String> = groups.iter().map(|name| (*name).to_owned()).collect();
        APPLICATIONS.iter().filter(|app| app.admits(&groups, email)).map(|app| app.name).collect()
    }

    #[test]
    fn one_person_opens_one_application_and_one_opens_none() {
        assert_eq!(opens(&["All Staff", "Night Pilots", "Pilots"], "mara@harbourworks.example"), ["wiki"]);
        assert_eq!(opens(&["Pilots"], "Ilo@harbourworks.example"), ["wiki", "payroll"]);
        assert_eq!(opens(&["All Staff", "Cruise Terminal"], "bram@harbourworks.example"), [""; 0]);
    }
}
