//! What a command reads from its standard input.

use std::{fmt, io::Read, sync::mpsc, thread};

use crate::wire::{Kind, PAYLOAD_MAX};

/// How many pieces a reader may be ahead of the guest.
const AHEAD: usize = 16;

/// What is still to be sent.
pub enum Input {
    /// These bytes, from here on.
    Bytes { data: Vec<u8>, sent: usize },
    /// What a thread reads.
    Reader(mpsc::Receiver<Vec<u8>>),
    /// Nothing: its end has been sent.
    Over,
}

impl Input {
    /// Bytes that are known.
    pub fn bytes(data: Vec<u8>) -> Self {
        Self::Bytes { data, sent: 0 }
    }

    /// What a reader gives, as it comes.
    pub fn reader(mut reader: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::sync_channel(AHEAD);
        thread::spawn(move || {
            let mut buffer = vec![0; PAYLOAD_MAX];
            loop {
                match reader.read(&mut buffer) {
                    Ok(length @ 1..) if sender.send(buffer[..length].to_vec()).is_ok() => {}
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    _ => return,
                }
            }
        });
        Self::Reader(receiver)
    }

    /// The next message to the guest, if there is one by now.
    pub fn next(&mut self) -> Option<(Kind, Vec<u8>)> {
        match self {
            Self::Bytes { data, sent } if *sent < data.len() => {
                let end = data.len().min(*sent + PAYLOAD_MAX);
                let piece = data[*sent..end].to_vec();
                *sent = end;
                return Some((Kind::Stdin, piece));
            }
            Self::Bytes { .. } => {}
            Self::Reader(receiver) => match receiver.try_recv() {
                Ok(piece) => return Some((Kind::Stdin, piece)),
                Err(mpsc::TryRecvError::Empty) => return None,
                Err(mpsc::TryRecvError::Disconnected) => {}
            },
            Self::Over => return None,
        }
        *self = Self::Over;
        Some((Kind::StdinEnd, Vec::new()))
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { data, sent } => write!(f, "{} of {} bytes sent", sent, data.len()),
            Self::Reader(_) => f.write_str("a reader"),
            Self::Over => f.write_str("over"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut input: Input) -> Vec<(Kind, usize)> {
        let mut pieces = Vec::new();
        while !matches!(input, Input::Over) {
            pieces.extend(input.next().map(|(kind, piece)| (kind, piece.len())));
        }
        assert_eq!(input.next(), None);
        pieces
    }

    #[test]
    fn it_comes_in_pieces_and_ends_once() {
        let long = vec![7; PAYLOAD_MAX + 5];
        let expected = [(Kind::Stdin, PAYLOAD_MAX), (Kind::Stdin, 5), (Kind::StdinEnd, 0)];
        assert_eq!(all(Input::bytes(long.clone())), expected);
        assert_eq!(all(Input::reader(std::io::Cursor::new(long))), expected);
        assert_eq!(all(Input::bytes(Vec::new())), [(Kind::StdinEnd, 0)]);
        assert_eq!(all(Input::reader(std::io::empty())), [(Kind::StdinEnd, 0)]);
    }
}
