//! A file: appended to, opened anew when asked, put aside by size.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{AccessLogError, Batch, Failure};

/// An open file.
pub(in super::super) struct File {
    path: PathBuf,
    rotate_bytes: Option<u64>,
    keep: u32,
    /// Absent after a failure: opened again with the next lines.
    open: Option<(fs::File, u64)>,
    reopened: u64,
}

impl File {
    pub(super) fn open(path: &Path, rotate_bytes: Option<u64>, keep: u32) -> Result<Self, AccessLogError> {
        let open = append(path).map_err(|error| AccessLogError::File(path.to_owned(), error))?;
        Ok(Self { path: path.to_owned(), rotate_bytes, keep, open: Some(open), reopened: 0 })
    }

    pub(super) fn write(&mut self, batches: &[Batch], reopened: u64) -> Result<(), Failure> {
        if reopened != self.reopened {
            self.reopened = reopened;
            self.open = None;
        }
        batches.iter().try_for_each(|batch| self.append(&batch.bytes)).map_err(|error| {
            self.open = None;
            Failure::Lost(format!("{}: {error}", self.path.display()))
        })
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u64;
        if let (Some((_, size)), Some(most)) = (&self.open, self.rotate_bytes)
            && *size > 0
            && size + length > most
        {
            self.open = None;
            self.put_aside()?;
        }
        if self.open.is_none() {
            self.open = Some(append(&self.path)?);
        }
        let Some((file, size)) = &mut self.open else { return Ok(()) };
        file.write_all(bytes)?;
        *size += length;
        Ok(())
    }

    /// `name` becomes `name.1`, that `name.2`, and so on; the oldest is removed.
    fn put_aside(&self) -> io::Result<()> {
        if self.keep == 0 {
            return gone(fs::remove_file(&self.path));
        }
        for number in (1..self.keep).rev() {
            gone(fs::rename(self.older(number), self.older(number + 1)))?;
        }
        gone(fs::rename(&self.path, self.older(1)))
    }

    fn older(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

/// Opens for appending; the owner writes, the group may read.
fn append(path: &Path) -> io::Result<(fs::File, u64)> {
    let file = OpenOptions::new().create(true).append(true).mode(0o640).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

/// What is not there needs no moving.
fn gone(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
