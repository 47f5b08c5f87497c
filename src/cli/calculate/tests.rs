use super::*;

const CASE: &str = r#"{"subsidy_month":"2024-05","income":[{"type":"fleksjob_wage","cash_wage":"15600.00"}],"wage_ceiling":"32066.67"}"#;

fn book() -> RuleBook {
    RuleBook::embedded().expect("the embedded rules have no fault")
}

/// What came out, what was said of progress, and whether all was good.
fn lines(input: &[u8], replay: bool) -> (Vec<String>, Vec<String>, bool) {
    let (rules, mut output, mut progress) = (book(), Vec::new(), Vec::new());
    let good = if replay {
        each_line(input, &mut output, &mut progress, replayed_line)
    } else {
        each_line(input, &mut output, &mut progress, |line, _| calculated(&rules, line))
    }
    .expect("memory can be read and written");
    let text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).expect("text");
        text.lines().map(str::to_owned).collect()
    };
    (text(output), text(progress), good)
}

fn assessment() -> String {
    calculated(&book(), CASE.as_bytes()).expect("it can be written").text
}

#[test]
fn a_line_that_is_no_case_is_told_with_its_number_and_the_next_is_calculated() {
    let input = format!("{CASE}\n\nnonsense\n{CASE}");
    let (output, progress, good) = lines(input.as_bytes(), false);
    assert_eq!(output.len(), 3);
    assert!(output[1].starts_with("{\"line\":3,\"violations\":"), "{}", output[1]);
    assert_eq!(output[0], output[2]);
    assert_eq!(progress, ["4 lines read, 1 not calculated: done"]);
    assert!(!good);
}

#[test]
fn a_line_without_end_is_refused_and_not_kept_and_the_next_is_calculated() {
    let mut input = vec![b' '; 3 * LONGEST_LINE];
    input.push(b'\n');
    input.extend_from_slice(CASE.as_bytes());
    let (output, _, good) = lines(&input, false);
    assert!(
        output[0].starts_with("{\"line\":1,") && output[0].contains("line-too-long"),
        "{}",
        output[0]
    );
    assert!(output[1].contains("\"subsidy\":\"15272.00\""));
    assert!(!good);
    let mut kept = Vec::new();
    read_line(&mut input.as_slice(), &mut kept).expect("memory can be read");
    assert!(kept.len() <= LONGEST_LINE && kept.capacity() <= 2 * LONGEST_LINE);
}

#[test]
fn a_line_of_the_greatest_length_is_read_and_one_byte_more_is_not() {
    let padded = |length: usize| {
        let mut line = CASE.as_bytes().to_vec();
        line.resize(length, b' ');
        line
    };
    assert!(lines(&padded(LONGEST_LINE), false).2);
    assert!(!lines(&padded(LONGEST_LINE + 1), false).2);
}

/// An input of many lines, of which there is only ever one in memory.
struct Endless {
    line: Vec<u8>,
    left: u32,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || into.len() < self.line.len() {
            return Ok(0);
        }
        self.left -= 1;
        into[..self.line.len()].copy_from_slice(&self.line);
        Ok(self.line.len())
    }
}

/// Counts what is written and keeps none of it.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn progress_is_told_every_ten_thousand_lines_and_each_answer_is_written_before_the_next_line_is_read() {
    let (written, answered) = (std::cell::Cell::new(0_u64), std::cell::Cell::new(0_u64));
    let input = Endless {
        line: b"{}\n".to_vec(),
        left: 25_000,
    };
    struct Told<'a>(&'a std::cell::Cell<u64>, Counted);
    impl Write for Told<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = self.1.write(bytes)?;
            self.0.set(self.1.0);
            Ok(count)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut progress = Vec::new();
    each_line(
        BufReader::with_capacity(64, input),
        &mut Told(&written, Counted(0)),
        &mut progress,
        |_, _| {
            // Nothing is held back: as many answers are out as lines were answered before this one.
            assert_eq!(written.get(), answered.get());
            answered.set(answered.get() + 1);
            Ok(Answer {
                text: "{}".to_owned(),
                good: true,
            })
        },
    )
    .expect("memory can be read and written");
    let told = String::from_utf8(progress).expect("text");
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        [
            "10000 lines read, 0 not calculated",
            "20000 lines read, 0 not calculated",
            "25000 lines read, 0 not calculated: done"
        ]
    );
    assert_eq!(written.get(), 25_000);
}

#[test]
fn a_bad_line_does_not_end_a_replay_and_a_changed_one_is_told_by_its_line() {
    let good = assessment();
    let forged = good.replace("\"subsidy\":\"15272.00\"", "\"subsidy\":\"15372.00\"");
    assert_ne!(good, forged);
    let input = format!("{good}\nnonsense\n{forged}\n{good}\n");
    let (output, progress, all_good) = lines(input.as_bytes(), true);
    assert_eq!(output.len(), 4);
    assert_eq!((&output[0], &output[2], &output[3]), (&good, &good, &good));
    assert!(
        output[1].contains("\"line\":2") && output[1].contains("not-an-assessment"),
        "{}",
        output[1]
    );
    assert!(
        progress[0].starts_with("line 2: the text is not a stored assessment"),
        "{}",
        progress[0]
    );
    assert_eq!(progress[1], format!("line 3: {DIFFERS}"));
    assert_eq!(progress[2], "4 lines read, 2 not calculated: done");
    assert!(!all_good);
}

#[test]
fn the_list_that_calculate_prints_replays_and_a_changed_assessment_in_it_is_found() {
    let list = document(&book(), format!("[{CASE},{CASE}]").as_bytes()).expect("it can be written");
    let again = replayed(list.text.as_bytes()).expect("it can be read");
    assert!(again.good);
    assert_eq!(again.text, list.text);
    let forged = list.text.replacen("15272.00", "15273.00", 1);
    assert!(!replayed(forged.as_bytes()).expect("it can be read").good);
    let odd = list.text.replacen("{", "{ ", 1);
    assert!(!replayed(odd.as_bytes()).expect("it can be read").good);
    let with_nonsense = format!("[{}, {{}}]", assessment());
    let answer = replayed(with_nonsense.as_bytes()).expect("it can be read");
    assert!(!answer.good && answer.text.contains("not-an-assessment"));
}

#[test]
fn a_rate_changed_backwards_is_found_with_the_rules_of_then_and_now_from_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in RuleBook::embedded_files() {
        let text = text.replace("value = \"15817\"", "value = \"15771\"");
        std::fs::write(folder.path().join(name), text).expect("a file can be written");
    }
    let (then, now) = (rules_of(None), rules_of(Some(folder.path())));
    let (Ok(then), Ok(now)) = (then, now) else {
        panic!("both sets of rules are right")
    };
    let facts = br#"{"first_month":"2023-06","last_month":"2023-06","then":"2024-01-01","now":"2024-01-01","facts":[
        {"id":1,"known_from":"2023-01-01","ceiling":{"valid_from":"2023-01-01","amount":"45000.00"}},
        {"id":2,"known_from":"2023-06-01","income_month":"2023-05","income":{"type":"fleksjob_wage","cash_wage":"20000.00"}}]}"#;
    let answer = recalculated(&then, &now, facts).expect("it can be written");
    assert!(
        answer.good && answer.text.contains("\"difference\": \"-11.00\""),
        "{}",
        answer.text
    );
    std::fs::remove_file(folder.path().join("rates.toml")).expect("it can be removed");
    assert!(rules_of(Some(folder.path())).is_err());
}
