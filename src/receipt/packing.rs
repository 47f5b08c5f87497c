//! Content that is compressed while it is made, so that the whole of it never lies in memory.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

/// Compressed bytes, in the format that PDF calls `FlateDecode`.
#[derive(Clone, PartialEq, Eq)]
pub struct Packed {
    bytes: Vec<u8>,
    size: usize,
}

impl Packed {
    /// Packs what is there as a whole.
    pub fn of(content: &[u8]) -> Self {
        let mut packing = Packing::new();
        packing.add(content);
        packing.finish()
    }

    /// The compressed bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes the content has.
    pub fn size(&self) -> usize {
        self.size
    }
}

/// Content on its way into a [`Packed`].
pub struct Packing {
    encoder: ZlibEncoder<Vec<u8>>,
    size: usize,
}

impl Packing {
    #[expect(clippy::new_without_default, reason = "an empty one is begun, not assumed")]
    pub fn new() -> Self {
        Self {
            encoder: ZlibEncoder::new(Vec::new(), Compression::new(6)),
            size: 0,
        }
    }

    /// Appends to the content.
    pub fn add(&mut self, content: &[u8]) {
        self.size += content.len();
        self.encoder
            .write_all(content)
            .expect("writing to a vector cannot fail");
    }

    pub fn finish(self) -> Packed {
        let bytes = self.encoder.finish().expect("writing to a vector cannot fail");
        Packed { bytes, size: self.size }
    }
}
