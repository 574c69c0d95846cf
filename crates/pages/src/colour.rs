//! CSS colours from settings: only what is certainly a colour reaches the stylesheet.

use std::fmt;

/// A colour in CSS syntax: `#rgb` to `#rrggbbaa`, a named colour, or `rgb()`, `rgba()`, `hsl()`, `hsla()` with plain
/// numbers ("CSS Color Module Level 4", without variables and arithmetic).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colour(Box<str>);

impl Colour {
    /// `None` when the text is not a colour; it is then as if none were set.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        (text.len() <= 64 && (is_hex(&text) || is_named(&text) || is_function(&text))).then(|| Self(text.into()))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_hex(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_named(text: &str) -> bool {
    NAMED.split_ascii_whitespace().any(|name| name == text)
}

fn is_function(text: &str) -> bool {
    let inside = ["rgba(", "rgb(", "hsla(", "hsl("].iter().find_map(|name| text.strip_prefix(name)?.strip_suffix(')'));
    let Some(inside) = inside else { return false };
    let numbers: Vec<&str> = inside.split([',', ' ', '/']).filter(|part| !part.is_empty()).collect();
    matches!(numbers.len(), 3 | 4) && numbers.iter().all(|number| is_number(number))
}

/// Digits with at most one point, perhaps a sign before and `%` or `deg` behind.
fn is_number(text: &str) -> bool {
    let bare = text.strip_suffix('%').or_else(|| text.strip_suffix("deg")).unwrap_or(text);
    let bare = bare.strip_prefix('-').unwrap_or(bare);
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    let points = bare.bytes().filter(|b| *b == b'.').count();
    digits > 0 && points <= 1 && digits + points == bare.len()
}

const NAMED: &str = "aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood \
    cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen \
    darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray \
    darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia \
    gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender \
    lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink \
    lightsalmon lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon \
    mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise \
    mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid \
    palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red \
    rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray slategrey snow \
    springgreen steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_pass_and_anything_that_could_leave_its_place_does_not() {
        for good in
            ["#fff", "#FFFA", "#1a2B3c", "#1a2b3cff", "Teal", " navy ", "rgb(1, 2, 3)", "rgb(1 2 3 / 50%)", "hsla(-20deg, 40%, 10%, .5)"]
        {
            assert!(Colour::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "#",
            "#ff",
            "#ggg",
            "red;}body{display:none",
            "url(//evil.example/x)",
            "rgb(1,2)",
            "rgb(1,2,3,4,5)",
            "rgb(var(--x),1,2)",
            "rgb(1,2,3)}",
            "rgb(1.2.3,1,1)",
            "expression(alert(1))",
            "inherit",
            "bluish",
            "/**/red",
        ] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
    }
}
