//! Who is at the other end of a connection. The door puts it into every request; limits, audit and the demo login read it.

use std::{net::IpAddr, sync::Arc};

/// The other end of the connection that a request came on.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The caller's address: that of the connection or, where a trusted proxy stands there, the one that it names.
    pub address: IpAddr,
    /// Somebody says to have passed the request on (`Forwarded`, `X-Forwarded-…`, `Via`), whether believed or not.
    pub is_forwarded: bool,
    /// The certificate that the peer has shown, in DER, where TLS ends here or a trusted proxy passes it on. Nothing does so yet.
    pub certificate: Option<Arc<[u8]>>,
}
