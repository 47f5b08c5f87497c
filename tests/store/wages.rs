use fleksport::{
    record::{Answer, IntakeReport},
    store::Store,
    value::{Money, ReceiptNumber},
};

use crate::{fixture::*, ground::on_both};

/// A full-time wage of Nancy's in a position.
fn wage(ore: i64, position: &str) -> IntakeReport {
    let mut wage = report("0101");
    let answers = &mut wage.report.answers;
    answers.insert("position_title", Answer::Text(position.into()));
    answers.insert("full_time_total_monthly_wage", Answer::Money(Money::from_ore(ore)));
    wage
}

/// What stands for Nancy's job as a cook, asked by an employer.
async fn standing(store: &Store, employer: &str) -> Option<Money> {
    let asked = wage(1, "Kok").report;
    // More than one statement asks for: born in 1862.
    let others: Vec<_> = (0..40)
        .map(|n| cpr(&format!("{:02}0162-5{n:03}", n % 28 + 1)))
        .collect();
    let about = |cpr| {
        let mut other = asked.clone();
        other.employee.cpr = cpr;
        other
    };
    let mut reports: Vec<_> = others.into_iter().map(about).collect();
    reports.push(asked.clone());
    store.earlier(&cvr(employer), &reports).await.unwrap().before(&asked)
}

on_both! {
    async fn the_last_wage_of_a_job_is_found_by_person_and_employer(ground) {
        let store = ground.store().await;
        assert_eq!(standing(&store, CVR).await, None);
        let taken = store.take_in(intake("a", vec![wage(3_000_000, "Kok"), wage(9_000_000, "Tjener")])).await.unwrap();
        let first = taken.submission.reports[0].id;
        assert_eq!(standing(&store, CVR).await, Some(Money::from_ore(3_000_000)));
        assert_eq!(standing(&store, OTHER_CVR).await, None);
        // The correction stands in place of what it replaced, until it is taken back.
        let mut second = replacement(first, "0101");
        second.report.answers = wage(3_100_000, "Kok").report.answers;
        let second = store.take_in(intake("b", vec![second])).await.unwrap().submission.reports[0].id;
        assert_eq!(standing(&store, CVR).await, Some(Money::from_ore(3_100_000)));
        store.take_in(intake("c", vec![withdrawal(second)])).await.unwrap();
        assert_eq!(standing(&store, CVR).await, None);
    }
}

/// The receipt of an earlier report that says what this one says.
async fn said_before(store: &Store, employer: &str, says: &IntakeReport) -> Option<ReceiptNumber> {
    let reports = [says.report.clone()];
    let earlier = store.earlier(&cvr(employer), &reports).await.unwrap();
    earlier.said_before(0).cloned()
}

on_both! {
    async fn only_what_stands_counts_as_said_before_and_only_for_the_employer_itself(ground) {
        let store = ground.store().await;
        let says = wage(3_000_000, "Kok");
        assert_eq!(said_before(&store, CVR, &says).await, None);
        let first = store.take_in(intake("a", vec![says.clone()])).await.unwrap().submission;
        let receipt = Some(first.receipt_number);
        assert_eq!(said_before(&store, CVR, &says).await, receipt);
        assert_eq!(said_before(&store, CVR, &wage(3_000_000, " KOK ")).await, receipt);
        assert_eq!(said_before(&store, OTHER_CVR, &says).await, None);
        assert_eq!(said_before(&store, CVR, &wage(3_000_001, "Kok")).await, None);
        assert_eq!(said_before(&store, CVR, &wage(3_000_000, "Tjener")).await, None);
        // However much was reported since.
        for number in 0..40 {
            let other = wage(3_100_000 + number, "Kok");
            store.take_in(intake(&format!("other-{number}"), vec![other])).await.unwrap();
        }
        assert_eq!(said_before(&store, CVR, &says).await, receipt);
        // The correction stands in place of what it replaced, until it is taken back.
        let mut second = replacement(first.reports[0].id, "0101");
        second.report.answers = wage(2_900_000, "Kok").report.answers;
        let second = store.take_in(intake("b", vec![second])).await.unwrap().submission;
        assert_eq!(said_before(&store, CVR, &says).await, None);
        let corrected = wage(2_900_000, "Kok");
        assert_eq!(said_before(&store, CVR, &corrected).await, Some(second.receipt_number));
        store.take_in(intake("c", vec![withdrawal(second.reports[0].id)])).await.unwrap();
        assert_eq!(said_before(&store, CVR, &corrected).await, None);
    }

    async fn what_an_older_version_wrote_is_still_compared_with(ground) {
        let store = ground.store().await;
        let mut older = wage(3_000_000, "Kok");
        older.report.answers.insert("valid_from", Answer::Date(jiff::civil::date(2026, 6, 1)));
        store.take_in(intake("a", vec![older])).await.unwrap();
        ground.execute("UPDATE report SET brief_sealed = NULL, said_index = NULL").await;
        assert_eq!(standing(&store, CVR).await, Some(Money::from_ore(3_000_000)));
        assert_eq!(said_before(&store, CVR, &wage(3_000_000, "Kok")).await, None);
        store.take_in(intake("b", vec![wage(3_100_000, "Kok")])).await.unwrap();
        assert_eq!(standing(&store, CVR).await, Some(Money::from_ore(3_100_000)));
    }

    async fn columns_that_were_exchanged_past_the_service_are_seen_and_tell_nothing(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![wage(3_000_000, "Kok"), wage(9_000_000, "Tjener")])).await.unwrap();
        ground.execute("UPDATE report SET said_index = (SELECT o.said_index FROM report o WHERE o.position = 1) WHERE position = 0").await;
        ground.execute("UPDATE report SET said_index = NULL WHERE position = 1").await;
        assert_eq!(said_before(&store, CVR, &wage(9_000_000, "Tjener")).await, None);
        ground.execute("UPDATE report SET brief_sealed = (SELECT o.brief_sealed FROM report o WHERE o.position = 1) WHERE position = 0").await;
        assert_eq!(standing(&store, CVR).await, None);
        assert!(store.unreadable(10).await.unwrap().0 >= 1);
    }
}
