//! Files of a header and records of one size: bytes in, records out.

use std::marker::PhantomData;

/// The longest header read: a larger one is a damaged file.
const HEADER_MAX: u32 = 65_536;
/// Bytes kept between two reads: a header or a record of any layout here.
const CARRY: usize = 64;

/// A kind of file.
pub trait Layout {
    /// The first four bytes.
    const MAGIC: [u8; 4];
    /// Bytes of the header that are known.
    const HEADER: usize;
    /// Bytes of a record.
    const RECORD: usize;
    /// What a user calls it.
    const NAME: &'static str;
    /// A record.
    type Record: Copy;

    /// The version in a header of [`Layout::HEADER`] bytes.
    fn version(header: &[u8]) -> u32;

    /// The record in [`Layout::RECORD`] bytes.
    fn record(bytes: &[u8]) -> Self::Record;
}

/// What a header says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Bytes before the first record.
    pub header_size: u32,
    /// Bytes of a record.
    pub record_size: u32,
    /// Version of the layout.
    pub version: u32,
}

/// Why a file cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderFault {
    /// The first bytes are others.
    #[error("this is no {0} file: it does not begin with its four letters")]
    Magic(&'static str),
    /// A header that is shorter than its known part or absurdly long.
    #[error("its header says that the header has {0} bytes")]
    HeaderSize(u32),
    /// Records of another size than all known files have.
    #[error("its header says that a record has {found} bytes instead of {known}")]
    RecordSize {
        /// In the file.
        found: u32,
        /// Of the known version.
        known: u32,
    },
    /// Another version than all known files have.
    #[error("its version is {0}; only version 1 is known")]
    Version(u32),
}

/// Reads the known part of a header.
///
/// # Errors
/// [`HeaderFault`]; also where fewer than [`Layout::HEADER`] bytes are given.
pub fn header<L: Layout>(bytes: &[u8]) -> Result<Header, HeaderFault> {
    if bytes.len() < L::HEADER || bytes[..4] != L::MAGIC {
        return Err(HeaderFault::Magic(L::NAME));
    }
    let header = Header {
        header_size: u32_at(bytes, 4),
        record_size: u32_at(bytes, 8),
        version: L::version(bytes),
    };
    if header.version != 1 {
        return Err(HeaderFault::Version(header.version));
    }
    if (header.header_size as usize) < L::HEADER || header.header_size > HEADER_MAX {
        return Err(HeaderFault::HeaderSize(header.header_size));
    }
    if header.record_size as usize != L::RECORD {
        let (found, known) = (header.record_size, L::RECORD as u32);
        return Err(HeaderFault::RecordSize { found, known });
    }
    Ok(header)
}

/// Four bytes as an integer, little-endian; 0 beyond the end.
#[inline]
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b))
}

#[derive(Clone, Copy, Debug)]
enum State {
    Header,
    Skip(usize),
    Records,
    Failed(HeaderFault),
}

/// Decodes a file that comes in pieces of any size. No I/O, no allocation.
#[derive(Clone, Debug)]
pub struct Decoder<L> {
    state: State,
    carry: [u8; CARRY],
    carried: usize,
    records: u64,
    layout: PhantomData<L>,
}

impl<L: Layout> Default for Decoder<L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<L: Layout> Decoder<L> {
    /// A decoder at the first byte of a file.
    pub const fn new() -> Self {
        Self::in_state(State::Header, 0)
    }

    /// A decoder behind the header, in front of the record with this index.
    pub const fn at_record(index: u64) -> Self {
        Self::in_state(State::Records, index)
    }

    const fn in_state(state: State, records: u64) -> Self {
        Self { state, carry: [0; CARRY], carried: 0, records, layout: PhantomData }
    }

    /// Index of the next record, from 0.
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Bytes of a header or record that has not come whole.
    pub const fn partial(&self) -> usize {
        self.carried
    }

    /// Whether the header has come whole.
    pub const fn is_past_header(&self) -> bool {
        matches!(self.state, State::Records)
    }

    /// Takes the next record from the front of `bytes`. `None`: all bytes are taken, more are needed.
    ///
    /// # Errors
    /// The header is not one of this layout; the same again for every later call.
    #[inline]
    pub fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<L::Record>, HeaderFault> {
        if !matches!(self.state, State::Records) && !self.before_records(bytes)? {
            return Ok(None);
        }
        if self.carried == 0
            && let Some((record, rest)) = bytes.split_at_checked(L::RECORD)
        {
            *bytes = rest;
            self.records += 1;
            return Ok(Some(L::record(record)));
        }
        Ok(self.piece(bytes, L::RECORD).then(|| {
            self.records += 1;
            L::record(&self.carry[..L::RECORD])
        }))
    }

    /// Whether the records have been reached.
    #[cold]
    fn before_records(&mut self, bytes: &mut &[u8]) -> Result<bool, HeaderFault> {
        loop {
            match self.state {
                State::Records => return Ok(true),
                State::Failed(fault) => return Err(fault),
                State::Header => {
                    if !self.piece(bytes, L::HEADER) {
                        return Ok(false);
                    }
                    match header::<L>(&self.carry[..L::HEADER]) {
                        Ok(header) => {
                            self.state = State::Skip(header.header_size as usize - L::HEADER);
                        }
                        Err(fault) => {
                            self.state = State::Failed(fault);
                            return Err(fault);
                        }
                    }
                }
                State::Skip(left) => {
                    let taken = left.min(bytes.len());
                    *bytes = &bytes[taken..];
                    self.state = State::Skip(left - taken);
                    if taken < left {
                        return Ok(false);
                    }
                    self.state = State::Records;
                }
            }
        }
    }

    /// Collects `want` bytes in the carry; `true` when they are there, and the carry is empty again.
    #[inline]
    fn piece(&mut self, bytes: &mut &[u8], want: usize) -> bool {
        let taken = (want - self.carried).min(bytes.len());
        let (head, rest) = bytes.split_at(taken);
        self.carry[self.carried..self.carried + taken].copy_from_slice(head);
        *bytes = rest;
        self.carried += taken;
        if self.carried < want {
            return false;
        }
        self.carried = 0;
        true
    }
}
