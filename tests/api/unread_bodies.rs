//! A request that is refused before its body was read leaves a connection that goes on, or an answer that says that it does not: else the
//! next request on it, a proxy's perhaps, would be lost without an answer.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::TestApp;

/// Sends a request and reads the head of its answer and as much after it as the answer says.
async fn ask(stream: &mut TcpStream, key: &str, body: usize) -> String {
    let request = format!(
        "POST /api/v1/submissions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {body}\r\n\r\n{}",
        " ".repeat(body)
    );
    // One that closes early need not take all of it.
    let _ = stream.write_all(request.as_bytes()).await;
    let (mut answer, mut piece) = (Vec::new(), [0; 4_096]);
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse::<usize>()
                        .ok()
                })
                .unwrap_or(0);
            if rest.len() >= length {
                return head.to_lowercase();
            }
        }
        let count = stream.read(&mut piece).await.unwrap();
        assert!(count > 0, "the connection ended without a whole answer: {text}");
        answer.extend_from_slice(&piece[..count]);
    }
}

#[tokio::test]
async fn a_small_body_that_nobody_wants_leaves_the_connection_to_the_caller() {
    let app = TestApp::start().await;
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    for _ in 0..3 {
        let head = ask(&mut stream, "fp_e_wrong", 2_000).await;
        assert!(
            head.starts_with("http/1.1 401") && !head.contains("connection: close"),
            "{head}"
        );
    }
    let head = ask(&mut stream, &app.copenhagen, 2_000).await;
    assert!(
        head.starts_with("http/1.1 403") && !head.contains("connection: close"),
        "{head}"
    );
}

#[tokio::test]
async fn after_a_large_one_the_answer_says_that_the_connection_ends() {
    let app = TestApp::start().await;
    for (key, status) in [("fp_e_wrong", "401"), (app.employer.as_str(), "413")] {
        let mut stream = TcpStream::connect(app.running.address).await.unwrap();
        let size = if status == "413" { 17 << 20 } else { 1 << 20 };
        let head = ask(&mut stream, key, size).await;
        assert!(
            head.starts_with(&format!("http/1.1 {status}")) && head.contains("connection: close"),
            "{head}"
        );
    }
}
