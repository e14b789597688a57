//! Numbers as people read them: thousands apart, dollars in billions or millions, shares in percent.

use crate::cli::exposure::place;
use jiff::Timestamp;

/// Dollars in a billion.
pub(super) const BILLION: f64 = 1e9;

/// Groups the digits before the point: `-1234567.5` with one digit is `-1,234,567.5`.
pub(super) fn grouped(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (sign, rest) = match text.strip_prefix('-') {
        // What rounds to nothing has no sign.
        Some(rest) if rest.bytes().all(|b| matches!(b, b'0' | b'.')) => ("", rest),
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A price or a strike: two digits after the point, none where it is whole.
pub(super) fn points(value: f64) -> String {
    if (value - value.round()).abs() < 0.005 {
        grouped(value.round(), 0)
    } else {
        grouped(value, 2)
    }
}

/// As [`points`], a dash for nothing.
pub(super) fn points_or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), points)
}

/// A whole number.
pub(super) fn count(value: u64) -> String {
    grouped(value as f64, 0)
}

/// With its sign, plus as well.
pub(super) fn signed(value: f64, digits: usize) -> String {
    let text = grouped(value, digits);
    if text.starts_with('-') || text.bytes().all(|b| matches!(b, b'0' | b'.')) {
        text
    } else {
        format!("+{text}")
    }
}

/// Dollars with their sign: `+$41.7 bn`, `-$3.10 m`, `+$120 k`: three digits, whatever the size.
pub(super) fn dollars(value: f64) -> String {
    let text = dollars_unsigned(value.abs());
    match value {
        v if v > 0.0 => format!("+{text}"),
        v if v < 0.0 => format!("-{text}"),
        _ => text,
    }
}

/// As [`dollars`], of an amount that has no sign.
pub(super) fn dollars_unsigned(value: f64) -> String {
    let size = value.abs();
    let (scaled, unit) = if size >= 0.9995e9 {
        (value / BILLION, "bn")
    } else if size >= 0.9995e6 {
        (value / 1e6, "m")
    } else {
        (value / 1e3, "k")
    };
    let digits = match scaled.abs() {
        s if s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        _ => 2,
    };
    format!("${} {unit}", grouped(scaled, digits))
}

/// A share of one in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", grouped(share * 100.0, 1))
}

/// As [`percent`] with two digits and the sign: how far a price is from another.
pub(super) fn distance(from: f64, to: f64) -> String {
    format!("{} %", signed((to / from - 1.0) * 100.0, 2))
}

/// How long ago: `45 s`, `15 min`, `6 h 40 min`, `2 d 3 h`.
pub(super) fn age(seconds: i64) -> String {
    match seconds {
        s if s < 0 => format!("{} ahead", age(-s)),
        s if s < 120 => format!("{s} s"),
        s if s < 7200 => format!("{} min", s / 60),
        s if s < 172_800 => format!("{} h {} min", s / 3600, s / 60 % 60),
        s => format!("{} d {} h", s / 86_400, s / 3600 % 24),
    }
}

/// A length of time in minutes, for people.
pub(super) fn minutes(value: f64) -> String {
    if value < 600.0 {
        format!("{} min", grouped(value, 0))
    } else if value < 2880.0 {
        format!("{} h", grouped(value / 60.0, 1))
    } else {
        format!("{} d", grouped(value / 1440.0, 1))
    }
}

/// A stamp in New York: `Fri 2023-06-09 13:40 EDT`.
pub(super) fn stamp(us: i64) -> String {
    shown(us, "%a %Y-%m-%d %H:%M %Z")
}

/// As [`stamp`], without the day of the week and the zone.
pub(super) fn short_stamp(us: i64) -> String {
    shown(us, "%Y-%m-%d %H:%M")
}

fn shown(us: i64, format: &str) -> String {
    match Timestamp::from_microsecond(us) {
        Ok(at) => at.to_zoned(place::new_york()).strftime(format).to_string(),
        Err(_) => format!("{us} us"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (value, digits, text) in [
            (0.0, 0, "0"),
            (-0.001, 2, "0.00"),
            (999.0, 0, "999"),
            (1000.0, 0, "1,000"),
            (-1_234_567.891, 2, "-1,234,567.89"),
            (999.996, 2, "1,000.00"),
        ] {
            assert_eq!(grouped(value, digits), text);
        }
        assert_eq!(points(5000.0), "5,000");
        assert_eq!(points(4202.7941), "4,202.79");
        assert_eq!(points_or_dash(None), "-");
        assert_eq!(count(13_313_538), "13,313,538");
    }

    #[test]
    fn dollars_keep_their_size() {
        for (value, text) in [
            (-41.725e9, "-$41.7 bn"),
            (1.212_563e9, "+$1.21 bn"),
            (-999.9e6, "-$1.00 bn"),
            (120.4e6, "+$120 m"),
            (-4850.25, "-$4.85 k"),
            (0.0, "$0.00 k"),
        ] {
            assert_eq!(dollars(value), text);
        }
        assert_eq!(percent(0.0944), "9.4 %");
        assert_eq!(distance(4000.0, 4100.0), "+2.50 %");
    }

    #[test]
    fn times_and_ages_in_words() {
        assert_eq!(stamp(1_686_332_400_000_000), "Fri 2023-06-09 13:40 EDT");
        assert_eq!(short_stamp(1_686_332_400_000_000), "2023-06-09 13:40");
        for (seconds, text) in [
            (45, "45 s"),
            (900, "15 min"),
            (24_000, "6 h 40 min"),
            (183_600, "2 d 3 h"),
            (-60, "60 s ahead"),
        ] {
            assert_eq!(age(seconds), text);
        }
        assert_eq!(minutes(390.0), "390 min");
        assert_eq!(minutes(10_080.0), "7.0 d");
    }
}
