//! Lines that start with `S`: what the program says about itself.

use crate::feeds::iqfeed::lines::Fault;
use crate::feeds::iqfeed::lines::cells;
use crate::feeds::iqfeed::lines::first_cells;
use crate::market::Sym;
use crate::wire::BookSide;

/// What the program says about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum System {
    /// The protocol in use from now on.
    Protocol(String),
    /// The program has a connection to the servers.
    Connected,
    /// It has lost it, or could not make it again.
    Disconnected,
    /// The service of the account: `real_time` or `delayed`.
    Service(String),
    /// The names of the fields of an update, in their order.
    FieldNames(Vec<String>),
    /// The account may not watch more symbols than it does.
    SymbolLimit(Sym),
    /// A side of a book is to be forgotten.
    ClearDepth(Sym, BookSide),
    /// Statistics: whether there is a connection to the servers, and the program's version.
    Stats {
        /// Whether there is a connection to the servers.
        connected: bool,
        /// Version of the program.
        version: String,
    },
    /// Anything else.
    Other,
}

/// Reads a line that starts with `S,`.
pub(super) fn read(line: &[u8]) -> Result<System, Fault> {
    let body = line.strip_prefix(b"S,").unwrap_or_default();
    let end = memchr::memchr(b',', body).unwrap_or(body.len());
    let rest = body.get(end + 1..).unwrap_or_default();
    let first = || text(cells(rest).next().unwrap_or_default());
    Ok(match &body[..end] {
        b"CURRENT PROTOCOL" => System::Protocol(first()),
        b"SERVER CONNECTED" => System::Connected,
        b"SERVER DISCONNECTED" | b"SERVER RECONNECT FAILED" => System::Disconnected,
        // Further cells hold the account's password: they go no further than here.
        b"CUST" => System::Service(first()),
        b"CURRENT UPDATE FIELDNAMES" => System::FieldNames(cells(rest).map(text).collect()),
        b"SYMBOL LIMIT REACHED" => System::SymbolLimit(symbol(cells(rest).next())?),
        b"CLEAR DEPTH" => {
            let [sym, side] = first_cells(rest)?;
            System::ClearDepth(symbol(Some(sym))?, book_side(side)?)
        }
        b"STATS" => {
            let mut fields = cells(line);
            let state = fields.nth(12).ok_or_else(|| Fault::short(line))?;
            let version = text(fields.next().unwrap_or_default());
            System::Stats { connected: state == b"Connected", version }
        }
        _ => System::Other,
    })
}

/// Text for people and for comparisons; what is not ASCII is escaped.
fn text(cell: &[u8]) -> String {
    cell.escape_ascii().to_string()
}

/// A symbol.
pub(super) fn symbol(cell: Option<&[u8]>) -> Result<Sym, Fault> {
    let cell = cell.unwrap_or_default();
    Sym::from_bytes(cell).ok_or_else(|| Fault::cell("the symbol", cell))
}

/// `A` or `B`.
pub(super) fn book_side(cell: &[u8]) -> Result<BookSide, Fault> {
    match cell {
        b"A" => Ok(BookSide::Ask),
        b"B" => Ok(BookSide::Bid),
        _ => Err(Fault::cell("the side", cell)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_says() {
        let es = Sym::new("@ESZ25").unwrap();
        for (line, system) in [
            ("S,CURRENT PROTOCOL,6.2", System::Protocol("6.2".into())),
            ("S,SERVER CONNECTED", System::Connected),
            ("S,SERVER DISCONNECTED", System::Disconnected),
            ("S,SERVER RECONNECT FAILED", System::Disconnected),
            (
                "S,CUST,real_time,10.0.0.1,60002,hidden,6.2,0,,,",
                System::Service("real_time".into()),
            ),
            ("S,SYMBOL LIMIT REACHED,@ESZ25", System::SymbolLimit(es)),
            ("S,CLEAR DEPTH,@ESZ25,B,", System::ClearDepth(es, BookSide::Bid)),
            (
                "S,STATS,,,0,0,1,0,0,0,,,Not Connected,6.0.0.4,474614,0,0,,0.02,0.02,,",
                System::Stats { connected: false, version: "6.0.0.4".into() },
            ),
            ("S,KEY,12345", System::Other),
            ("S,", System::Other),
        ] {
            assert_eq!(read(line.as_bytes()), Ok(system), "{line}");
        }
        assert!(read(b"S,CLEAR DEPTH,@ESZ25").is_err());
        assert!(read(b"S,CLEAR DEPTH,@ESZ25,X,").is_err());
        assert!(read(b"S,STATS,1,2").is_err());
    }
}
