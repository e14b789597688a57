//! The author's bar shapes, made causal: known at the close of the last of three completed bars.

use crate::strategies::patterns::battle_navale::candle::Tape;
use crate::strategies::view::BarTicks;

/// Bars of the longest shape.
pub(super) const BARS: usize = 4;

/// The names of the shapes that end with the newest bar: at most one of either kind.
pub(super) fn shapes(tape: &Tape) -> impl Iterator<Item = &'static str> {
    let long = newest::<3>(tape)
        .and_then(|bars| either(bars, long_down_up, ["long_down_up", "long_up_down"]));
    let colour = newest::<BARS>(tape)
        .and_then(|bars| either(bars, colour_down, ["colour_down", "colour_up"]));
    long.into_iter().chain(colour)
}

/// The newest bars, the oldest of them first.
fn newest<const N: usize>(tape: &Tape) -> Option<[BarTicks; N]> {
    let mut bars = [BarTicks::default(); N];
    for (bar, candle) in bars.iter_mut().zip(tape.newest(N)?) {
        *bar = candle.bar;
    }
    Some(bars)
}

/// The shape as it is drawn, or upside down; never both, as opens and closes contradict.
fn either<const N: usize>(
    bars: [BarTicks; N],
    shape: impl Fn([BarTicks; N]) -> bool,
    [upright, mirrored]: [&'static str; 2],
) -> Option<&'static str> {
    if shape(bars) {
        Some(upright)
    } else {
        shape(bars.map(BarTicks::mirrored)).then_some(mirrored)
    }
}

const fn long_down_up([a, b, c]: [BarTicks; 3]) -> bool {
    b.open < a.close
        && a.high > b.low + 8
        && c.open > b.close
        && c.high > b.low + 8
        && c.high > a.high
}

const fn colour_down([z, a, b, c]: [BarTicks; 4]) -> bool {
    c.open < b.close
        && b.high > c.low + 12
        && c.low < b.low
        && a.open < z.close
        && z.high > a.low + 12
        && a.low < z.low
        && b.high < a.high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::patterns::battle_navale::candle::tests::candle;

    /// The shapes of these bars (open, high, low, close), and that the mirror sees the mirrored.
    fn seen(bars: &[[i64; 4]]) -> Vec<&'static str> {
        const OTHER: [(&str, &str); 4] = [
            ("long_down_up", "long_up_down"),
            ("long_up_down", "long_down_up"),
            ("colour_down", "colour_up"),
            ("colour_up", "colour_down"),
        ];
        let of = |bars: Vec<[i64; 4]>| {
            let mut tape = Tape::new(9);
            for bar in bars {
                tape.push(candle(bar, (1, 1)));
            }
            shapes(&tape).collect::<Vec<_>>()
        };
        let upright = of(bars.to_vec());
        let mirrored = of(bars.iter().map(|[o, h, l, c]| [-o, -l, -h, -c]).collect());
        let turned: Vec<_> =
            upright.iter().map(|s| OTHER.iter().find(|(a, _)| a == s).unwrap().1).collect();
        assert_eq!(mirrored, turned);
        upright
    }

    #[test]
    fn long_down_up_and_a_miss_of_each_condition() {
        let whole = [[10, 12, 8, 11], [10, 11, 2, 3], [4, 13, 3, 12]];
        assert_eq!(seen(&whole), ["long_down_up"]);
        assert_eq!(seen(&whole[1..]), [""; 0]);
        let with = |i: usize, bar: [i64; 4]| {
            let mut bars = whole;
            bars[i] = bar;
            seen(&bars)
        };
        assert_eq!(with(1, [11, 11, 2, 3]), [""; 0], "o_b < c_a");
        assert_eq!(with(0, [10, 10, 8, 11]), [""; 0], "h_a > l_b + 8");
        assert_eq!(with(0, [10, 11, 8, 11]), ["long_down_up"]);
        assert_eq!(with(2, [3, 13, 3, 12]), [""; 0], "o_c > c_b");
        assert_eq!(with(2, [4, 12, 3, 12]), [""; 0], "h_c > h_a");
        let low = [[1, 9, 1, 9], [8, 9, 0, 1], [2, 10, 2, 9]];
        assert_eq!(seen(&low), ["long_down_up"]);
        assert_eq!(seen(&[low[0], low[1], [2, 8, 2, 8]]), [""; 0], "h_c > l_b + 8");
    }

    #[test]
    fn colour_down_and_a_miss_of_each_condition() {
        let whole = [[20, 24, 18, 20], [19, 22, 8, 10], [11, 20, 7, 15], [14, 15, 4, 5]];
        // The last three of them are a long up-down as well.
        let colours = |bars: &[[i64; 4]]| {
            seen(bars).into_iter().filter(|name| name.starts_with("colour")).collect::<Vec<_>>()
        };
        assert_eq!(seen(&whole), ["long_up_down", "colour_down"]);
        let with = |i: usize, bar: [i64; 4]| {
            let mut bars = whole;
            bars[i] = bar;
            colours(&bars)
        };
        assert_eq!(with(3, [15, 15, 4, 5]), [""; 0], "o_c < c_b");
        assert_eq!(with(3, [14, 15, 8, 9]), [""; 0], "h_b > l_c + 12");
        assert_eq!(with(3, [14, 15, 7, 9]), [""; 0], "l_c < l_b");
        for (low, shape) in [(7, vec!["colour_down"]), (8, vec![])] {
            let bars = [whole[0], whole[1], [11, 20, 9, 15], [14, 15, low, 9]];
            assert_eq!(colours(&bars), shape, "h_b > l_c + 12 alone");
        }
        assert_eq!(with(1, [20, 22, 8, 10]), [""; 0], "o_a < c_z");
        assert_eq!(with(1, [19, 22, 12, 13]), [""; 0], "h_z > l_a + 12");
        assert_eq!(with(0, [20, 24, 8, 20]), [""; 0], "l_a < l_z");
        assert_eq!(with(1, [19, 20, 8, 10]), [""; 0], "h_b < h_a");
    }
}
