//! The wrong contract month: the month that trades most in a session is not one of those that the
//! calendar allows then, or it has expired.
//!
//! Allowed are the front month of the customary roll date (`market::front_contract`), the one after
//! it from a week before that date, and the old one until it expires. Judged once a session, when
//! the next one begins or the input ends; live as `wrong_contract`, in files as `back_month`: a
//! file of one contract may well begin before it was the front month.

use crate::market::Calendar;
use crate::market::ContractMonth;
use crate::market::Sym;
use crate::market::TradeDate;
use crate::market::front_contract;
use crate::quality::Code;
use crate::quality::Findings;
use crate::quality::finding::Place;
use crate::quality::finding::SymIndex;

/// Trade dates before the roll on which the next contract may lead: calendar days.
const EARLY_DAYS: i64 = 8;

#[derive(Clone, Debug)]
struct Product {
    root: String,
    date: TradeDate,
    /// Contract, where it is counted, volume, last stamp and place.
    volumes: Vec<(Sym, SymIndex, u64, i64, Place)>,
    live: bool,
}

/// Volumes of the session in hand, by product.
#[derive(Clone, Debug, Default)]
pub(in crate::quality) struct Contracts {
    products: Vec<Product>,
}

/// A trade or bar as this check sees it.
pub(in crate::quality) struct Traded<'a> {
    /// Contract.
    pub sym: Sym,
    /// Where its findings are counted.
    pub at: SymIndex,
    /// Contracts.
    pub volume: u64,
    /// Microseconds UTC.
    pub ts: i64,
    /// Trade date.
    pub date: TradeDate,
    /// Whether the stream is, or was recorded, live.
    pub live: bool,
    /// Trading days.
    pub calendar: &'a Calendar,
}

impl Contracts {
    /// Folds one trade or bar.
    pub(in crate::quality) fn see(&mut self, traded: &Traded<'_>, out: &mut Findings) {
        let Some(contract) = month_of(&traded.sym, traded.date) else { return };
        let root = traded.sym.root();
        let at = self.products.iter().position(|p| p.root == root).unwrap_or_else(|| {
            let (root, date) = (root.to_owned(), traded.date);
            self.products.push(Product { root, date, volumes: Vec::new(), live: false });
            self.products.len() - 1
        });
        let product = &mut self.products[at];
        if product.date != traded.date {
            product.judge(traded.calendar, out);
            product.date = traded.date;
            product.volumes.clear();
        }
        product.live = traded.live;
        let place = out.place();
        match product.volumes.iter_mut().find(|v| v.0 == traded.sym) {
            Some(entry) => {
                entry.2 = entry.2.saturating_add(traded.volume);
                entry.3 = traded.ts;
            }
            None => product.volumes.push((traded.sym, traded.at, traded.volume, traded.ts, place)),
        }
        out.look(traded.at, Code::Expired);
        if let Ok(end) = contract.trading_ends(traded.calendar)
            && traded.ts > end
        {
            out.note(traded.at, Code::Expired, Some(traded.ts), || {
                format!("{contract} stopped trading {} s before", (traded.ts - end) / 1_000_000)
            });
        }
    }

    /// The input ends: judges the sessions in hand.
    pub(in crate::quality) fn end(&mut self, calendar: &Calendar, out: &mut Findings) {
        for product in &mut self.products {
            product.judge(calendar, out);
            product.volumes.clear();
        }
    }
}

impl Product {
    fn judge(&self, calendar: &Calendar, out: &mut Findings) {
        let leader = self.volumes.iter().max_by_key(|v| (v.2, std::cmp::Reverse(v.0)));
        let Some((sym, at, volume, ts, place)) = leader else { return };
        let Some(contract) = month_of(sym, self.date) else { return };
        let Ok(front) = front_contract(&self.root, self.date) else { return };
        let code = if self.live { Code::WrongContract } else { Code::BackMonth };
        out.look(*at, code);
        if allowed(contract, front, self.date, calendar) {
            return;
        }
        let date = self.date;
        out.note_many(*at, code, 1, Some(*ts), *place, || {
            format!(
                "session {date}: most volume ({volume}) in {contract}, the front month is {front}"
            )
        });
    }
}

/// Whether `sym` is one of the months that trade on `date`, or names none.
pub(in crate::quality) fn is_traded(sym: &Sym, date: TradeDate, calendar: &Calendar) -> bool {
    month_of(sym, date).is_none_or(|contract| {
        front_contract(sym.root(), date).is_ok_and(|front| allowed(contract, front, date, calendar))
    })
}

fn allowed(
    contract: ContractMonth,
    front: ContractMonth,
    date: TradeDate,
    calendar: &Calendar,
) -> bool {
    let key = |c: ContractMonth| (c.year, c.month);
    if key(contract) == key(front) {
        return true;
    }
    if front.next().is_ok_and(|next| key(next) == key(contract)) {
        let roll = front.roll_date().ok().and_then(TradeDate::civil);
        return roll
            .zip(date.civil())
            .is_some_and(|(roll, date)| date.duration_until(roll).as_hours() <= EARLY_DAYS * 24);
    }
    let old = contract.next().is_ok_and(|next| key(next) == key(front));
    old && contract.expiry(calendar).is_ok_and(|expiry| date <= expiry)
}

/// The contract of a symbol with a quarterly month code and a year of one, two or four digits; a
/// short year is the one nearest to `date`. `None` for continuous symbols and other months.
pub(in crate::quality) fn month_of(sym: &Sym, date: TradeDate) -> Option<ContractMonth> {
    let root = sym.root();
    let code = sym.as_str().get(root.len()..)?;
    let month = match code.as_bytes().first()? {
        b'H' => 3,
        b'M' => 6,
        b'U' => 9,
        b'Z' => 12,
        _ => return None,
    };
    let digits: &str = code.get(1..)?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let year: i64 = digits.get(..length)?.parse().ok()?;
    let now = i64::from(date.year());
    let year = match length {
        4 => year,
        2 => nearest(year, 100, now),
        1 => nearest(year, 10, now),
        _ => return None,
    };
    ContractMonth::new(root, i16::try_from(year).ok()?, month).ok()
}

/// The number that ends in `year` modulo `cycle` and is nearest to `now`.
fn nearest(year: i64, cycle: i64, now: i64) -> i64 {
    let ahead = (year - now).rem_euclid(cycle);
    if ahead > cycle / 2 { now + ahead - cycle } else { now + ahead }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_names_its_month() {
        let date = TradeDate(20_230_301);
        for (sym, month) in [
            ("ESM23", Some((2023, 6))),
            ("ESM3", Some((2023, 6))),
            ("ESZ2", Some((2022, 12))),
            ("ESH2024", Some((2024, 3))),
            ("ESU25_FUT_CME", Some((2025, 9))),
            ("MNQU21-CME", Some((2021, 9))),
            ("ES", None),
            ("ES.c.0", None),
            ("CLF24", None),
        ] {
            let found = month_of(&Sym::new(sym).unwrap(), date).map(|c| (c.year, c.month));
            assert_eq!(found, month, "{sym}");
        }
    }

    #[test]
    fn months_are_allowed_around_the_roll() {
        let calendar = Calendar::builtin().unwrap();
        // June 2023: roll on Monday the 12th, expiry on Friday the 16th.
        for (date, sym, fine) in [
            (20_230_601, "ESM23", true),
            (20_230_601, "ESU23", false),
            (20_230_606, "ESU23", true),
            (20_230_613, "ESM23", true),
            (20_230_616, "ESM23", true),
            (20_230_619, "ESM23", false),
            (20_230_601, "ESZ23", false),
        ] {
            let date = TradeDate(date);
            let contract = month_of(&Sym::new(sym).unwrap(), date).unwrap();
            let front = front_contract("ES", date).unwrap();
            assert_eq!(allowed(contract, front, date, &calendar), fine, "{sym} on {date}");
        }
    }
}
