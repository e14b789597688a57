//! Frames: bytes to one independent zstd frame with a checksum, and back.

use sha2::Digest;
use sha2::Sha256;
use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::io::BufReader;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::os::unix::fs::FileExt;
use zstd::bulk::Compressor;
use zstd::bulk::Decompressor;
use zstd::zstd_safe::CParameter;
use zstd::zstd_safe::get_frame_content_size;

/// Bytes asked for in one read of a frame.
const BLOCK: usize = 64 * 1024;

/// Longest plain frame that is accepted; a part is made of far shorter ones.
pub(super) const PLAIN_MAX: u64 = 4 << 30;

/// Makes frames.
pub(super) struct Packer(Compressor<'static>);

impl Packer {
    /// With this level of compression.
    ///
    /// # Errors
    /// The level does not exist, or memory is short.
    pub(super) fn new(level: i32) -> io::Result<Self> {
        let mut compressor = Compressor::new(level)?;
        compressor.set_parameter(CParameter::ChecksumFlag(true))?;
        compressor.set_parameter(CParameter::ContentSizeFlag(true))?;
        Ok(Self(compressor))
    }

    /// One frame of `plain`.
    ///
    /// # Errors
    /// Memory is short.
    pub(super) fn pack(&mut self, plain: &[u8]) -> io::Result<Vec<u8>> {
        self.0.compress(plain)
    }
}

/// The SHA-256 of bytes that come in pieces, as hex.
#[derive(Default)]
pub(super) struct Fingerprint(Sha256);

impl Fingerprint {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn hex(self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in self.0.finalize() {
            // Writing to a string never fails.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    pub(super) fn of(bytes: &[u8]) -> String {
        let mut fingerprint = Self::default();
        fingerprint.add(bytes);
        fingerprint.hex()
    }
}

/// What every zstd frame begins with.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Where the header of a frame says whether a checksum follows, and the bit that says it.
const DESCRIPTOR: (usize, u8) = (4, 1 << 2);

/// Opens frames one by one, each whole and checked before any of its bytes is given out.
pub(super) struct Unpacker {
    decompressor: Decompressor<'static>,
    packed: Vec<u8>,
    plain: Vec<u8>,
}

impl Unpacker {
    /// With buffers that grow to the largest frame and are used again.
    ///
    /// # Errors
    /// Memory is short.
    pub(super) fn new() -> io::Result<Self> {
        let decompressor = Decompressor::new()?;
        Ok(Self { decompressor, packed: Vec::new(), plain: Vec::new() })
    }

    /// Reads the next `len` bytes of `file` as one frame of `plain` bytes; gives what is wrong with
    /// it, if it is not that.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn unpack(
        &mut self,
        file: &File,
        len: u64,
        plain: u64,
    ) -> io::Result<Option<String>> {
        self.plain.clear();
        self.packed.clear();
        file.take(len).read_to_end(&mut self.packed)?;
        if self.packed.len() as u64 != len {
            return Ok(Some("the file ends before it does".into()));
        }
        let (at, checksum) = DESCRIPTOR;
        if self.packed.get(at).is_none_or(|descriptor| descriptor & checksum == 0) {
            return Ok(Some("it is no frame with a checksum".into()));
        }
        // Before memory is asked for: the frame itself has to say the same length.
        let says = get_frame_content_size(&self.packed).ok().flatten();
        let wrong = |bytes: u64| format!("{bytes} plain bytes, {plain} by the index");
        if let Some(says) = says.filter(|says| *says != plain) {
            return Ok(Some(wrong(says)));
        }
        let room = usize::try_from(plain).ok().filter(|_| plain <= PLAIN_MAX);
        if room.is_none_or(|room| self.plain.try_reserve_exact(room).is_err()) {
            return Ok(Some(format!("{plain} plain bytes do not fit into memory")));
        }
        if let Err(error) = self.decompressor.decompress_to_buffer(&self.packed, &mut self.plain) {
            self.plain.clear();
            return Ok(Some(error.to_string()));
        }
        let bytes = self.plain.len() as u64;
        if bytes != plain {
            self.plain.clear();
            return Ok(Some(wrong(bytes)));
        }
        Ok(None)
    }

    /// The plain bytes of the frame that was opened last; none if it was damaged.
    pub(super) fn plain(&self) -> &[u8] {
        &self.plain
    }
}

/// What was found where a frame should begin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// The end of the file.
    End,
    /// A whole frame: its compressed length.
    Whole(u64),
    /// Something else: what is wrong with it.
    Torn(String),
}

/// Reads one frame at `at`, handing its plain bytes over in pieces.
///
/// # Errors
/// The file cannot be read.
pub(super) fn read_frame(file: &File, at: u64, mut plain: impl FnMut(&[u8])) -> io::Result<Found> {
    let mut source = file;
    if source.seek(SeekFrom::End(0))? <= at {
        return Ok(Found::End);
    }
    source.seek(SeekFrom::Start(at))?;
    let mut buffered = BufReader::with_capacity(BLOCK, Counted { file: source, read: 0 });
    let mut decoder = zstd::stream::read::Decoder::with_buffer(&mut buffered)?.single_frame();
    let mut buffer = vec![0; BLOCK];
    let mut total = 0_u64;
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) => break,
            Ok(bytes) => {
                total += bytes as u64;
                if total > PLAIN_MAX {
                    return Ok(Found::Torn(format!("a frame of more than {PLAIN_MAX} bytes")));
                }
                plain(&buffer[..bytes]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // What the decoder refuses has no number of the system; what cannot be read has one.
            Err(error) if error.raw_os_error().is_some() => return Err(error),
            Err(error) => return Ok(Found::Torn(error.to_string())),
        }
    }
    drop(decoder);
    let used = buffered.get_ref().read - buffered.buffer().len() as u64;
    if used == 0 || total == 0 {
        return Ok(Found::Torn("an empty frame".into()));
    }
    Ok(Found::Whole(used))
}

/// Where the first whole frame at or behind `from` begins, whatever stands before it.
///
/// # Errors
/// The file cannot be read.
pub(super) fn find_frame(file: &File, from: u64) -> io::Result<Option<u64>> {
    let (flag_at, flag) = DESCRIPTOR;
    let mut block = vec![0; BLOCK];
    let mut at = from;
    loop {
        let bytes = file.read_at(&mut block, at)?;
        if bytes <= flag_at {
            return Ok(None);
        }
        for found in memchr::memmem::find_iter(&block[..bytes], &MAGIC) {
            // Without a checksum any bytes might pass for a frame.
            let checked = block[..bytes].get(found + flag_at).is_some_and(|byte| byte & flag != 0);
            let place = at + found as u64;
            if checked && matches!(read_frame(file, place, |_| {})?, Found::Whole(_)) {
                return Ok(Some(place));
            }
        }
        // A beginning that is cut by the end of the block is looked at again.
        at += (bytes - flag_at) as u64;
    }
}

struct Counted<'a> {
    file: &'a File,
    read: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(buf)?;
        self.read += bytes as u64;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_one_after_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("part");
        let mut packer = Packer::new(3).unwrap();
        let texts = [b"first\n".repeat(50_000), b"second\n".to_vec(), b"third\n".repeat(3)];
        let packed: Vec<_> = texts.iter().map(|text| packer.pack(text).unwrap()).collect();
        std::fs::write(&path, packed.concat()).unwrap();
        let file = File::open(&path).unwrap();
        let mut at = 0;
        for (text, packed) in texts.iter().zip(&packed) {
            let mut plain = Vec::new();
            let found = read_frame(&file, at, |bytes| plain.extend_from_slice(bytes)).unwrap();
            assert_eq!(found, Found::Whole(packed.len() as u64));
            assert_eq!(&plain, text);
            at += packed.len() as u64;
        }
        assert_eq!(read_frame(&file, at, |_| {}).unwrap(), Found::End);
    }

    #[test]
    fn a_flipped_bit_and_every_cut_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("part");
        let packed = Packer::new(3).unwrap().pack(&b"some text\n".repeat(20)).unwrap();
        for cut in 1..packed.len() {
            std::fs::write(&path, &packed[..cut]).unwrap();
            let found = read_frame(&File::open(&path).unwrap(), 0, |_| {}).unwrap();
            assert!(matches!(found, Found::Torn(_)), "{cut}: {found:?}");
        }
        for at in 0..packed.len() {
            let mut flipped = packed.clone();
            flipped[at] ^= 4;
            std::fs::write(&path, &flipped).unwrap();
            let mut plain = Vec::new();
            let file = File::open(&path).unwrap();
            let found = read_frame(&file, 0, |bytes| plain.extend_from_slice(bytes)).unwrap();
            let same = plain == b"some text\n".repeat(20);
            assert!(matches!(found, Found::Torn(_)) || same, "{at}: {found:?}");
        }
    }

    #[test]
    fn a_fingerprint_is_a_sha256() {
        assert_eq!(
            Fingerprint::of(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
