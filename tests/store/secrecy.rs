//! What is on disk shows nothing personal.

use std::path::Path;

use crate::{
    fixture::*,
    ground::{Ground, on_both},
};

/// Everything of the fixtures that must not be readable, as it is written anywhere.
const SECRETS: [&str; 13] = [
    NANCY,
    "2512489996",
    NANCY_NAME,
    "Berggren",
    WAGE,
    "32.067,00",
    "3206700",
    "loen@example.dk",
    "Løn & Personale",
    "+4533112233",
    "33112233",
    "cpr-modulus-11",
    HINT_ANSWER,
];

/// The ways in which a database might write a text: as it is, UTF-16 in both orders, hexadecimal in both cases.
fn written_forms(secret: &str) -> Vec<Vec<u8>> {
    let lower: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![
        secret.as_bytes().to_vec(),
        secret.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        secret.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        lower.to_uppercase().into_bytes(),
        lower.into_bytes(),
    ]
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path))
        } else {
            files.push(path)
        }
    }
    files
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// All the database has: for SQLite the bytes of its files, for PostgreSQL every column of every table as text and bytes.
async fn everything_stored(ground: &Ground) -> Vec<(String, Vec<u8>)> {
    if ground.kind == crate::ground::Kind::Sqlite {
        return files_below(ground.folder.path())
            .into_iter()
            .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
            .collect();
    }
    let mut connection = ground.raw().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let sql = format!("SELECT t::text FROM {table} t");
        let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        all.push((table, rows.join("\n").into_bytes()));
    }
    all
}

on_both! {
    async fn no_file_or_row_shows_a_number_name_wage_or_address(ground) {
        let store = ground.store().await;
        let sent = intake(NANCY, vec![report("0101"), held_report()]);
        let old = store.take_in(sent).await.unwrap().submission.reports[0].id;
        store.take_in(intake("b", vec![replacement(old, "0147")])).await.unwrap();
        store.take_in(intake("c", vec![replacement(report_id(), "0147")])).await.unwrap_err();

        let owner = fleksport::store::DraftOwner { cvr: cvr(CVR), person: [1; 32] };
        let terms = fleksport::store::DraftTerms { since: crate::ground::start(), most: 9 };
        let draft = fleksport::store::DraftId::from_random([7; 16]);
        store.draft_save(&owner, draft, None, &[NANCY, NANCY_NAME, WAGE], terms).await.unwrap();
        let typed = fleksport::store::KeptForm {
            page: "/kommune/oversigt".to_owned(),
            action: "/kommune/oversigt/kontakt".to_owned(),
            why: fleksport::store::NotCarriedOut::LoginEnded,
            fields: vec![(NANCY_NAME.to_owned(), WAGE.to_owned()), ("text".to_owned(), NANCY.to_owned())],
        };
        let clerk = fleksport::store::FormOwner {
            role: fleksport::access::Role::Municipality,
            subject: "0101".to_owned(),
            person: [1; 32],
        };
        store.keep_form(&clerk, &typed, 9).await.unwrap();

        // Beside the running store: its write-ahead log is looked at too.
        let stored = everything_stored(&ground).await;
        assert!(stored.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 4_000);
        let known = CVR.as_bytes();
        assert!(stored.iter().any(|(_, bytes)| contains(bytes, known)), "what is not secret is found, so the search works");
        for (place, bytes) in &stored {
            for secret in SECRETS {
                for form in written_forms(secret) {
                    assert!(!contains(bytes, &form), "{place} shows one of the secrets: {secret}");
                }
            }
        }
    }

    async fn nothing_that_the_store_answers_prints_what_is_personal(ground) {
        let store = ground.store().await;
        let taken = store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        let page = store.feed(&municipality("0101"), 0, 10).await.unwrap();
        let printed = format!("{taken:?} {page:?}");
        for secret in SECRETS.iter().filter(|secret| **secret != "cpr-modulus-11") {
            assert!(!printed.contains(secret), "{secret}");
        }
    }
}
