//! Laws that hold for any chain.

use mia::config::DealerSign;
use mia::config::OptionSettings;
use mia::market::Calendar;
use mia::market::Sym;
use mia::market::TradeDate;
use mia::options::BsmInput;
use mia::options::Exclusion;
use mia::options::Exposure;
use mia::options::OptionRow;
use mia::options::Refusal;
use mia::options::Snapshot;
use mia::options::Valuation;
use mia::options::bsm;
use mia::options::settlement;
use mia::options::years;
use mia::wire::Right;
use mia::wire::Settlement;
use proptest::prelude::*;

/// 2026-11-18 15:30 UTC, an hour after the open.
const AT: i64 = 1_795_015_800_000_000;
const SPOT: f64 = 5000.0;

/// Open interest of call and put by strike, for each of three expiries.
type Interest = Vec<Vec<(u64, u64)>>;

/// A chain with a smile, priced by the model with the default rates; strikes 4500 to 5500.
fn chain(interest: &Interest) -> Snapshot {
    let calendar = Calendar::builtin().unwrap();
    let settings = OptionSettings::default();
    let mut rows = Vec::new();
    let dates = [TradeDate(20_261_118), TradeDate(20_261_120), TradeDate(20_261_218)];
    for (exp, series) in dates.into_iter().zip(interest) {
        let tau = years(AT, settlement(&calendar, exp, Settlement::Pm).unwrap());
        for (i, oi) in series.iter().enumerate() {
            let strike = 4500.0 + 5.0 * i as f64;
            let vol = 0.15 - 0.4 * (strike / SPOT - 1.0);
            for right in [Right::Call, Right::Put] {
                let greeks = bsm(
                    right,
                    &BsmInput {
                        spot: SPOT,
                        strike,
                        tau,
                        rate: settings.rate,
                        dividend: settings.dividend,
                        vol,
                    },
                );
                rows.push(OptionRow {
                    root: Sym::new("SPXW").unwrap(),
                    exp,
                    settle: Settlement::Pm,
                    right,
                    strike,
                    bid: Some((greeks.price * 0.99).max(0.0)),
                    ask: Some(greeks.price * 1.01 + 0.001),
                    iv: Some(vol),
                    gamma: Some(greeks.gamma),
                    oi: Some(if right == Right::Call { oi.0 } else { oi.1 }),
                    volume: Some(1),
                    asof: AT,
                    oi_asof: AT,
                });
            }
        }
    }
    Snapshot {
        und: Sym::new("SPX").unwrap(),
        ts: AT,
        asof: AT,
        spot: Some(SPOT),
        stated: rows.len() as u64,
        src: None,
        rows,
    }
}

fn value_with(snapshot: &Snapshot, settings: &OptionSettings) -> Exposure {
    let valuation = Valuation::new(settings, Calendar::builtin().unwrap());
    valuation.value(snapshot, AT, None).unwrap()
}

fn value(snapshot: &Snapshot) -> Exposure {
    value_with(snapshot, &OptionSettings::default())
}

fn interest() -> impl Strategy<Value = Interest> {
    prop::collection::vec(prop::collection::vec((0_u64..5000, 1_u64..5000), 201), 3)
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.abs()
}

/// A number for every field that must not depend on what a law changes.
fn whole(exposure: &Exposure) -> String {
    format!("{exposure:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn shuffled_rows_change_no_bit(oi in interest(), seed in any::<u64>()) {
        let mut snapshot = chain(&oi);
        let before = whole(&value(&snapshot));
        let mut state = seed | 1;
        for i in (1..snapshot.rows.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            snapshot.rows.swap(i, (state >> 33) as usize % (i + 1));
        }
        prop_assert_eq!(before, whole(&value(&snapshot)));
    }

    #[test]
    fn exposure_is_linear_in_open_interest_and_the_flip_does_not_move(
        oi in interest(), factor in 2_u64..20
    ) {
        let once = value(&chain(&oi));
        let more: Interest = oi
            .iter()
            .map(|s| s.iter().map(|o| (o.0 * factor, o.1 * factor)).collect())
            .collect();
        let more = value(&chain(&more));
        let k = factor as f64;
        prop_assert!(close(more.net(), k * once.net(), more.gross));
        prop_assert!(close(more.gross, k * once.gross, more.gross));
        prop_assert!(close(more.vex.unwrap(), k * once.vex.unwrap(), more.vex.unwrap()));
        prop_assert!(close(more.charm.unwrap(), k * once.charm.unwrap(), more.gross));
        match (once.flip, more.flip) {
            (Some(a), Some(b)) => prop_assert!((a.price - b.price).abs() <= 1e-4),
            (a, b) => prop_assert_eq!(a, b),
        }
        prop_assert_eq!(once.walls, more.walls);
        prop_assert_eq!(once.max_pain, more.max_pain);
    }

    #[test]
    fn calls_and_puts_exchanged_with_their_signs_give_the_mirror(oi in interest()) {
        // Gamma and vanna are the same for call and put: exchanging open interest and signs keeps net.
        let settings = OptionSettings::default();
        let mirrored = OptionSettings {
            dealer_sign: DealerSign { call: settings.dealer_sign.put, put: settings.dealer_sign.call },
            ..settings.clone()
        };
        let swapped: Interest =
            oi.iter().map(|s| s.iter().map(|o| (o.1, o.0)).collect()).collect();
        let a = value_with(&chain(&oi), &settings);
        let b = value_with(&chain(&swapped), &mirrored);
        let tolerance = 1e-3 * a.gross;
        prop_assert!((a.net() - b.net()).abs() <= tolerance, "{} {}", a.net(), b.net());
        prop_assert!((a.calls - b.puts).abs() <= tolerance);
        // The other sign alone turns net around and exactly so.
        let short = OptionSettings { dealer_sign: DealerSign { call: -1, put: 1 }, ..settings };
        let c = value_with(&chain(&oi), &short);
        prop_assert!(close(c.net(), -a.net(), a.gross));
        prop_assert!(close(c.gross, a.gross, a.gross));
        prop_assert!(close(c.dex.unwrap(), -a.dex.unwrap(), a.dex.unwrap()));
        match (a.flip, c.flip) {
            (Some(a), Some(c)) => {
                prop_assert!((a.price - c.price).abs() <= 1e-4);
                prop_assert_ne!(a.negative_below, c.negative_below);
            }
            (a, c) => prop_assert_eq!(a, c),
        }
    }

    #[test]
    fn gamma_is_positive_and_the_flip_is_a_zero_of_its_own_curve(oi in interest()) {
        let exposure = value(&chain(&oi));
        for strike in &exposure.by_strike {
            prop_assert!(strike.call >= 0.0 && strike.put <= 0.0);
        }
        prop_assert!(close(exposure.curve.at(SPOT), exposure.net(), exposure.gross));
        if let Some(flip) = exposure.flip {
            prop_assert!(exposure.curve.at(flip.price).abs() <= 1e-6 * exposure.gross);
            let below = exposure.curve.at(flip.price * 0.999);
            prop_assert_eq!(below < 0.0, flip.negative_below);
        }
    }

    #[test]
    fn the_flip_is_what_the_whole_grid_gives(oi in interest()) {
        let exposure = value(&chain(&oi));
        let grid: Vec<(f64, f64)> =
            (900..=1100).map(|i| (f64::from(i) * 5.0, exposure.curve.at(f64::from(i) * 5.0))).collect();
        let kept = |x: f64| exposure.curve.at(x).abs() >= 0.01 * exposure.gross;
        let roots = grid.windows(2).filter(|w| w[0].1 * w[1].1 < 0.0).map(|w| {
            let (mut low, mut high) = (w[0].0, w[1].0);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                let same = exposure.curve.at(middle) * w[0].1 > 0.0;
                if same { low = middle } else { high = middle }
            }
            low
        });
        let nearest = roots
            .filter(|x| kept(x * 0.98) && kept(x * 1.02))
            .min_by(|a, b| (a - SPOT).abs().total_cmp(&(b - SPOT).abs()));
        match (nearest, exposure.flip) {
            (Some(a), Some(b)) => prop_assert!((a - b.price).abs() <= 1e-4, "{a} {b:?}"),
            (a, b) => prop_assert!(a.is_none() && b.is_none(), "{a:?} {b:?}"),
        }
    }
}

#[test]
fn volatilities_from_quotes_are_those_that_made_the_prices() {
    let oi = vec![vec![(100, 100); 201]; 3];
    let exposure = value(&chain(&oi));
    for series in &exposure.by_expiry {
        assert!((series.atm_vol.unwrap() - 0.15).abs() < 2e-3, "{series:?}");
        // The smile falls 0.4 for a move of 1: between the 25-delta strikes that is positive.
        assert!(series.skew.unwrap() > 0.0);
        assert!(series.from_parity);
    }
    assert!((exposure.parity_spot.unwrap() - SPOT).abs() < 0.2);
}

#[test]
fn what_cannot_be_used_is_left_out_and_counted() {
    let oi = vec![vec![(100, 100); 201]; 3];
    let good = chain(&oi);
    let count = |change: &dyn Fn(&mut OptionRow), why: Exclusion| {
        let mut snapshot = good.clone();
        let row = &mut snapshot.rows[201];
        let before = value(&good).used;
        change(row);
        let exposure = value(&snapshot);
        assert_eq!(exposure.excluded.get(&why), Some(&1), "{why:?}: {:?}", exposure.excluded);
        assert_eq!(exposure.used, before - 1, "{why:?}");
        exposure
    };
    count(&|row| row.exp = TradeDate(20_261_117), Exclusion::Expired);
    count(&|row| row.exp = TradeDate(20_261_126), Exclusion::ExpiryDay);
    count(&|row| row.root = Sym::new("NDXP").unwrap(), Exclusion::WrongRoot);
    count(&|row| row.strike = 5001.0, Exclusion::Strike);
    count(&|row| row.bid = row.ask.map(|ask| ask + 1.0), Exclusion::Crossed);
    count(&|row| row.bid = Some(0.0), Exclusion::OneSided);
    count(&|row| row.ask = None, Exclusion::OneSided);
    count(&|row| row.ask = row.ask.map(|ask| 3.0 * ask + 3.0), Exclusion::WideSpread);
    count(&|row| row.oi = None, Exclusion::NoOi);
    count(&|row| (row.bid, row.ask, row.iv) = (None, None, None), Exclusion::NoVol);
    count(&|row| (row.bid, row.ask, row.iv) = (None, None, Some(0.0)), Exclusion::NoVol);
    count(&|row| (row.bid, row.ask, row.iv) = (None, None, Some(5.0)), Exclusion::VolRange);
    // A doubled contract counts once.
    let mut snapshot = good.clone();
    snapshot.rows.push(snapshot.rows[201]);
    let doubled = value(&snapshot);
    assert_eq!(doubled.excluded.get(&Exclusion::Duplicate), Some(&1));
    assert!(close(doubled.net(), value(&good).net(), doubled.gross));
}

#[test]
fn coverage_falls_with_what_is_missing() {
    let oi = vec![vec![(100, 100); 201]; 3];
    let good = chain(&oi);
    let full = value(&good).coverage;
    // Far out-of-the-money options of today cost nothing: their open interest is not usable.
    assert!(full > 0.8, "{full}");
    let mut half = good.clone();
    half.stated *= 2;
    assert!((value(&half).coverage - 0.5 * full).abs() < 1e-12);
    let mut crossed = good;
    for row in crossed.rows.iter_mut().filter(|row| row.strike > 5200.0) {
        row.bid = row.ask.map(|ask| ask + 1.0);
    }
    let less = value(&crossed);
    assert!(less.coverage < 0.75 * full, "{}", less.coverage);
    let exposed = less.by_strike.iter().rfind(|s| s.gross() > 0.0).unwrap();
    assert_eq!(exposed.strike.to_bits(), 5200.0_f64.to_bits());
    // Open interest needs no quote: max pain and shares by it are as before.
    let before = value(&chain(&oi));
    assert_eq!((less.max_pain, less.dte0_oi), (before.max_pain, before.dte0_oi));
}

#[test]
fn a_chain_that_cannot_be_genuine_is_refused_whole() {
    let refusal = |snapshot: &Snapshot, settings: &OptionSettings| {
        let valuation = Valuation::new(settings, Calendar::builtin().unwrap());
        valuation.value(snapshot, AT, None).unwrap_err()
    };
    let settings = OptionSettings::default();
    let oi = vec![vec![(100, 100); 201]; 3];
    let good = chain(&oi);
    let mut empty = good.clone();
    empty.rows.clear();
    assert!(matches!(refusal(&empty, &settings), Refusal::Empty(_)));
    let mut past = good.clone();
    past.rows.iter_mut().for_each(|row| row.exp = TradeDate(20_261_113));
    assert!(matches!(refusal(&past, &settings), Refusal::Empty(_)));
    let mut nobody = good.clone();
    nobody.rows.iter_mut().for_each(|row| row.oi = Some(0));
    assert!(matches!(refusal(&nobody, &settings), Refusal::NoOpenInterest(_)));
    let mut few = good.clone();
    few.rows.retain(|row| (row.strike - SPOT).abs() < 60.0);
    assert!(matches!(refusal(&few, &settings), Refusal::FewStrikes { usable: 11 | 12, .. }));
    let mut broken = good.clone();
    for (i, row) in broken.rows.iter_mut().enumerate() {
        if row.right == Right::Call && i % 3 == 0 {
            (row.bid, row.ask) = (row.bid.map(|b| b + 20.0), row.ask.map(|a| a + 20.0));
        }
    }
    assert!(matches!(refusal(&broken, &settings), Refusal::Parity { .. }));
    let mut flat = good.clone();
    flat.rows.iter_mut().for_each(|row| row.iv = Some(0.2));
    let stated = OptionSettings { vol: mia::config::VolSource::Source, ..settings.clone() };
    assert!(matches!(refusal(&flat, &stated), Refusal::ConstantVol(_)));
    let mut spotless = good;
    spotless.spot = None;
    let exposure = value(&spotless);
    assert!(exposure.spot_from_parity && (exposure.spot - SPOT).abs() < 0.2);
    spotless.rows.retain(|row| row.right == Right::Call);
    assert!(matches!(refusal(&spotless, &settings), Refusal::NoSpot(_)));
}
