//! What is cited was there: no act or order is younger than the month from which on it is cited, unless it is told as the one of now.

use fleksport::calculate::RuleBook;
use toml::{Table, Value};

/// Orders with a day of their own; the numbers are of the year.
const ORDERS: [(&str, &str); 8] = [
    ("811/2014", "2014-06"),
    ("110/2021", "2021-01"),
    ("250/2022", "2022-02"),
    ("1806/2023", "2023-12"),
    ("227/2024", "2024-03"),
    ("22/2013", "2013-01"),
    ("247/2022", "2022-02"),
    ("233/2024", "2024-03"),
];

/// The paragraph without what it is called now, which stands in brackets, and without the order that came after.
fn then(paragraph: &str) -> String {
    let mut text = paragraph.replace("bekendtgørelsen før BEK 811/2014", "bekendtgørelsen før");
    while let Some((start, end)) = text
        .find("(nu ")
        .and_then(|start| Some((start, start + text[start..].find(')')?)))
    {
        text.replace_range(start..=end, "");
    }
    text
}

/// What is wrong with a citation from a day on.
fn too_young(paragraph: &str, from: &str) -> Option<String> {
    let then = then(paragraph);
    let orders = then.split([' ', ';', ',']).filter(|word| word.split('/').count() == 2);
    for order in orders {
        let Some((_, month)) = ORDERS.iter().find(|(name, _)| *name == order) else {
            return Some(format!("{order} is not in the list of orders"));
        };
        if *month > from.get(..7).unwrap_or_default() {
            return Some(format!("{order} is of {month}"));
        }
    }
    // The act of 2019, with its own numbers, is in force from 2020.
    let bare = then.replace("dagældende LAB", "");
    (bare.contains("LAB §") && from < "2020").then(|| "the paragraphs of LAB are those of 2020".to_owned())
}

/// Every dated citation of a file: where it stands, from when on, and what it cites.
fn citations(text: &str) -> Vec<(String, String, String)> {
    let table: Table = text.parse().expect("the embedded rules are TOML");
    let mut found = Vec::new();
    for (kind, name, list) in [
        ("rate", "name", "values"),
        ("rule", "id", "versions"),
        ("income_type", "id", "versions"),
        ("pay_component", "id", "versions"),
    ] {
        for item in table.get(kind).and_then(Value::as_array).into_iter().flatten() {
            for version in item[list].as_array().expect("a list") {
                let paragraph = version
                    .get("paragraph")
                    .or(item.get("paragraph"))
                    .and_then(Value::as_str);
                found.push((
                    item[name].as_str().expect("a name").to_owned(),
                    version["valid_from"].to_string(),
                    paragraph.expect("everything cites something").to_owned(),
                ));
            }
        }
    }
    found
}

#[test]
fn nothing_cites_an_act_that_came_later() {
    let (mut wrong, mut looked_at) = (Vec::new(), 0);
    for (file, text) in RuleBook::embedded_files() {
        for (name, from, paragraph) in citations(text) {
            looked_at += 1;
            wrong.extend(
                too_young(&paragraph, &from).map(|why| format!("{file}, {name} from {from}: {paragraph}: {why}")),
            );
        }
    }
    assert!(looked_at > 200, "only {looked_at} citations were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_order_or_paragraph_from_before_its_time_is_found() {
    assert!(too_young("BEK 227/2024 § 4", "2014-01-01").is_some());
    assert!(too_young("BEK 811/2014 (nu BEK 227/2024 § 4)", "2014-07-01").is_none());
    assert!(too_young("BEK 811/2014 (nu BEK 227/2024 § 4)", "2014-01-01").is_some());
    assert!(too_young("LAB § 123", "2019-12-01").is_some());
    assert!(too_young("dagældende LAB §§ 70 c-70 g (nu LAB § 123)", "2019-12-01").is_none());
    assert!(too_young("BEK 999/2030", "2030-01-01").is_some());
}
