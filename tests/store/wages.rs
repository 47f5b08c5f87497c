use fleksport::{
    record::{Answer, IntakeReport},
    store::Store,
    value::Money,
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
    let people = others.iter().chain([&asked.employee.cpr]);
    store
        .earlier_wages(&cvr(employer), people)
        .await
        .unwrap()
        .before(&asked)
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
