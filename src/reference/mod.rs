//! Reference data that is compiled in: the 98 municipalities and the postcodes of Denmark.
//!
//! The tables and what was checked about them are described in `config/reference/README.md`.

mod municipality;
mod postcode;

pub use municipality::{Municipality, find_by_name, municipalities, municipality};
pub use postcode::{PostcodeUse, postcode_use};

/// The rows of an embedded table below its header, cut at the commas. No field of these tables has one inside.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        fields
            .try_into()
            .expect("the tables are compiled in, and a test counts the fields of every row")
    })
}
