use fleksport::{access::Scope, store::Link};

use crate::{fixture::*, ground::on_both};

on_both! {
    async fn a_line_is_the_same_from_each_of_its_reports_and_what_is_foreign_is_only_known_to_be_there(ground) {
        let store = ground.store().await;
        let take = async |key: &str, report: fleksport::record::IntakeReport| {
            store.take_in(intake(key, vec![report])).await.unwrap().submission.reports[0].id
        };
        let first = take("a", report("0101")).await;
        let second = take("b", replacement(first, "0147")).await;
        let third = take("c", replacement(second, "0101")).await;
        let alone = take("d", report("0101")).await;
        let line = |seen: [bool; 3]| [first, second, third].into_iter().zip(seen).map(|(id, is_seen)| Link { id, is_seen }).collect::<Vec<_>>();
        for id in [first, second, third] {
            assert_eq!(store.chain_of(&Scope::System, id).await.unwrap(), line([true; 3]));
        }
        let copenhagen = Scope::Municipality(municipality("0101"));
        for id in [first, third] {
            assert_eq!(store.chain_of(&copenhagen, id).await.unwrap(), line([true, false, true]));
        }
        assert_eq!(store.chain_of(&copenhagen, alone).await.unwrap(), [Link { id: alone, is_seen: true }]);
    }
}
