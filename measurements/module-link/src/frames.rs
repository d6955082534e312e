//! Length, call number, body; one thread reads, one writes at a time: the shape of `module::client` and `module::process`.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::{UNDER_WAY, answer_to, microseconds as mean, request_of, time};

fn write(socket: &Mutex<UnixStream>, call: u64, body: &[u8]) {
    let mut frame = Vec::with_capacity(12 + body.len());
    frame.extend_from_slice(&u32::try_from(body.len()).expect("a small body").to_le_bytes());
    frame.extend_from_slice(&call.to_le_bytes());
    frame.extend_from_slice(body);
    socket.lock().expect("no panic").write_all(&frame).expect("the socket");
}

fn read(socket: &mut UnixStream) -> Option<(u64, Vec<u8>)> {
    let mut header = [0; 12];
    socket.read_exact(&mut header).ok()?;
    let length = u32::from_le_bytes(header[..4].try_into().expect("four bytes"));
    let mut body = Vec::with_capacity(length as usize);
    socket.take(length.into()).read_to_end(&mut body).ok()?;
    Some((u64::from_le_bytes(header[4..].try_into().expect("eight bytes")), body))
}

fn serve(socket: UnixStream) {
    let mut reader = socket.try_clone().expect("a socket");
    let writer = Mutex::new(socket);
    let (jobs, work) = sync_channel::<(u64, Vec<u8>)>(UNDER_WAY);
    let work = Mutex::new(work);
    thread::scope(|scope| {
        for _ in 0..UNDER_WAY {
            scope.spawn(|| {
                loop {
                    let job = work.lock().expect("no panic").recv();
                    let Ok((call, body)) = job else { return };
                    write(&writer, call, &answer_to(body.len()));
                }
            });
        }
        while let Some(job) = read(&mut reader) {
            jobs.send(job).expect("workers");
        }
        drop(jobs);
    });
}

type Waiting = Mutex<HashMap<u64, SyncSender<Vec<u8>>>>;

pub(crate) fn microseconds(items: usize, limit: Duration) -> f64 {
    let (ours, theirs) = UnixStream::pair().expect("sockets");
    let server = thread::spawn(move || serve(theirs));
    let mut reader = ours.try_clone().expect("a socket");
    let waiting = Arc::new(Waiting::default());
    let answers = Arc::clone(&waiting);
    let readers = thread::spawn(move || {
        while let Some((call, body)) = read(&mut reader) {
            if let Some(caller) = answers.lock().expect("no panic").remove(&call) {
                let _ = caller.send(body);
            }
        }
    });
    let (writer, request) = (Mutex::new(ours), request_of(items));
    let runs: Vec<_> = thread::scope(|scope| {
        let callers: Vec<_> = (0..UNDER_WAY as u64)
            .map(|caller| {
                let (writer, waiting, request) = (&writer, &waiting, &request);
                scope.spawn(move || {
                    let mut call = caller << 32;
                    time(
                        || {
                            call += 1;
                            let (sender, answer) = sync_channel(1);
                            waiting.lock().expect("no panic").insert(call, sender);
                            write(writer, call, request);
                            assert!(answer.recv().expect("an answer").len() > items);
                        },
                        limit,
                    )
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().expect("a caller")).collect()
    });
    writer.lock().expect("no panic").shutdown(std::net::Shutdown::Both).expect("the socket");
    readers.join().expect("the reader");
    server.join().expect("the server");
    mean(&runs)
}
