//! Standard output and standard error: whole batches under the stream's lock, so that lines of the program's own stay whole.

use std::io::{self, Write};

use super::{Batch, Failure};

/// Which.
pub(in super::super) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub(super) fn write(&self, batches: &[Batch]) -> Result<(), Failure> {
        let written = match self {
            Self::Stdout => all(&mut io::stdout().lock(), batches),
            Self::Stderr => all(&mut io::stderr().lock(), batches),
        };
        written.map_err(|error| Failure::Lost(error.to_string()))
    }
}

fn all(out: &mut impl Write, batches: &[Batch]) -> io::Result<()> {
    for batch in batches {
        out.write_all(&batch.bytes)?;
    }
    out.flush()
}
