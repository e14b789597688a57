//! The codec of the DTC protocol against the vendor's header: every field's place, 23 messages as
//! bytes, and what holds for any message.

use crate::data;
use mia::protocols::dtc::DecodeError;
use mia::protocols::dtc::Decoder;
use mia::protocols::dtc::Encoding;
use mia::protocols::dtc::Fault;
use mia::protocols::dtc::FieldLayout;
use mia::protocols::dtc::Layout;
use mia::protocols::dtc::Message;
use mia::protocols::dtc::Shape;
use mia::protocols::dtc::encode;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

const ENCODINGS: [Encoding; 3] = [Encoding::Binary, Encoding::Json, Encoding::JsonCompact];

/// Fields that the vendor's listing leaves out: they lie in unions.
const IN_UNIONS: &[(u16, &str)] = &[(803, "NumTrades")];

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

fn encoded(message: &Message, encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::new();
    encode(message, encoding, &mut out);
    out
}

/// Everything that a decoder gives for `pieces`, up to a final error.
fn decode(encoding: Encoding, pieces: &[&[u8]]) -> Vec<Result<Message, DecodeError>> {
    let mut decoder = Decoder::new(encoding);
    let mut all = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => all.push(Ok(message)),
                Ok(None) => break,
                Err(error) if error.is_final() => {
                    all.push(Err(error));
                    return all;
                }
                Err(error) => all.push(Err(error)),
            }
        }
    }
    all
}

fn one(encoding: Encoding, bytes: &[u8]) -> Message {
    let mut all = decode(encoding, &[bytes]);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).unwrap()
}

/// The fields of a message by name.
fn fields_of(message: &Message) -> Value {
    let json = encoded(message, Encoding::Json);
    serde_json::from_slice(&json[..json.len() - 1]).unwrap()
}

fn golden() -> Option<Vec<(Value, Value)>> {
    let dir = data::dir()?.join("sierra/dtc");
    let lines = |name: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(dir.join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    Some(lines("vectors.jsonl").into_iter().zip(lines("vectors_decoded.jsonl")).collect())
}

#[test]
fn every_field_lies_where_the_vendor_says() {
    let Some(dir) = data::dir() else { return };
    let text = std::fs::read_to_string(dir.join("sierra/dtc/layout_v8.txt")).unwrap();
    let mut compared = 0;
    for block in text.split("\ns_") {
        let mut lines = block.lines();
        let head: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
        let number = |text: &str| text.split('=').nth(1).unwrap().parse::<i64>().unwrap();
        let kind = number(head[1]);
        let Some(ours) = Message::LAYOUTS.iter().find(|l| i64::from(l.kind) == kind) else {
            continue;
        };
        assert_eq!((ours.name, ours.size as i64), (head[0], number(head[2])));
        let theirs: Vec<Vec<&str>> =
            lines.skip(2).map(|line| line.split_whitespace().collect()).collect();
        let listed = |f: &&FieldLayout| !IN_UNIONS.contains(&(ours.kind, f.name));
        let fields: Vec<&FieldLayout> = ours.fields.iter().filter(listed).collect();
        assert_eq!(fields.len(), theirs.len(), "{}", ours.name);
        for (field, their) in fields.into_iter().zip(theirs) {
            assert_eq!(
                (field.offset.to_string(), field.width.to_string(), field.name),
                (their[0].to_owned(), their[1].to_owned(), their[3]),
                "{}",
                ours.name
            );
            assert!(allows(their[2], field.shape), "{} {field:?} {}", ours.name, their[2]);
        }
        compared += 1;
    }
    assert_eq!(compared, Message::LAYOUTS.len());
}

/// Whether a type of the header can have this shape. What an enumeration is, it does not say.
fn allows(theirs: &str, ours: Shape) -> bool {
    match theirs.trim_start_matches("DTC::") {
        text if text.starts_with("char[") => ours == Shape::Text,
        "double" | "float" | "t_DateTimeWithMilliseconds" => ours == Shape::Float,
        "uint8_t" | "uint16_t" | "uint32_t" | "uint64_t" | "t_DateTime4Byte" => {
            ours == Shape::Unsigned
        }
        enumeration if enumeration.contains("Enum") => {
            matches!(ours, Shape::Signed | Shape::Unsigned)
        }
        _ => ours == Shape::Signed,
    }
}

/// Fields lie apart and inside their message, and no type is there twice.
#[test]
fn the_tables_are_sound() {
    let mut kinds: Vec<u16> = Message::LAYOUTS.iter().map(|l| l.kind).collect();
    kinds.sort_unstable();
    assert!(kinds.windows(2).all(|w| w[0] < w[1]));
    for layout in Message::LAYOUTS {
        let mut end = 4;
        for field in layout.fields {
            assert!(field.offset >= end, "{} {}", layout.name, field.name);
            end = field.offset + field.width;
        }
        assert!(end <= layout.size && layout.size < 1024, "{}", layout.name);
    }
}

#[test]
fn the_golden_messages_are_read_and_written_byte_for_byte() {
    let Some(golden) = golden() else { return };
    assert_eq!(golden.len(), 23);
    for (raw, decoded) in golden {
        let name = raw["name"].as_str().unwrap();
        let bytes = bytes_of(raw["hex"].as_str().unwrap());
        assert_eq!(bytes.len() as u64, raw["size"], "{name}");
        let message = one(Encoding::Binary, &bytes);
        assert_eq!(u64::from(message.kind()), raw["type"], "{name}");
        let ours = fields_of(&message);
        let golden = decoded["fields"].as_object().unwrap();
        for (field, value) in golden.iter().filter(|(field, _)| *field != "Size") {
            let same = value == &ours[field]
                || value.as_f64().is_some() && value.as_f64() == ours[field].as_f64();
            assert!(same, "{name}: {field} is {} and should be {value}", ours[field]);
        }
        for field in ours.as_object().unwrap().keys().filter(|field| !golden.contains_key(*field)) {
            assert!(IN_UNIONS.contains(&(message.kind(), field)), "{name}: {field}");
        }
        assert_eq!(encoded(&message, Encoding::Binary), bytes, "{name}");
        for encoding in ENCODINGS {
            assert_eq!(one(encoding, &encoded(&message, encoding)), message, "{name}");
        }
    }
}

/// The stream of all golden messages, cut at every byte.
#[test]
fn a_cut_at_any_byte_changes_nothing() {
    let Some(golden) = golden() else { return };
    let all: Vec<u8> =
        golden.iter().flat_map(|(raw, _)| bytes_of(raw["hex"].as_str().unwrap())).collect();
    let whole = decode(Encoding::Binary, &[&all]);
    assert_eq!(whole.len(), 23);
    for cut in 0..=all.len() {
        assert_eq!(decode(Encoding::Binary, &[&all[..cut], &all[cut..]]), whole, "cut at {cut}");
    }
    let messages: Vec<Message> = whole.into_iter().map(Result::unwrap).collect();
    let text: Vec<u8> = messages.iter().flat_map(|m| encoded(m, Encoding::Json)).collect();
    let bytes: Vec<&[u8]> = text.chunks(1).collect();
    let read: Vec<Message> =
        decode(Encoding::Json, &bytes).into_iter().map(Result::unwrap).collect();
    assert_eq!(read, messages);
}

/// An older server's message ends early, a newer one's late.
#[test]
fn a_short_message_has_defaults_and_a_long_one_is_cut() {
    let full = {
        let mut message = vec![0; 31];
        message[..4].copy_from_slice(&[31, 0, 140, 0]);
        message[4] = 7;
        message[28] = 1;
        message[29] = 3;
        message
    };
    let Message::DepthUpdateLevelMillis(level) = one(Encoding::Binary, &full) else { panic!() };
    assert_eq!((level.symbol_id, level.final_update_in_batch.0, level.level), (7, 1, 3));
    // The size before the level was added.
    let mut short = full[..29].to_vec();
    short[0] = 29;
    let Message::DepthUpdateLevelMillis(level) = one(Encoding::Binary, &short) else { panic!() };
    assert_eq!((level.symbol_id, level.final_update_in_batch.0, level.level), (7, 1, 0));
    let mut long = full.clone();
    long.extend([9; 20]);
    long[0] += 20;
    assert_eq!(one(Encoding::Binary, &long), one(Encoding::Binary, &full));
    // Only a header: a logon response whose server says nothing else serves market data.
    let Message::LogonResponse(bare) = one(Encoding::Binary, &[4, 0, 2, 0]) else { panic!() };
    assert_eq!((bare.market_data_supported, bare.trading_is_supported), (1, 0));
    let Message::MarketDataSnapshot(bare) = one(Encoding::Binary, &[4, 0, 104, 0]) else {
        panic!()
    };
    assert_eq!(bare.bid_price, None);
    assert_eq!(one(Encoding::Binary, &[6, 0, 0xe7, 3, 1, 2]), Message::Other(999));
}

#[test]
fn what_is_no_message_is_named_with_its_place() {
    let heartbeat = encoded(&one(Encoding::Binary, &[4, 0, 3, 0]), Encoding::Binary);
    let bytes = [&heartbeat[..], &[3, 0, 3, 0, 0, 0]].concat();
    let all = decode(Encoding::Binary, &[&bytes]);
    let error = DecodeError { offset: 16, fault: Fault::Size(3) };
    assert_eq!(all[1], Err(error.clone()));
    assert!(error.is_final() && error.to_string().contains("byte 16"), "{error}");

    for (text, part) in [
        ("{\"Type\":107,\"SymbolID\":-1}", "SymbolID of message 107 is -1"),
        ("{\"Type\":107,\"Price\":\"6000\"}", "Price of message 107 is \"6000\""),
        ("{\"Type\":107,\"F\":[4294967296]}", "SymbolID of message 107 is 4294967296"),
        ("{\"SymbolID\":1}", "without a whole number as Type"),
        ("{\"Type\":\"107\"}", "without a whole number as Type"),
        ("{\"Type\":65537}", "without a whole number as Type"),
        ("[1]", "no JSON object"),
        ("{\"Type\":107", "no JSON object"),
        ("\u{0}\u{0}x", "no JSON object"),
    ] {
        let stream = format!("{text}\0{{\"Type\":3}}\0");
        let all = decode(Encoding::Json, &[stream.as_bytes()]);
        let error = all[0].as_ref().expect_err(text);
        assert!(error.to_string().contains(part) && !error.is_final(), "{text}: {error}");
        assert_eq!(all.len(), 2, "the message after it is read: {text}");
        assert_eq!(all[1].as_ref().unwrap().kind(), 3);
    }
    let endless = decode(Encoding::Json, &[&b"{".repeat((1 << 20) + 1)]);
    assert_eq!(endless[0].as_ref().unwrap_err().fault, Fault::Endless(1 << 20));
}

/// What scripting servers send: flags as truth values, whole numbers with a fraction of zero,
/// unset values as null or not at all, a line end after the zero byte.
#[test]
fn json_is_read_generously() {
    let text = "\n{\"Type\":2,\"Result\":1.0,\"TradingIsSupported\":true,\"ServerName\":null,\"New\":[]}\0\n\0";
    let Message::LogonResponse(response) = one(Encoding::Json, text.as_bytes()) else { panic!() };
    assert_eq!((response.result.0, response.trading_is_supported), (1, 1));
    assert_eq!((response.server_name.as_str(), response.market_data_supported), ("", 1));
}

#[test]
fn the_encoding_changes_between_two_messages() {
    let mut decoder = Decoder::new(Encoding::Binary);
    let response = bytes_of("10000700080000000200000044544300");
    decoder.push(&[&response[..], b"{\"Type\":3,\"NumDroppedMessages\":5}\0"].concat());
    assert!(matches!(decoder.next_message(), Ok(Some(Message::EncodingResponse(_)))));
    decoder.switch(Encoding::Json);
    let Ok(Some(Message::Heartbeat(heartbeat))) = decoder.next_message() else { panic!() };
    assert_eq!(heartbeat.num_dropped_messages, 5);
    assert_eq!(decoder.next_message(), Ok(None));
}

#[test]
fn a_password_is_not_shown() {
    let mut bytes = vec![0; 284];
    bytes[..4].copy_from_slice(&[28, 1, 1, 0]);
    bytes[40..46].copy_from_slice(b"secret");
    let shown = format!("{:?}", one(Encoding::Binary, &bytes));
    assert!(shown.contains("LogonRequest") && !shown.contains("secret"), "{shown}");
}

/// Any message: any table, any values. Floats are finite, as JSON knows no others.
fn message() -> impl Strategy<Value = Message> {
    (0..Message::LAYOUTS.len(), vec(any::<u64>(), 64), vec("[ -~é]{0,40}", 16))
        .prop_map(|(layout, numbers, texts)| built(&Message::LAYOUTS[layout], &numbers, &texts))
}

fn built(layout: &Layout, numbers: &[u64], texts: &[String]) -> Message {
    let mut bytes = vec![0; layout.size];
    bytes[..2].copy_from_slice(&(layout.size as u16).to_le_bytes());
    bytes[2..4].copy_from_slice(&layout.kind.to_le_bytes());
    for (i, field) in layout.fields.iter().enumerate() {
        let place = &mut bytes[field.offset..field.offset + field.width];
        let number = numbers[i % numbers.len()];
        match (field.shape, field.width) {
            (Shape::Text, width) => {
                let text = texts[i % texts.len()].as_bytes();
                let length = text.len().min(width);
                place[..length].copy_from_slice(&text[..length]);
            }
            (Shape::Float, 4) => {
                let value = f32::from_bits(number as u32);
                place.copy_from_slice(&if value.is_finite() { value } else { 0.5 }.to_le_bytes());
            }
            (Shape::Float, _) => {
                let value = f64::from_bits(number);
                place.copy_from_slice(&if value.is_finite() { value } else { 0.5 }.to_le_bytes());
            }
            (_, width) => place.copy_from_slice(&number.to_le_bytes()[..width]),
        }
    }
    one(Encoding::Binary, &bytes)
}

proptest! {
    #[test]
    fn any_message_survives_any_encoding(message in message()) {
        for encoding in ENCODINGS {
            let bytes = encoded(&message, encoding);
            prop_assert_eq!(&one(encoding, &bytes), &message);
        }
        prop_assert_eq!(encoded(&message, Encoding::Binary).len(), message_size(&message));
    }

    #[test]
    fn any_split_gives_the_same_messages(
        messages in vec(message(), 1..8),
        encoding in prop::sample::select(&ENCODINGS[..]),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let stream: Vec<u8> = messages.iter().flat_map(|m| encoded(m, encoding)).collect();
        prop_assert_eq!(decode(encoding, &pieces(&stream, &cuts)), decode(encoding, &[&stream]));
    }

    /// No bytes make it panic, and garbage too is the same for every cut.
    #[test]
    fn garbage_is_the_same_for_every_split(
        mut bytes in vec(any::<u8>(), 0..2000),
        ends in vec(any::<prop::sample::Index>(), 0..20),
        encoding in prop::sample::select(&ENCODINGS[..]),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        for end in ends.iter().take(bytes.len()) {
            let at = end.index(bytes.len());
            bytes[at] = 0;
        }
        prop_assert_eq!(decode(encoding, &pieces(&bytes, &cuts)), decode(encoding, &[&bytes]));
    }
}

fn message_size(message: &Message) -> usize {
    Message::LAYOUTS.iter().find(|l| l.kind == message.kind()).unwrap().size
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect()
}
