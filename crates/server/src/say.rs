//! What commands say on standard output: a reader that has read enough, like `head`, is no fault, and a full disk is told.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
};

use anyhow::Context;

/// Says it. When nobody reads any more, the rest is not wanted.
pub(crate) fn say(text: impl Display) -> anyhow::Result<()> {
    settled(written(&mut io::stdout().lock(), text))
}

/// Says what cannot be asked for again: somebody has to read it.
pub(crate) fn say_once(text: impl Display) -> anyhow::Result<()> {
    written(&mut io::stdout().lock(), text).context("standard output could not be written")
}

fn written(out: &mut impl Write, text: impl Display) -> io::Result<()> {
    write!(out, "{text}")?;
    out.flush()
}

fn settled(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.context("standard output could not be written"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_is_no_fault_and_a_full_disk_is() {
        assert!(settled(Err(ErrorKind::BrokenPipe.into())).is_ok());
        assert!(settled(Err(ErrorKind::StorageFull.into())).is_err());
        let mut out = Vec::new();
        assert!(settled(written(&mut out, "tide")).is_ok());
        assert_eq!(out, b"tide");
    }
}
