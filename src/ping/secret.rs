use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::value::Redacted;

/// What a municipality checks the signature of a ping with. Shown once, when the address is registered.
#[derive(Clone, Serialize, Deserialize)]
pub struct PingSecret([u8; 32]);

impl PingSecret {
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As Standard Webhooks writes it: `whsec_` and the bytes in Base64.
    pub fn text(&self) -> Redacted<String> {
        Redacted::new(format!("whsec_{}", STANDARD.encode(self.0)))
    }

    /// The signature of one try, `v1,` and the HMAC-SHA256 of id, time and body with dots between, in Base64.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for PingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PingSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known bytes, computed by another program (`openssl dgst -sha256 -mac HMAC`).
    #[test]
    fn the_signature_is_what_another_program_computes() {
        let secret = PingSecret::from_random([7; 32]);
        assert_eq!(
            secret.text().expose(),
            "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
        );
        let signature = secret.sign("ping_1_2", 1_764_576_000, "{\"type\":\"ping.test\"}");
        assert_eq!(signature, "v1,WM4zbOGjgjtFwl6Eo9YxnC5CpCBj+ErBQ9QG4syBvWI=");
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", PingSecret::from_random([65; 32])), "PingSecret(…)");
    }
}
