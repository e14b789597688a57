//! A file of a header and records, read at any place: sizes, stamps, search by time.

use crate::feeds::sierra::framing;
use crate::feeds::sierra::framing::Header;
use crate::feeds::sierra::framing::HeaderFault;
use crate::feeds::sierra::framing::Layout;
use crate::feeds::sierra::stamp;
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::os::unix::fs::FileExt;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// The system says so.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Its header says so.
    #[error(transparent)]
    Header(#[from] HeaderFault),
}

/// An open file whose records have one size. Other programs may write to it meanwhile.
#[derive(Debug)]
pub struct RecordFile<L> {
    file: File,
    header: Header,
    layout: PhantomData<L>,
}

impl<L: Layout> RecordFile<L> {
    /// Reads the header of `file`.
    ///
    /// # Errors
    /// It cannot be read or is none; a file shorter than a header gives `UnexpectedEof`.
    pub fn new(file: File) -> Result<Self, FileFault> {
        let mut bytes = [0; 64];
        let known = &mut bytes[..L::HEADER];
        file.read_exact_at(known, 0)?;
        let header = framing::header::<L>(known)?;
        Ok(Self { file, header, layout: PhantomData })
    }

    /// What the header says.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes in the file now.
    ///
    /// # Errors
    /// The system cannot say.
    pub fn bytes(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Whole records in the file now.
    ///
    /// # Errors
    /// The system cannot say.
    pub fn records(&self) -> io::Result<u64> {
        Ok(self.bytes()?.saturating_sub(u64::from(self.header.header_size)) / L::RECORD as u64)
    }

    /// Where a record begins.
    pub fn offset(&self, index: u64) -> u64 {
        u64::from(self.header.header_size) + index * L::RECORD as u64
    }

    /// Reads what is there from `offset` on into `buffer`; the bytes read.
    ///
    /// # Errors
    /// The system cannot read.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.file.read_at(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// A record, `None` beyond the end.
    ///
    /// # Errors
    /// The system cannot read.
    pub fn record(&self, index: u64) -> io::Result<Option<L::Record>> {
        let mut bytes = [0; 64];
        let bytes = &mut bytes[..L::RECORD];
        let read = self.read_at(self.offset(index), bytes)?;
        Ok((read == L::RECORD).then(|| L::record(bytes)))
    }

    /// The stamp of a record, microseconds UTC; `None` where there is none. Every layout begins its
    /// records with the stamp.
    ///
    /// # Errors
    /// The system cannot read.
    pub fn ts(&self, index: u64) -> io::Result<Option<i64>> {
        let mut bytes = [0; 8];
        let read = self.read_at(self.offset(index), &mut bytes)?;
        Ok(if read == 8 { stamp::unix_us(i64::from_le_bytes(bytes)) } else { None })
    }

    /// The first of the first `records` records that is stamped `ts` (microseconds UTC) or later;
    /// `records` if none is. Valid while stamps do not go back.
    ///
    /// # Errors
    /// The system cannot read.
    pub fn lower_bound(&self, ts: i64, records: u64) -> io::Result<u64> {
        let (mut low, mut high) = (0, records);
        while low < high {
            let middle = low + (high - low) / 2;
            // A damaged stamp counts as early: what follows it is then still read.
            if self.ts(middle)?.is_none_or(|at| at < ts) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}
