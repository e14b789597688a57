//! High- and low-volume nodes of a profile (QUANT 2.1).

use crate::config::ProfileSettings;
use crate::features::profile::VolumeProfile;
use crate::market::Ticks;

/// Weights of the smoothing; their sum is [`WEIGHT`].
const WEIGHTS: [u64; 5] = [1, 2, 3, 2, 1];
/// What a smoothed row is a multiple of, so that everything stays a whole number.
const WEIGHT: u128 = 9;
/// Rows that the smoothing reaches beyond the profile on either side.
const REACH: usize = 2;
/// Most high-volume nodes of a profile, the largest.
const MOST: usize = 16;

/// Nodes of a profile, highest price first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Nodes {
    /// High-volume nodes: where much was traded.
    pub high: Vec<Ticks>,
    /// Low-volume nodes: what lies between two of them and was hardly traded.
    pub low: Vec<Ticks>,
}

/// A peak of the smoothed rows.
#[derive(Clone, Copy, Debug)]
struct Peak {
    /// Its row in the smoothed rows.
    row: usize,
    /// Smoothed volume.
    volume: u64,
}

impl Nodes {
    /// The nodes of `profile`.
    ///
    /// # Formula
    /// Rows are smoothed with the triangle 1-2-3-2-1; beyond the profile there is nothing. A
    /// high-volume node is a local maximum whose prominence (height over the higher of the two
    /// saddles to more volume) is at least `hvn_prominence_pct` (15 %) of the volume of the point of
    /// control; of two closer than `hvn_gap_ticks` (8) the larger stays, of equals the lower. A
    /// low-volume node is the minimum between two neighbouring high-volume nodes, if its volume is at
    /// most `lvn_pct` (50 %) of the smaller of the two; of equal rows the one nearest to the middle
    /// between them, of two such the lower. On a plateau the row of the greatest raw volume stands
    /// for it, then the one nearest to its middle, then the lower. At most 16 high-volume nodes.
    pub fn of(profile: &VolumeProfile, settings: &ProfileSettings) -> Self {
        let rows = profile.rows();
        let (Some((low, _)), Some(most)) = (profile.span(), rows.iter().max()) else {
            return Self::default();
        };
        let smooth = smoothed(rows);
        let mut peaks = peaks(rows, &smooth);
        let left = bases(smooth.iter().copied());
        let right = bases(smooth.iter().rev().copied());
        let enough = u128::from(*most) * u128::from(settings.hvn_prominence_pct) * WEIGHT;
        peaks.retain(|peak| {
            let base = left[peak.row].max(right[smooth.len() - 1 - peak.row]);
            u128::from(peak.volume - base) * 100 >= enough
        });
        let kept = far_apart(peaks, settings.hvn_gap_ticks);
        let price = |row: usize| Ticks(low.0 + row as i64 - REACH as i64);
        let valleys = kept.windows(2).filter_map(|pair| valley(&smooth, pair, settings.lvn_pct));
        Self {
            low: valleys.map(price).collect(),
            high: kept.iter().map(|peak| price(peak.row)).collect(),
        }
    }
}

/// The rows smoothed, nine times their mean; [`REACH`] rows longer on both sides.
fn smoothed(rows: &[u64]) -> Vec<u64> {
    let mut smooth = vec![0; rows.len() + 2 * REACH];
    for (i, volume) in rows.iter().enumerate() {
        for (k, weight) in WEIGHTS.iter().enumerate() {
            smooth[i + k] += weight * volume;
        }
    }
    smooth
}

/// Local maxima, lowest price first; a plateau counts once.
fn peaks(rows: &[u64], smooth: &[u64]) -> Vec<Peak> {
    let mut peaks = Vec::new();
    let mut from = 0;
    while from < smooth.len() {
        let volume = smooth[from];
        let to = from + smooth[from..].iter().take_while(|v| **v == volume).count() - 1;
        let rises = from == 0 || smooth[from - 1] < volume;
        let falls = smooth.get(to + 1).is_none_or(|next| *next < volume);
        if volume > 0 && rises && falls {
            let raw = |row: usize| {
                row.checked_sub(REACH).and_then(|row| rows.get(row)).copied().unwrap_or(0)
            };
            let off = |row: usize| (2 * row).abs_diff(from + to);
            let best = (from..=to).min_by_key(|row| (std::cmp::Reverse(raw(*row)), off(*row)));
            peaks.push(Peak { row: best.unwrap_or(from), volume });
        }
        from = to + 1;
    }
    peaks
}

/// For each row the least volume on the way back to the last row with more, 0 if there is none.
///
/// Linear: a stack of rows of falling volume, each with the least volume since the one below it.
fn bases(rows: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut stack: Vec<(u64, u64)> = Vec::new();
    rows.map(|volume| {
        let mut least = volume;
        while let Some((_, between)) = stack.pop_if(|(height, _)| *height <= volume) {
            least = least.min(between);
        }
        let base = if stack.is_empty() { 0 } else { least };
        stack.push((volume, least));
        base
    })
    .collect()
}

/// The largest peaks that keep the distance, highest price first.
fn far_apart(mut peaks: Vec<Peak>, gap: i64) -> Vec<Peak> {
    peaks.sort_by_key(|peak| (std::cmp::Reverse(peak.volume), peak.row));
    let mut kept: Vec<Peak> = Vec::new();
    for peak in peaks {
        if kept.len() == MOST {
            break;
        }
        if kept.iter().all(|other| other.row.abs_diff(peak.row) as i64 >= gap) {
            kept.push(peak);
        }
    }
    kept.sort_by_key(|peak| std::cmp::Reverse(peak.row));
    kept
}

/// The row of least volume between two nodes, the upper one first, if it is thin enough.
fn valley(smooth: &[u64], pair: &[Peak], pct: u64) -> Option<usize> {
    let [upper, lower] = pair else { return None };
    let off = |row: usize| (2 * row).abs_diff(upper.row + lower.row);
    let row = (lower.row + 1..upper.row).min_by_key(|row| (smooth[*row], off(*row), *row))?;
    let smaller = u128::from(upper.volume.min(lower.volume));
    (u128::from(smooth[row]) * 100 <= smaller * u128::from(pct)).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn profile(rows: &[u64]) -> VolumeProfile {
        let mut profile = VolumeProfile::default();
        for (i, volume) in rows.iter().enumerate().filter(|(_, volume)| **volume > 0) {
            profile.add(Ticks(i as i64), *volume);
        }
        profile
    }

    /// The definition word by word, in quadratic time, over a map of prices without any padding.
    fn by_hand(rows: &[u64], settings: &ProfileSettings) -> Nodes {
        let raw = |p: i64| usize::try_from(p).ok().and_then(|p| rows.get(p)).copied().unwrap_or(0);
        let smooth =
            |p: i64| raw(p - 2) + 2 * raw(p - 1) + 3 * raw(p) + 2 * raw(p + 1) + raw(p + 2);
        let span = -10..rows.len() as i64 + 10;
        let between = |a: i64, b: i64| (a.min(b)..=a.max(b)).map(smooth).min().unwrap();
        let poc = *rows.iter().max().unwrap() as f64;
        let mut candidates: Vec<i64> = Vec::new();
        for p in span.clone() {
            let here = smooth(p);
            let up = (p..=span.end + 1).find(|q| smooth(*q) != here).unwrap_or(span.end + 1);
            let down =
                (span.start - 5..=p).rev().find(|q| smooth(*q) != here).unwrap_or(span.start);
            if here == 0 || smooth(up) > here || smooth(down) > here {
                continue;
            }
            let (from, to) = (down + 1, up - 1);
            // Only the row that stands for its plateau.
            let better = |q: &i64| (std::cmp::Reverse(raw(*q)), (2 * q - from - to).abs(), *q);
            if (from..=to).min_by_key(better) != Some(p) {
                continue;
            }
            let saddle = span.clone().filter(|q| smooth(*q) > here).map(|q| between(p, q)).max();
            let prominence = (here - saddle.unwrap_or(0)) as f64 / 9.0;
            if prominence >= poc * settings.hvn_prominence_pct as f64 / 100.0 - 1e-9 {
                candidates.push(p);
            }
        }
        candidates.sort_by_key(|p| (std::cmp::Reverse(smooth(*p)), *p));
        let mut high: Vec<i64> = Vec::new();
        for p in candidates {
            if high.len() < 16 && high.iter().all(|q| (p - q).abs() >= settings.hvn_gap_ticks) {
                high.push(p);
            }
        }
        high.sort_by_key(|p| -p);
        let mut low = Vec::new();
        for pair in high.windows(2) {
            let middle = (pair[0] + pair[1]) as f64 / 2.0;
            let least = (pair[1] + 1..pair[0]).map(smooth).min().unwrap();
            let row = (pair[1] + 1..pair[0])
                .filter(|p| smooth(*p) == least)
                .min_by(|a, b| (*a as f64 - middle).abs().total_cmp(&(*b as f64 - middle).abs()))
                .unwrap();
            let smaller = smooth(pair[0]).min(smooth(pair[1]));
            if least as f64 <= smaller as f64 * settings.lvn_pct as f64 / 100.0 {
                low.push(row);
            }
        }
        Nodes {
            high: high.into_iter().map(Ticks).collect(),
            low: low.into_iter().map(Ticks).collect(),
        }
    }

    #[test]
    fn two_humps_have_a_valley_between_them() {
        let settings = ProfileSettings::default();
        let hump = |centre: i64, height: u64, p: i64| {
            height.saturating_sub((p - centre).unsigned_abs() * height / 6)
        };
        let rows: Vec<u64> = (0..40).map(|p| hump(8, 600, p) + hump(28, 300, p)).collect();
        let nodes = Nodes::of(&profile(&rows), &settings);
        assert_eq!(nodes.high, [Ticks(28), Ticks(8)]);
        assert_eq!(nodes.low, [Ticks(18)]);
        // A shallow valley is none, and a hump on a slope without prominence is no node.
        let filled: Vec<u64> = rows.iter().map(|v| (*v).max(200)).collect();
        assert_eq!(Nodes::of(&profile(&filled), &settings).low, []);
        let filled: Vec<u64> = rows.iter().map(|v| (*v).max(260)).collect();
        assert_eq!(Nodes::of(&profile(&filled), &settings).high, [Ticks(8)]);
        assert_eq!(Nodes::of(&VolumeProfile::default(), &settings), Nodes::default());
        assert_eq!(Nodes::of(&profile(&[7]), &settings).high, [Ticks(0)]);
    }

    #[test]
    fn a_comb_gives_a_bounded_number_of_nodes() {
        let rows: Vec<u64> = (0..5000).map(|i| u64::from(i % 10 == 0) * 100).collect();
        let nodes = Nodes::of(&profile(&rows), &ProfileSettings::default());
        assert_eq!((nodes.high.len(), nodes.low.len()), (MOST, MOST - 1));
    }

    proptest! {
        #[test]
        fn nodes_are_those_of_the_definition(
            mut rows in prop::collection::vec(prop_oneof![Just(0_u64), 0_u64..12, 0_u64..400], 1..60),
            gap in 1_i64..12,
            pct in 1_u64..60,
        ) {
            rows[0] += 1;
            *rows.last_mut().unwrap() += 1;
            let settings = ProfileSettings {
                hvn_gap_ticks: gap, hvn_prominence_pct: pct, ..ProfileSettings::default()
            };
            prop_assert_eq!(Nodes::of(&profile(&rows), &settings), by_hand(&rows, &settings));
        }

        #[test]
        fn scale_changes_nothing_and_the_mirror_mirrors(
            rows in prop::collection::vec(1_u64..2000, 8..60), k in 2_u64..9
        ) {
            let settings = ProfileSettings::default();
            let nodes = Nodes::of(&profile(&rows), &settings);
            let scaled: Vec<u64> = rows.iter().map(|v| v * k).collect();
            prop_assert_eq!(&Nodes::of(&profile(&scaled), &settings), &nodes);
            let smooth = smoothed(&rows);
            let mut unique = smooth.clone();
            unique.sort_unstable();
            unique.dedup();
            // Ties go to the lower price, so only a profile without them has an exact mirror.
            if unique.len() == smooth.len() {
                let mirror: Vec<u64> = rows.iter().rev().copied().collect();
                let mirror = Nodes::of(&profile(&mirror), &settings);
                let turned = |list: &[Ticks]| -> Vec<Ticks> {
                    list.iter().rev().map(|p| Ticks(rows.len() as i64 - 1 - p.0)).collect()
                };
                prop_assert_eq!(mirror.high, turned(&nodes.high));
                prop_assert_eq!(mirror.low, turned(&nodes.low));
            }
        }
    }
}
