//! mia-options as a user meets it: chains in, every form of answer out, the calculators.

use crate::data;
use crate::process;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::pty::OpenptFlags;
use serde_json::Map;
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

const OPTIONS: &str = env!("CARGO_BIN_EXE_mia-options");
const FEED: &str = env!("CARGO_BIN_EXE_mia-feed");

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for name in ["MIA_CONFIG", "MIA_LOG", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(program: &str, args: &[&str], input: &[u8]) -> Output {
    process::feed(command(program).args(args).spawn().unwrap(), input)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The standard output of a run that must succeed.
fn good(args: &[&str], input: &[u8]) -> String {
    let output = run(OPTIONS, args, input);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Ends with `exit`, and stderr says `part`.
fn bad(args: &[&str], input: &[u8], exit: i32, part: &str) {
    let output = run(OPTIONS, args, input);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(exit), "{args:?}: {text}");
    assert!(text.contains(part), "{args:?}: `{part}` is not in:\n{text}");
    assert!(!text.contains("panicked"), "{text}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Equal to nine digits, as written.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 2e-8 * a.abs().max(b.abs()).max(1e-300)
}

/// The synthetic chain of the examples.
fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/examples/spx_quotedata.csv")
}

/// The example, and every genuine chain that is there.
fn chains() -> Vec<PathBuf> {
    let mut found = vec![example()];
    if let Some(dir) = data::dir() {
        let files = std::fs::read_dir(dir.join("cboe-chains")).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        found.extend(files);
    }
    found
}

/// The example and the genuine chains that differ most: an AM and PM monthly week, and another index.
fn some_chains() -> Vec<PathBuf> {
    let few = ["spx_quotedata", "spx_2023-06-09", "xsp_"];
    let named = |path: &PathBuf| few.iter().any(|name| text(path).contains(name));
    chains().into_iter().filter(named).collect()
}

/// The records of a chain, as a feed writes them.
fn records(chain: &Path) -> Vec<u8> {
    let output = run(FEED, &["cboe", text(chain)], b"");
    assert!(output.status.success(), "{}", stderr(&output));
    output.stdout
}

#[test]
fn a_document_and_its_records_give_the_same_bytes() {
    for chain in chains() {
        let direct = good(&[text(&chain), "--by", "strike"], b"");
        let piped = good(&["--by", "strike"], &records(&chain));
        assert_eq!(direct, piped, "{}", chain.display());
        let document = std::fs::read(&chain).unwrap();
        assert_eq!(good(&["-", "--by", "strike"], &document), piped, "{}", chain.display());
        let lines: Vec<_> = direct.lines().collect();
        assert_eq!(lines.len(), 1, "one record a snapshot");
        let gex = json(lines[0]);
        assert_eq!((&gex["t"], &gex["by"]), (&"gex".into(), &"options".into()));
    }
}

#[test]
fn every_form_says_the_same() {
    for chain in some_chains() {
        let file = text(&chain);
        let gex = json(&good(&[file, "--by", "strike"], b""));
        let whole = json(&good(&[file, "--format", "json"], b""));
        for key in [
            "und",
            "unit",
            "dealer_sign",
            "spot",
            "net",
            "gross",
            "flip",
            "neg_side",
            "call_wall",
            "put_wall",
            "abs_wall",
            "vex",
            "dex",
            "charm",
            "dte0",
            "coverage",
            "oi_age_s",
            "iv_age_s",
        ] {
            assert_eq!(gex[key], whole[key], "{file}: {key}");
        }
        for key in ["excluded", "src", "synthetic", "spot_age_s", "used", "listed"] {
            assert!(!whole[key].is_null(), "{file}: no {key}");
        }
        let net = number(&gex["net"]);
        let strikes = whole["strikes"].as_array().unwrap();
        let sum = |key: &str| strikes.iter().map(|s| number(&s[key])).sum::<f64>();
        let gross = number(&gex["gross"]);
        assert!((sum("call") + sum("put") - net).abs() < 1e-6 * gross, "{file}");
        assert!((sum("call") - number(&whole["calls"])).abs() < 1e-6 * gross, "{file}");
        let expiries = whole["by_expiry"].as_array().unwrap();
        let by_expiry: f64 = expiries.iter().map(|e| number(&e["net"])).sum();
        assert!((by_expiry - net).abs() < 1e-6 * gross, "{file}");

        let table = good(&[file, "--format", "csv"], b"");
        let mut rows = csv::Reader::from_reader(table.as_bytes());
        let header = rows.headers().unwrap().clone();
        let column = |name: &str| header.iter().position(|column| column == name).unwrap();
        let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), strikes.len(), "{file}");
        for (row, strike) in rows.iter().zip(strikes) {
            for key in ["strike", "call", "put"] {
                let cell: f64 = row[column(key)].parse().unwrap();
                assert!(same(cell, number(&strike[key])), "{file}: {key} {row:?}");
            }
            assert_eq!(&row[column("unit")], "usd_per_pct");
            assert_eq!((&row[column("call_sign")], &row[column("put_sign")]), ("1", "-1"));
        }

        let by_expiry = good(&[file, "--format", "csv", "--by", "expiry"], b"");
        assert_eq!(by_expiry.lines().count(), expiries.len() + 1, "{file}");

        let history = good(&[file, "--history", "--format", "csv"], b"");
        let mut rows = csv::Reader::from_reader(history.as_bytes());
        let header = rows.headers().unwrap().clone();
        let row = rows.records().next().unwrap().unwrap();
        for (name, cell) in header.iter().zip(&row) {
            if let Some(known) = gex.get(name).filter(|known| known.is_number())
                && name != "em"
            {
                assert!(same(cell.parse().unwrap(), number(known)), "{file}: {name} {cell}");
            }
        }
    }
}

#[test]
fn a_table_has_everything_that_a_number_needs() {
    for chain in some_chains() {
        for args in [&[][..], &["--by", "expiry"], &["--window", "1"], &["--window", "40"]] {
            let args = [&[text(&chain), "--format", "table"], args].concat();
            let table = good(&args, b"");
            for part in [
                "net gamma",
                "per 1 % move",
                "gamma flip",
                "call wall",
                "put wall",
                "expected move",
                "expires today",
                "coverage",
                "open interest ",
                "source cboe",
                "dealer sign calls +1, puts -1",
            ] {
                assert!(table.contains(part), "{args:?}: no {part} in\n{table}");
            }
            assert!(!table.contains('\u{1b}'), "a file has no colours");
            for line in table.lines() {
                assert!(line.chars().count() <= 100, "{args:?}: too wide: {line}");
            }
        }
        let table = good(&[text(&chain), "--format", "table", "--color", "always"], b"");
        assert!(table.contains('\u{1b}'));
    }
}

#[test]
fn a_terminal_gets_a_table_as_wide_as_it_is() {
    for columns in [80, 120] {
        let ours = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        rustix::pty::grantpt(&ours).unwrap();
        rustix::pty::unlockpt(&ours).unwrap();
        let size =
            rustix::termios::Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&ours, size).unwrap();
        let name = rustix::pty::ptsname(&ours, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let theirs = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
        let mut terminal = command(OPTIONS);
        let child = terminal.arg(example()).stdout(theirs).spawn().unwrap();
        drop(terminal);
        let mut ours = std::fs::File::from(ours);
        let reader = std::thread::spawn(move || {
            // The end of a terminal is an error: nobody holds its other side any more.
            let mut bytes = Vec::new();
            let _ = ours.read_to_end(&mut bytes);
            bytes
        });
        let output = process::feed(child, b"");
        assert!(output.status.success(), "{}", stderr(&output));
        let shown = String::from_utf8(reader.join().unwrap()).unwrap();
        assert!(shown.contains("\u{1b}["), "no colours");
        let plain = without_colours(&shown);
        let widest = plain.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(columns), "{widest} columns of {columns}:\n{plain}");
        assert!(widest + 12 > usize::from(columns), "only {widest} columns of {columns}");
        assert!(plain.contains("gamma flip"), "{plain}");
    }
}

fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in text.chars() {
        match (inside, c) {
            (false, '\u{1b}') => inside = true,
            (true, 'm') => inside = false,
            (false, c) => plain.push(c),
            (true, _) => {}
        }
    }
    plain
}

#[test]
fn pictures_are_whole_and_the_same_every_time() {
    let dir = tempfile::tempdir().unwrap();
    for chain in some_chains() {
        let at = |name: &str| dir.path().join(name);
        let (svg, png) = (at("a.svg"), at("a.png"));
        let args = ["-f", text(&chain), "--svg", text(&svg), "--png", text(&png)];
        let plain = good(&[text(&chain)], b"");
        assert_eq!(good(&args, b""), plain, "the records do not change");
        let drawn = std::fs::read_to_string(&svg).unwrap();
        let tree = roxmltree::Document::parse(&drawn).unwrap();
        let words: Vec<_> = tree.descendants().filter_map(|n| n.text()).map(str::trim).collect();
        let gex = json(&plain);
        let says = |part: &str| words.iter().any(|word| word.contains(part));
        for part in [
            "dealer gamma exposure",
            "net ",
            "per 1 % move",
            "coverage",
            "source cboe",
            "dealer sign calls +1, puts -1",
            "spot ",
        ] {
            assert!(says(part), "{}: no {part} in {words:?}", chain.display());
        }
        let flip = gex["flip"].as_f64().map_or("no flip", |_| "flip ");
        assert!(says(flip), "{}: no {flip} in {words:?}", chain.display());
        let bytes = std::fs::read(&png).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (1400, 900));
        let ink = pixels.chunks_exact(3).filter(|pixel| *pixel != [255, 255, 255]).count();
        assert!((20_000..800_000).contains(&ink), "{ink} pixels of ink");
        good(&args, b"");
        assert_eq!(std::fs::read(&png).unwrap(), bytes, "the same bytes again");
        assert_eq!(std::fs::read_to_string(&svg).unwrap(), drawn);
    }
}

#[test]
fn nothing_is_overwritten_unasked() {
    let dir = tempfile::tempdir().unwrap();
    let chain = example();
    let chain = text(&chain);
    for option in ["-o", "--svg", "--png"] {
        let file = dir.path().join("kept");
        std::fs::write(&file, "mine").unwrap();
        bad(&[chain, option, text(&file)], b"", 73, "kept exists\nhint: -f overwrites it");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
        good(&[chain, option, text(&file), "-f"], b"");
        assert_ne!(std::fs::read(&file).unwrap(), b"mine");
    }
    let copy = dir.path().join("chain.csv");
    std::fs::copy(chain, &copy).unwrap();
    let copy = text(&copy);
    for option in ["-o", "--svg", "--png"] {
        bad(&[copy, option, copy, "-f"], b"", 73, "is an input");
    }
    let both = dir.path().join("both");
    let both = text(&both);
    bad(&[chain, "--svg", both, "--png", both], b"", 73, "another output");
    assert!(!Path::new(both).exists());
    bad(&[chain, "-f"], b"", 2, "--force");
    // A chain that is refused leaves no file behind.
    bad(&["--svg", both], b"<html>", 65, "web page");
    assert!(!Path::new(both).exists());
}

#[test]
fn what_is_no_chain_is_65_with_the_reason() {
    for (input, part) in [
        (&b"<html></html>"[..], "a web page, not a chain"),
        (b"hello, world\n", "no table of Cboe's"),
        (b"{\"timestamp\":\"2026-03-09 13:45:00\",\"data\":{\"options\":[]}}", "no options"),
    ] {
        bad(&[], input, 65, part);
        bad(&["--format", "table"], input, 65, part);
    }
    assert_eq!(good(&[], b""), "", "an empty stream is no error");
    bad(&["--format", "table"], b"", 65, "no chain came");
    let records = records(&example());
    let records = String::from_utf8(records).unwrap();
    let cut: String =
        records.split_inclusive('\n').filter(|line| !line.contains("\"t\":\"chain\"")).collect();
    bad(&[], cut.as_bytes(), 65, "no chain record that ends them");
    let few: String = records
        .split_inclusive('\n')
        .enumerate()
        .filter(|(i, line)| !line.contains("\"t\":\"option\"") || i % 7 == 0)
        .map(|(_, line)| line)
        .collect();
    bad(&["--format", "json"], few.as_bytes(), 65, "the chain of SPX is refused");
    let told = run(OPTIONS, &[], few.as_bytes());
    let alert = json(String::from_utf8(told.stdout).unwrap().trim());
    assert_eq!((&alert["t"], &alert["code"]), (&"alert".into(), &"chain_few_strikes".into()));
    let torn = records.replacen("\"strike\":", "\"strike\":x", 1);
    bad(&[], torn.as_bytes(), 65, "standard input:");
    bad(&["/no/such/file"], b"", 65, "cannot read /no/such/file");
    bad(&[text(&example()), "--und", "NDX"], b"", 65, "none of --und");
    bad(&[text(&example()), "--rate", "7"], b"", 78, "options.rate");
    bad(&[text(&example()), "--vol", "magic"], b"", 78, "options.vol");
    bad(&[text(&example()), "--dealer-sign", "both"], b"", 2, "short-both");
}

#[test]
fn what_is_made_up_is_shouted() {
    let records = String::from_utf8(records(&example())).unwrap();
    let made_up = records.replace("\"src\":\"cboe\"", "\"src\":\"syn\"");
    let table = good(&["--format", "table"], made_up.as_bytes());
    assert!(table.contains("SYNTHETIC DATA"), "{table}");
    let row = good(&["--format", "table", "--history"], made_up.as_bytes());
    assert!(row.contains("SYNTHETIC"), "{row}");
    let whole = json(&good(&["--format", "json"], made_up.as_bytes()));
    assert_eq!(whole["synthetic"], Value::Bool(true));
    let dir = tempfile::tempdir().unwrap();
    let svg = dir.path().join("a.svg");
    good(&["--svg", text(&svg)], made_up.as_bytes());
    assert!(std::fs::read_to_string(&svg).unwrap().contains("SYNTHETIC DATA"));
    assert!(!good(&["--format", "table"], records.as_bytes()).contains("SYNTHETIC"));
}

#[test]
fn the_dealer_sign_turns_what_it_names() {
    let chain = example();
    let chain = text(&chain);
    let with = |sign: &str| json(&good(&[chain, "--format", "json", "--dealer-sign", sign], b""));
    let (usual, short, turned) = (with("call=+1,put=-1"), with("short-both"), with("short-calls"));
    assert_eq!(short["dealer_sign"], json("{\"call\":-1,\"put\":-1}"));
    assert_eq!(usual["gross"], short["gross"]);
    assert_eq!(usual["puts"], short["puts"]);
    assert!(same(number(&usual["calls"]), -number(&short["calls"])));
    assert!(same(number(&usual["net"]), -number(&turned["net"])));
    assert_eq!(usual["flip"], turned["flip"]);
}

#[test]
fn a_part_of_the_chain_can_be_asked_for() {
    let chain = example();
    let chain = text(&chain);
    let whole = json(&good(&[chain, "--format", "json"], b""));
    let today = json(&good(&[chain, "--format", "json", "--expiry", "2026-03-10,2026-03-13"], b""));
    let dates = |value: &Value| -> Vec<String> {
        let expiries = value["by_expiry"].as_array().unwrap();
        expiries.iter().map(|e| e["exp"].as_str().unwrap().to_owned()).collect()
    };
    let week = ["2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13"];
    assert_eq!(dates(&whole)[..4], week);
    // Both monthly series: in the morning and in the afternoon of the same day.
    assert_eq!(dates(&whole)[4..], ["2026-03-20", "2026-03-20"]);
    assert_eq!(dates(&today), ["2026-03-10", "2026-03-13"]);
    let monthly = json(&good(&[chain, "--format", "json", "--root", "SPX"], b""));
    assert_eq!(dates(&monthly), ["2026-03-20"]);
    assert!(number(&today["listed"]) < number(&whole["listed"]));
    let days = json(&good(&[chain, "--format", "json", "--expiry", "3d"], b""));
    assert_eq!(dates(&days), week);
    bad(&[chain, "--expiry", "tomorrow"], b"", 2, "2026-11-20");
}

#[test]
fn several_snapshots_are_a_history() {
    let first = String::from_utf8(records(&example())).unwrap();
    // The same chain ten minutes later, at another spot.
    let later = first
        .replace("1773149100000000", "1773149700000000")
        .replace("1773148200000000", "1773148800000000")
        .replace("\"spot\":5022.66", "\"spot\":5023.5");
    let both = first + &later;
    let with = |args: &[&str]| good(args, both.as_bytes());
    assert_eq!(with(&[]).lines().count(), 2, "a record a snapshot");
    let table = with(&["--history", "--format", "table"]);
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("20")).collect();
    assert_eq!(rows.len(), 2, "{table}");
    assert!(rows[0].starts_with("2026-03-10 09:25") && rows[0].contains("5,022.66"), "{table}");
    assert!(rows[1].starts_with("2026-03-10 09:35") && rows[1].contains("5,023.50"), "{table}");
    assert_eq!(with(&["--history", "--format", "csv"]).lines().count(), 3);
    assert_eq!(with(&["--history", "--format", "json"]).lines().count(), 2);
    // Without it the newest alone, unless each is asked for.
    let newest = with(&["--format", "table"]);
    assert_eq!(newest.matches("net gamma  ").count(), 1, "{newest}");
    assert!(newest.contains("SPX  5,023.50"), "{newest}");
    assert_eq!(with(&["--format", "table", "--each"]).matches("net gamma  ").count(), 2);
}

/// The cases of a file of reference vectors.
fn vectors(name: &str, key: &str) -> Vec<Value> {
    let Some(dir) = data::dir() else { return Vec::new() };
    let file = std::fs::read_to_string(dir.join("reference-vectors").join(name)).unwrap();
    json(&file)[key].as_array().unwrap().clone()
}

fn lines(requests: &[Value]) -> String {
    requests.iter().map(|request| format!("{request}\n")).collect()
}

fn answers(args: &[&str], requests: &[Value]) -> Vec<Value> {
    let text = good(args, lines(requests).as_bytes());
    text.lines().map(json).collect()
}

/// An object of the values of `from` under other names.
fn renamed(from: &Value, names: &[(&str, &str)]) -> Value {
    let pick = |(to, name): &(&str, &str)| ((*to).to_owned(), from[name].clone());
    Value::Object(names.iter().map(pick).collect::<Map<_, _>>())
}

#[test]
fn prices_of_requests_equal_the_reference() {
    let names = [
        ("right", "cp"),
        ("spot", "S"),
        ("strike", "K"),
        ("years", "T"),
        ("rate", "r"),
        ("dividend", "q"),
        ("vol", "vol"),
    ];
    let cases = vectors("10_bsm_greeks.json", "cases");
    let requests: Vec<_> = cases.iter().map(|case| renamed(&case["inp"], &names)).collect();
    let answers = answers(&["price"], &requests);
    assert_eq!(answers.len(), cases.len());
    for ((case, request), answer) in cases.iter().zip(&requests).zip(&answers) {
        for (key, value) in request.as_object().unwrap() {
            assert_eq!(&answer[key], value, "the request comes back");
        }
        for key in ["price", "delta", "gamma", "vega", "vanna", "charm"] {
            let (ours, theirs) = (number(&answer[key]), number(&case["out"][key]));
            let off = (ours - theirs).abs() / theirs.abs().max(1e-9);
            assert!(off < 1e-9, "{key}: {ours} {theirs} {request}");
        }
    }
}

#[test]
fn volatilities_of_requests_equal_the_reference() {
    let names = [("right", "cp"), ("forward", "F"), ("strike", "K"), ("years", "T")];
    for (key, price) in [("cases", "undiscounted_price"), ("invalid", "price")] {
        let cases = vectors("11_implied_vol.json", key);
        let with = [&names[..], &[("price", price)]].concat();
        let requests: Vec<_> = cases.iter().map(|case| renamed(case, &with)).collect();
        for (case, answer) in cases.iter().zip(answers(&["iv"], &requests)) {
            match case.get("vol") {
                Some(vol) => {
                    let off = (number(&answer["iv"]) - number(vol)).abs();
                    assert!(off < 1e-12, "{answer}");
                    assert!(answer.get("why").is_none(), "{answer}");
                }
                None => {
                    let nothing = answer["iv"].is_null() && answer["why"].is_string();
                    assert!(nothing || answer["iv"] == json("0.0"), "{answer}");
                }
            }
        }
    }
}

#[test]
fn a_request_that_cannot_be_answered_says_why() {
    let requests = [
        "{\"id\":1,\"right\":\"C\",\"spot\":5000,\"strike\":5010,\"minutes\":390,\"vol\":0.11}",
        "{\"id\":2,\"right\":\"X\",\"spot\":5000,\"strike\":5010,\"minutes\":390,\"vol\":0.11}",
        "{\"id\":3,\"right\":\"P\",\"spot\":5000,\"strike\":-1,\"minutes\":390,\"vol\":0.11}",
        "{\"id\":4,\"right\":\"P\",\"spot\":5000,\"strike\":5010,\"vol\":0.11}",
        "",
        "{\"id\":5,\"right\":\"P\",\"forward\":5000,\"strike\":5010,\"years\":1,\"vol\":0.11}",
    ];
    let text = good(&["price"], requests.join("\n").as_bytes());
    let answers: Vec<_> = text.lines().map(json).collect();
    let told: Vec<_> =
        answers.iter().map(|a| (a["id"].as_i64().unwrap(), a["why"].as_str())).collect();
    assert_eq!(
        told,
        [
            (1, None),
            (2, Some("right is neither C nor P")),
            (3, Some("strike is not a number above 0")),
            (4, Some("years is missing")),
            (5, None),
        ]
    );
    assert!(answers[1]["price"].is_null() && answers[0]["price"].is_number());
    assert!(text.starts_with("{\"id\":1,\"right\":\"C\",\"spot\":5000,"), "order is kept: {text}");
    bad(&["price"], b"{\"right\":\"C\"\n", 65, "standard input:1: not a JSON object");
    bad(&["iv"], b"[1]\n", 65, "standard input:1: not a JSON object");
}

#[test]
fn a_calculator_answers_people() {
    let asked = [
        "price",
        "--spot",
        "5000",
        "--strike",
        "5010",
        "--vol",
        "0.11",
        "--rate",
        "0.04",
        "--dividend",
        "0.013",
    ];
    let by_minutes = good(&[&asked[..], &["--minutes", "390"]].concat(), b"");
    for part in ["call", "put", "price", "delta", "gamma", "vega", "vanna", "charm", "390 min"] {
        assert!(by_minutes.contains(part), "no {part} in\n{by_minutes}");
    }
    // The calendar knows how long a day is: 09:30 to 16:00, 13:00 on the day after Thanksgiving.
    let one = |args: &[&str]| {
        let all = [&asked[..], &["--right", "C", "--format", "json"], args].concat();
        json(&good(&all, b""))
    };
    for (expiry, at, minutes) in [
        ("2026-11-20", "2026-11-20T09:30:00-05:00", "390"),
        ("2026-11-27", "2026-11-27T09:30:00-05:00", "210"),
        ("2026-03-09", "2026-03-06T15:00[America/New_York]", "4320"),
    ] {
        let by_date = one(&["--expiry", expiry, "--settle", "pm", "--at", at]);
        assert_eq!(by_date, one(&["--minutes", minutes]), "{expiry}");
    }
    let late = [&asked[..], &["--expiry", "2026-11-20", "--at", "2026-11-20T17:00:00-05:00"]];
    bad(&late.concat(), b"", 65, "it settled at Fri 2026-11-20 16:00 EST");
    // Juneteenth: the calendar refuses.
    let holiday = [&asked[..], &["--expiry", "2026-06-19", "--at", "2026-06-18"]].concat();
    bad(&holiday, b"", 65, "2026-06-19 is no trading day");
    bad(&asked, b"", 2, "--minutes, --years or --expiry");
    bad(&["price", "--spot", "5000"], b"", 2, "--strike");

    // What a price implies gives the price again, with rates and without.
    let call = one(&["--minutes", "390"]);
    let price = format!("{}", number(&call["price"]));
    let iv = [
        "iv",
        "--right",
        "C",
        "--spot",
        "5000",
        "--strike",
        "5010",
        "--minutes",
        "390",
        "--rate",
        "0.04",
        "--dividend",
        "0.013",
        "--price",
        &price,
    ];
    assert!(good(&iv, b"").contains("volatility  11.0000 %"));
    let json_iv = json(&good(&[&iv[..], &["--format", "json"]].concat(), b""));
    assert!((number(&json_iv["iv"]) - 0.11).abs() < 1e-10, "{json_iv}");
    let cheap = [
        "iv",
        "--right",
        "C",
        "--forward",
        "5000",
        "--strike",
        "4900",
        "--minutes",
        "390",
        "--price",
        "99",
    ];
    bad(&cheap, b"", 65, "no volatility gives this price: it is not above");
}
