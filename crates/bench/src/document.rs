//! Puts a measured table between its marks in a document of the repository.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// Replaces what stands between `<!-- name:begin -->` and `<!-- name:end -->`.
pub fn put(path: &Path, name: &str, text: &str) -> Result<()> {
    let old = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let new = replaced(&old, name, text).with_context(|| format!("{} has no marks {name}:begin and {name}:end", path.display()))?;
    fs::write(path, new).with_context(|| format!("cannot write {}", path.display()))
}

fn replaced(document: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{}\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let document = "a\n<!-- t:begin -->\nold\n<!-- t:end -->\nz\n";
        let new = super::replaced(document, "t", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- t:begin -->\nnew\n<!-- t:end -->\nz\n");
        assert_eq!(super::replaced(&new, "t", "new").unwrap(), new);
        assert_eq!(super::replaced(document, "other", "new"), None);
    }
}
