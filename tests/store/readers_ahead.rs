use jiff::SignedDuration;

use crate::{
    fixture::*,
    ground::{on_both, start},
};

on_both! {
    async fn a_reader_ahead_is_noted_once_a_minute_with_its_last_numbers(ground) {
        let store = ground.store().await;
        let code = municipality("0101");
        let at = |seconds| start() + SignedDuration::from_secs(seconds);
        for (reader, latest, seconds) in [(9, 1, 0), (9, 1, 30), (9, 1, 61), (12, 1, 62)] {
            store.note_reader_ahead(&code, reader, latest, at(seconds)).await.unwrap();
        }
        store.note_reader_ahead(&municipality("0147"), 3, 0, at(5)).await.unwrap();
        let noted = store.readers_ahead().await.unwrap();
        let [first, second] = noted.as_slice() else { panic!("{noted:?}") };
        assert_eq!((first.municipality, first.reader_sequence, first.latest_sequence, first.times), (code, 12, 1, 3));
        assert_eq!((first.first_at, first.last_at), (at(0), at(62)));
        assert_eq!((second.reader_sequence, second.times), (3, 1));
    }
}
