//! Compression of the streams of a PDF.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

/// Compresses a stream for the filter `FlateDecode`. Level 6: level 9 costs more time than all the rest of
/// a receipt together and saves some hundred bytes.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::new(6));
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to a vector cannot fail")
}
