//! Owns the functions of mapping expressions.

use serde_json::Value;

use super::{Expression, ExpressionError, roles, text};
use crate::provisioning::source::Source;

macro_rules! functions {
    ($($name:ident $fewest:literal $most:literal $doc:literal)*) => {
        /// The functions that are understood.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Function {
            $(#[doc = $doc] $name,)*
        }

        impl Function {
            /// By name; capitals do not matter.
            pub fn named(name: &str) -> Option<Self> {
                [$((stringify!($name), Self::$name)),*].into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, one)| one)
            }

            fn form(self) -> (&'static str, usize, usize) {
                match self {
                    $(Self::$name => (stringify!($name), $fewest, $most),)*
                }
            }
        }

        /// All names, for an error.
        pub fn names() -> String {
            [$(stringify!($name)),*].join(", ")
        }
    };
}

functions! {
    Append 2 2 "`Append(source, suffix)`"
    AppRoleAssignmentsComplex 1 1 "`AppRoleAssignmentsComplex([appRoleAssignments])`"
    AssertiveAppRoleAssignmentsComplex 1 1 "`AssertiveAppRoleAssignmentsComplex([appRoleAssignments])`"
    CBool 1 1 "`CBool(expression)`"
    Coalesce 1 64 "`Coalesce(source, ...)`"
    Count 1 1 "`Count(source)`"
    CStr 1 1 "`CStr(source)`"
    IgnoreFlowIfNullOrEmpty 1 1 "`IgnoreFlowIfNullOrEmpty(source)`"
    IIF 3 3 "`IIF(condition, when true, when false)`"
    InStr 2 2 "`InStr(source, part)`"
    IsNull 1 1 "`IsNull(source)`"
    IsNullOrEmpty 1 1 "`IsNullOrEmpty(source)`"
    IsPresent 1 1 "`IsPresent(source)`"
    IsString 1 1 "`IsString(source)`"
    Item 2 2 "`Item(source, position)`"
    Join 2 64 "`Join(separator, source, ...)`"
    Left 2 2 "`Left(source, length)`"
    Mid 3 3 "`Mid(source, start, length)`"
    NormalizeDiacritics 1 1 "`NormalizeDiacritics(source)`"
    Not 1 1 "`Not(source)`"
    PCase 1 1 "`PCase(source)`"
    RemoveDuplicates 1 1 "`RemoveDuplicates(source)`"
    Replace 5 7 "`Replace(source, old, , , new, , )`; patterns and templates are not simulated"
    SingleAppRoleAssignment 1 1 "`SingleAppRoleAssignment([appRoleAssignments])`"
    Split 2 2 "`Split(source, delimiter)`"
    StripSpaces 1 1 "`StripSpaces(source)`"
    Switch 2 130 "`Switch(source, default, key, value, ...)`"
    ToLower 1 2 "`ToLower(source, culture)`"
    ToUpper 1 2 "`ToUpper(source, culture)`"
    Word 3 3 "`Word(source, number, delimiters)`"
}

/// Arguments with the object that they are read from.
struct Call<'a>(&'a [Expression], &'a Source);

impl Call<'_> {
    fn value(&self, at: usize) -> Option<Value> {
        self.0.get(at).and_then(|one| one.value(self.1))
    }

    fn text(&self, at: usize) -> Option<String> {
        self.value(at).map(|found| text::of(&found))
    }

    fn number(&self, at: usize) -> Option<usize> {
        self.text(at)?.parse().ok()
    }

    fn truth(&self, at: usize) -> Option<bool> {
        match self.text(at)?.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    fn list(&self, at: usize) -> Option<Vec<Value>> {
        match self.value(at)? {
            Value::Array(items) => Some(items),
            single => Some(vec![single]),
        }
    }

    /// The first argument, changed.
    fn changed(&self, change: impl FnOnce(&str) -> String) -> Option<Value> {
        self.text(0).map(|found| Value::String(change(&found)))
    }

    fn switch(&self) -> Option<Value> {
        let key = self.text(0).unwrap_or_default();
        let cases = self.0.get(2..).unwrap_or_default();
        cases
            .chunks_exact(2)
            .find(|pair| pair[0].value(self.1).is_some_and(|case| text::of(&case) == key))
            .and_then(|pair| pair[1].value(self.1))
            .or_else(|| self.value(1))
    }

    fn join(&self) -> Option<Value> {
        let separator = self.text(0).unwrap_or_default();
        let parts: Vec<String> = (1..self.0.len()).filter_map(|at| self.list(at)).flatten().map(|found| text::of(&found)).collect();
        (!parts.is_empty()).then(|| Value::String(parts.join(&separator)))
    }

    fn replaced(&self) -> Option<Value> {
        let (old, new) = (self.text(1)?, self.text(4).unwrap_or_default());
        self.changed(|found| found.replace(&old, &new))
    }

    fn distinct(&self) -> Option<Value> {
        let mut seen = Vec::new();
        for item in self.list(0)? {
            if !seen.contains(&item) {
                seen.push(item);
            }
        }
        Some(Value::Array(seen))
    }
}

fn truth(known: bool) -> Option<Value> {
    Some(Value::String(text::word(known)))
}

impl Function {
    /// Refuses a wrong number of arguments, and forms that are not simulated.
    pub fn check(self, arguments: &[Expression]) -> Result<(), ExpressionError> {
        let (name, fewest, most) = self.form();
        let pattern =
            self == Self::Replace && [2, 3, 5, 6].iter().any(|at| arguments.get(*at).is_some_and(|one| *one != Expression::Nothing));
        let odd = self == Self::Switch && arguments.len() % 2 == 1;
        if !(fewest..=most).contains(&arguments.len()) || pattern || odd {
            return Err(ExpressionError::Arguments(name, arguments.len()));
        }
        Ok(())
    }

    /// The value of a call.
    pub fn call(self, arguments: &[Expression], source: &Source) -> Option<Value> {
        let call = Call(arguments, source);
        match self {
            Self::Switch => call.switch(),
            Self::Join => call.join(),
            Self::Replace => call.replaced(),
            Self::RemoveDuplicates => call.distinct(),
            Self::Coalesce => (0..arguments.len()).find_map(|at| call.value(at)),
            Self::IIF => call.value(if call.truth(0).unwrap_or(false) { 1 } else { 2 }),
            Self::Not => truth(!call.truth(0)?),
            Self::CBool => truth(call.truth(0).unwrap_or(false)),
            Self::IsNull | Self::IsNullOrEmpty => truth(call.text(0).is_none_or(|found| found.is_empty())),
            Self::IsPresent => truth(call.text(0).is_some_and(|found| !found.is_empty())),
            Self::IsString => truth(call.value(0).is_some_and(|found| found.is_string())),
            Self::IgnoreFlowIfNullOrEmpty => call.value(0).filter(|found| found.as_str() != Some("")),
            Self::CStr => call.changed(str::to_owned),
            Self::Count => Some(Value::from(call.list(0).map_or(0, |items| items.len()))),
            Self::Item => call.list(0)?.get(call.number(1)?.checked_sub(1)?).cloned(),
            Self::Split => {
                let delimiter = call.text(1)?;
                Some(call.text(0)?.split(delimiter.as_str()).map(Value::from).collect())
            }
            Self::ToLower => call.changed(str::to_lowercase),
            Self::ToUpper => call.changed(str::to_uppercase),
            Self::PCase => call.changed(text::capitals),
            Self::StripSpaces => call.changed(|found| found.replace(' ', "")),
            Self::NormalizeDiacritics => call.changed(text::plain),
            Self::Append => {
                let suffix = call.text(1).unwrap_or_default();
                call.changed(|found| format!("{found}{suffix}"))
            }
            Self::Left => {
                let length = call.number(1)?;
                call.changed(|found| text::middle(found, 1, length))
            }
            Self::Mid => {
                let (start, length) = (call.number(1)?, call.number(2)?);
                call.changed(|found| text::middle(found, start, length))
            }
            Self::InStr => Some(Value::from(text::position(&call.text(0)?, &call.text(1)?))),
            Self::Word => text::nth_word(&call.text(0)?, call.number(1)?, &call.text(2)?).map(Value::String),
            Self::SingleAppRoleAssignment => roles::single(&call.value(0)?),
            Self::AppRoleAssignmentsComplex => roles::complex(&call.value(0)?),
            Self::AssertiveAppRoleAssignmentsComplex => roles::assertive(&call.value(0)?),
        }
    }
}
