//! The fast ways are taken where they should be (that they are right is tested against serde over
//! random and damaged lines in `tests/it/codec.rs`).

use super::*;

/// Lines as MIA writes them, of every form the fast ways know.
const CANONICAL: &[&str] = &[
    r#"{"t":"trade","ts":1772461800123456,"sym":"ESH6","px":6842.25,"sz":3,"side":"B","ss":"touch","src":"syn"}"#,
    r#"{"t":"trade","ts":0,"sym":"*","px":0,"sz":0,"side":"N","ss":"none","src":"dbn"}"#,
    r#"{"t":"trade","ts":1,"sym":"ES","px":-37.63,"sz":1,"side":"S","ss":"flag","seq":18,"src":"ibkr","vts":0,"rx":2,"flags":["late"]}"#,
    r#"{"t":"trade","ts":1,"sym":"ES","px":0.00001,"sz":1,"side":"S","ss":"tick","src":"csv","rx":2,"flags":["bundle_first","not_price"]}"#,
    r#"{"t":"trade","ts":1,"sym":"ES","px":8388607,"sz":1,"side":"S","ss":"quote","src":"scid","flags":["late","bundle_first","bundle_last","not_price"]}"#,
    r#"{"t":"quote","ts":1772461800123456,"sym":"ESH6","bid":6842,"bsz":31,"ask":6842.25,"asz":12,"src":"dtc"}"#,
    r#"{"t":"quote","ts":1,"sym":"ESH6","bid":null,"bsz":0,"ask":1.123456789,"asz":12,"src":"iqf","vts":5,"rx":6,"flags":["late"]}"#,
    r#"{"t":"quote","ts":1,"sym":"ESH6","bid":0.05,"bsz":0,"ask":null,"asz":0,"src":"syn"}"#,
    r#"{"t":"depth","ts":1,"sym":"ESH6","bs":"B","px":6842.5,"sz":0,"src":"syn"}"#,
    r#"{"t":"depth","ts":1,"sym":"ESH6","bs":"A","px":6842.5,"sz":999999999999999999,"src":"syn","rx":9,"eob":true,"flags":["late"]}"#,
    r#"{"t":"depth","ts":1,"sym":"ESH6","src":"syn","op":"clear"}"#,
    r#"{"t":"depth","ts":1,"sym":"ESH6","src":"syn","rx":1,"op":"clear","eob":true}"#,
];

#[test]
fn canonical_lines_take_the_fast_ways() {
    for line in CANONICAL {
        let kind = peek(line.as_bytes()).unwrap().unwrap();
        let record = read::canonical(kind, line.as_bytes());
        assert_eq!(record, Some(decode_serde(kind, line.as_bytes()).unwrap()), "{line}");
        let mut out = b"before".to_vec();
        assert!(write::canonical(&record.unwrap(), &mut out), "{line}");
        assert_eq!(String::from_utf8(out).unwrap(), format!("before{line}\n"));
    }
}

#[test]
fn peeks_of_canonical_lines_need_no_more_than_their_part() {
    // What follows is no JSON: the whole line was not read.
    let line = br#"{"t":"features","ts":5,"sym":"ESH6","by":"features",..."#;
    assert_eq!(peek(line), Ok(Some(Kind::Features)));
    assert_eq!(peek_ts(line), Some(5));
    assert_eq!(peek_sym(line).unwrap().as_str(), "ESH6");
    assert_eq!(peek_by(line), Some(crate::wire::By::Features));
}

#[test]
fn any_kind_in_any_place_is_found_and_an_unknown_one_is_no_error() {
    let kind = |line: &str| peek(line.as_bytes());
    assert_eq!(kind(r#" {"data":{"t":"quote"},"\u0074":"tra\u0064e"}"#), Ok(Some(Kind::Trade)));
    assert_eq!(kind(r#"{"t":"trade"}"#), Ok(Some(Kind::Trade)));
    assert_eq!(kind(r#"{"t":"weather","ts":1}"#), Ok(None));
    assert_eq!(kind(r#"{"t":"a\"b"}"#), Ok(None));
    for bad in [
        "",
        "\u{feff}{}",
        "{}",
        "[]",
        "7",
        "null",
        r#"["trade"]"#,
        r#"{"t":7}"#,
        r#"{"t":null}"#,
        r#"{"T":"trade"}"#,
        r#"{"t":"weather","ts":1"#,
        r#"{"t":"weather"} {}"#,
        r#"{"ts":1,"t":"trade","t":"quote"}"#,
    ] {
        assert!(matches!(kind(bad), Err(DecodeError::NoKind(_))), "{bad}");
    }
}

#[test]
fn the_writer_is_found_without_being_fooled() {
    let by = |line: &str| peek_by(line.as_bytes()).map(crate::wire::By::name);
    assert_eq!(by(r#"{"by":"risk","t":"order"}"#), Some("risk"));
    assert_eq!(
        by(r#"{"t":"bar","ts":1,"sym":"ES","dur":60,"\u0062y":"features"}"#),
        Some("features")
    );
    assert_eq!(
        by(r#"{"t":"alert","ts":1,"sym":"ES","by":"monitor","data":{"by":"risk"}}"#),
        Some("monitor")
    );
    assert_eq!(by(r#"{"t":"bar","ts":1,"sym":"ES","data":{"by":"risk"}}"#), None);
    assert_eq!(by(r#"{"t":"bar","ts":1,"sym":"ES","msg":"\"by\":\"risk\""}"#), None);
    assert_eq!(by(r#"{"t":"bar","ts":1,"sym":"ES","by":"someone"}"#), None);
    assert_eq!(by(r#"{"t":"bar","ts":1,"sym":"ES","dur":60,"src":"syn"}"#), None);
}

#[test]
fn a_record_that_cannot_be_read_is_not_written() {
    let line =
        br#"{"t":"trade","ts":1,"sym":"ES","px":1,"sz":1,"side":"B","ss":"flag","src":"syn"}"#;
    let Record::Trade(mut trade) = decode(Kind::Trade, line).unwrap() else { panic!("a trade") };
    trade.px = crate::market::Px::from_nanos(crate::market::Px::MAX_NANOS + 1);
    let mut out = b"kept\n".to_vec();
    let error = encode(&trade.into(), &mut out).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write a trade record: price 8388607.000000001 is out of range"
    );
    assert_eq!(out, b"kept\n");

    let position =
        br#"{"t":"position","ts":1,"sym":"ES","by":"exec","qty":1,"avg_px":1.5,"stop":null}"#;
    let Record::Position(mut position) = decode(Kind::Position, position).unwrap() else {
        panic!()
    };
    position.avg_px = Some(crate::wire::Num(f64::NAN));
    let error = encode(&position.into(), &mut out).unwrap_err();
    assert_eq!(error.kind, Kind::Position);
    assert_eq!(out, b"kept\n");
}

#[test]
fn a_level_is_whole_or_absent() {
    for half in [r#""bs":"B","px":1"#, r#""px":1,"sz":1"#, r#""bs":"A""#] {
        let line = format!(r#"{{"t":"depth","ts":1,"sym":"ES",{half},"src":"syn"}}"#);
        let error = decode(Kind::Depth, line.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "depth record: `bs`, `px` and `sz` go together");
    }
}
