//! Tables: the right types, every row, no file overwritten.

use crate::process;
use crate::store::desk::HOUR;
use crate::store::desk::MONDAY;
use crate::store::desk::stream;
use crate::store::desk::trade;
use crate::store::desk::write_run;
use polars_core::datatypes::DataType;
use polars_core::datatypes::TimeUnit;
use polars_core::datatypes::TimeZone;
use polars_core::frame::DataFrame;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;

fn export(store: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mia-record"));
    command.env_remove("MIA_CONFIG").env_remove("MIA_LOG").arg("export").arg(store).args(args);
    command.stdin(std::process::Stdio::null());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    process::feed(command.spawn().unwrap(), b"")
}

fn assert_ends(output: &Output, code: i32, says: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(says), "`{says}` is not in:\n{stderr}");
}

const FEATURES: &str = r#"{"t":"features","ts":1773063001000000,"sym":"ESM26","by":"features","ct":1773063001000001,"fv":1,"px":5000.25,"f":{"delta":-3},"x":{},"why":{"ofi":"no quotes"},"n":7}"#;

fn store(dir: &Path) {
    let mut lines = vec![stream(MONDAY, "csv", 0)];
    lines.extend((0..250_000).map(|i| trade(MONDAY + i * 1000, i as u64)));
    lines.push(format!(
        "{{\"t\":\"quote\",\"ts\":{},\"sym\":\"ESM26\",\"bid\":null,\"bsz\":0,\"ask\":5000.5,\
         \"asz\":12,\"src\":\"csv\"}}\n",
        MONDAY + 24 * HOUR
    ));
    lines.push(FEATURES.to_owned() + "\n");
    lines.push("{\"t\":\"weather\",\"rain\":true}\n".to_owned());
    write_run(dir, &lines, 1 << 20, false);
}

fn read(path: &Path) -> DataFrame {
    ParquetReader::new(fs::File::open(path).unwrap()).finish().unwrap()
}

fn dtype(frame: &DataFrame, name: &str) -> DataType {
    frame.column(name).unwrap().dtype().clone()
}

#[test]
fn parquet_has_a_table_a_kind_with_the_right_types() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("store"), dir.path().join("tables"));
    store(&from);
    let output = export(&from, &["--parquet", to.to_str().unwrap()]);
    assert_ends(&output, 0, "1 lines of kinds that MIA does not know are in no table");
    let mut names: Vec<_> =
        fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["features.parquet", "quote.parquet", "stream.parquet", "trade.parquet"]);

    let trades = read(&to.join("trade.parquet"));
    assert_eq!(trades.height(), 250_000);
    let stamp = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    assert_eq!(dtype(&trades, "ts"), stamp);
    assert_eq!(dtype(&trades, "rx"), stamp);
    assert_eq!(dtype(&trades, "px"), DataType::Float64);
    assert_eq!(dtype(&trades, "sz"), DataType::UInt64);
    assert_eq!(dtype(&trades, "side"), DataType::String);
    let column = |name: &str| trades.column(name).unwrap();
    let sum: u64 = column("sz").u64().unwrap().iter().flatten().sum();
    assert_eq!(sum, (0..250_000_u64).map(|i| 1 + i % 9).sum::<u64>());
    let stamps = column("ts").datetime().unwrap();
    let stamps: Vec<_> = stamps.physical().iter().flatten().collect();
    assert!(stamps.iter().copied().eq((0..250_000).map(|i| MONDAY + i * 1000)));
    assert_eq!(column("rx").null_count(), 250_000);

    let quotes = read(&to.join("quote.parquet"));
    assert_eq!(quotes.column("bid").unwrap().null_count(), 1);
    assert_eq!(quotes.column("ask").unwrap().f64().unwrap().get(0), Some(5000.5));
    let features = read(&to.join("features.parquet"));
    assert_eq!(dtype(&features, "ct"), stamp);
    assert_eq!(
        features.column("why").unwrap().str().unwrap().get(0),
        Some("{\"ofi\":\"no quotes\"}")
    );

    assert_ends(&export(&from, &["--parquet", to.to_str().unwrap()]), 73, "exists");
}

#[test]
fn csv_of_a_session_and_a_range() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("store"), dir.path().join("trades.csv"));
    store(&from);
    let until = (MONDAY + 2000).to_string();
    let args = ["--csv", to.to_str().unwrap(), "--until", &until];
    assert_ends(&export(&from, &args), 2, "a table has one kind");
    assert_ends(&export(&from, &[&args[..], &["--only", "trade"]].concat()), 0, "");
    let text = fs::read_to_string(&to).unwrap();
    assert_eq!(
        text,
        "ts,sym,px,sz,side,ss,seq,src,vts,rx,flags\n\
         2026-03-09T13:30:00.000000Z,ESM26,5000.25,1,B,flag,0,csv,,,\n\
         2026-03-09T13:30:00.001000Z,ESM26,5000.25,2,B,flag,1,csv,,,\n"
    );
    let tables = dir.path().join("tables");
    let args = ["--csv", tables.to_str().unwrap(), "--date", "2026-03-10", "--drop", "features"];
    assert_ends(&export(&from, &args), 0, "");
    // The session begins with the stream record in force, so that its tables say what they are.
    let names = ["stream.csv", "quote.csv"].map(|name| tables.join(name).is_file());
    assert_eq!((names, fs::read_dir(&tables).unwrap().count()), ([true, true], 2));
}
