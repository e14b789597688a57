//! A zlib stream that comes in pieces.

use flate2::Decompress;
use flate2::FlushDecompress;
use flate2::Status;

/// Plain bytes handed on at a time.
const PIECE: usize = 64 * 1024;

/// Decompresses pieces of any size; holds no more than one piece of plain bytes.
#[derive(Debug)]
pub(super) struct Inflater {
    zlib: Decompress,
    plain: Vec<u8>,
    ended: bool,
}

impl Inflater {
    /// At the start of a stream.
    pub fn new() -> Self {
        Self { zlib: Decompress::new(true), plain: vec![0; PIECE], ended: false }
    }

    /// Takes the next compressed bytes and gives what they hold. Bytes behind the end of the
    /// stream are ignored.
    ///
    /// # Errors
    /// They are no zlib stream.
    pub fn push(&mut self, mut bytes: &[u8], mut take: impl FnMut(&[u8])) -> Result<(), String> {
        while !self.ended {
            let (read, written) = (self.zlib.total_in(), self.zlib.total_out());
            let status = self
                .zlib
                .decompress(bytes, &mut self.plain, FlushDecompress::None)
                .map_err(|error| error.to_string())?;
            let read = (self.zlib.total_in() - read) as usize;
            let written = (self.zlib.total_out() - written) as usize;
            take(&self.plain[..written]);
            bytes = &bytes[read..];
            self.ended = status == Status::StreamEnd;
            if read == 0 && written == 0 || bytes.is_empty() && written < PIECE {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn any_split_gives_the_same_bytes() {
        let plain: Vec<u8> = (0..400_000_u32).flat_map(|i| (i / 7).to_le_bytes()).collect();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(&plain).unwrap();
        let packed = zlib.finish().unwrap();
        for size in [1, 3, 1000, packed.len()] {
            let mut inflater = Inflater::new();
            let mut all = Vec::new();
            for piece in packed.chunks(size) {
                inflater.push(piece, |bytes| all.extend_from_slice(bytes)).unwrap();
            }
            assert_eq!(all, plain, "{size}");
            inflater.push(b"behind the end", |_| panic!("nothing comes")).unwrap();
        }
    }

    #[test]
    fn what_is_no_zlib_stream_is_refused() {
        assert!(Inflater::new().push(b"plain text", |_| {}).is_err());
    }
}
