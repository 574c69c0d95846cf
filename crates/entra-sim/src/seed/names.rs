//! Owns the name lists that generated people are made from.

/// First names.
pub const GIVEN: [&str; 40] = [
    "Alma", "Anton", "Astrid", "Benno", "Britta", "Carl", "Clara", "Dario", "Edda", "Elias", "Elin", "Emil", "Esther", "Felix", "Freya",
    "Gustav", "Hanna", "Hugo", "Ida", "Ines", "Ivar", "Jana", "Jonas", "Karin", "Kasper", "Lea", "Linus", "Lotte", "Magnus", "Marit",
    "Milo", "Nadia", "Nils", "Oda", "Olaf", "Petra", "Rasmus", "Signe", "Theo", "Vera",
];

/// Last names.
pub const FAMILY: [&str; 28] = [
    "Aalto", "Berg", "Borg", "Brandt", "Dahl", "Dekker", "Ebner", "Falk", "Frost", "Grim", "Haas", "Holm", "Iversen", "Jansen", "Keller",
    "Kraus", "Lind", "Lund", "Moen", "Nyberg", "Olsen", "Palm", "Quist", "Riis", "Strand", "Thorne", "Vik", "Winter",
];

/// Named groups with the group that each sits in.
pub const GROUPS: [(&str, Option<&str>); 60] = [
    ("All Staff", None),
    ("Pilots", None),
    ("Night Pilots", Some("Pilots")),
    ("Night Pilots West", Some("Night Pilots")),
    ("Day Pilots", Some("Pilots")),
    ("Pilot Trainees", Some("Day Pilots")),
    ("Dock Crew", None),
    ("Dock Crew North", Some("Dock Crew")),
    ("Dock Crew North Cranes", Some("Dock Crew North")),
    ("Dock Crew South", Some("Dock Crew")),
    ("Dock Crew South Lashing", Some("Dock Crew South")),
    ("Harbour Office", None),
    ("Harbour Office Front Desk", Some("Harbour Office")),
    ("Harbour Office Permits", Some("Harbour Office")),
    ("Harbour Office Archive", Some("Harbour Office Permits")),
    ("Engineering", None),
    ("Platform Engineering", Some("Engineering")),
    ("Network Operations", Some("Platform Engineering")),
    ("Workshop Engineering", Some("Engineering")),
    ("Electrical Workshop", Some("Workshop Engineering")),
    ("Hydraulics Workshop", Some("Workshop Engineering")),
    ("Traffic Control", None),
    ("Radar Watch", Some("Traffic Control")),
    ("Radar Watch Outer Roads", Some("Radar Watch")),
    ("Lock Keepers", Some("Traffic Control")),
    ("Tugs", None),
    ("Tug Masters", Some("Tugs")),
    ("Tug Engineers", Some("Tugs")),
    ("Tug Reserve", Some("Tug Masters")),
    ("Cargo Planning", None),
    ("Container Planning", Some("Cargo Planning")),
    ("Reefer Planning", Some("Container Planning")),
    ("Bulk Planning", Some("Cargo Planning")),
    ("Customs Liaison", None),
    ("Customs Documents", Some("Customs Liaison")),
    ("Dangerous Goods", Some("Customs Liaison")),
    ("Finance", None),
    ("Payroll", Some("Finance")),
    ("Port Dues", Some("Finance")),
    ("Port Dues Appeals", Some("Port Dues")),
    ("Human Resources", None),
    ("Recruiting", Some("Human Resources")),
    ("Training", Some("Human Resources")),
    ("Safety", None),
    ("Fire Watch", Some("Safety")),
    ("First Aiders", Some("Safety")),
    ("Divers", Some("Safety")),
    ("Environment", None),
    ("Water Quality", Some("Environment")),
    ("Security", None),
    ("Gate Guards", Some("Security")),
    ("Night Gate Guards", Some("Gate Guards")),
    ("Cruise Terminal", None),
    ("Cruise Check-in", Some("Cruise Terminal")),
    ("Legal", None),
    ("Communications", None),
    ("Board", None),
    ("Works Council", None),
    ("Contractors", None),
    ("Visitors", None),
];

/// Groups whose direct members are only the named cast.
pub const CAST_ONLY: [&str; 5] = ["Pilots", "Night Pilots", "Night Pilots West", "Dock Crew", "Visitors"];
