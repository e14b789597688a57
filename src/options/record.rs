//! An exposure as the wire's `gex` record.

use crate::config::GammaSource;
use crate::config::VolSource;
use crate::config::WallBy;
use crate::market::Px;
use crate::options::exposure::ExpiryExposure;
use crate::options::exposure::Exposure;
use crate::wire::By;
use crate::wire::Gex;
use crate::wire::GexExpiry;
use crate::wire::Num;

/// Unit of every gamma exposure on the wire: dollars of delta per +1 % of spot.
const UNIT: &str = "usd_per_pct";

/// What the record needs besides the exposure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RecordHead {
    /// Stamp of the record, to which its ages are taken; microseconds UTC.
    pub ts: i64,
    /// Stamp of the record that completed it, microseconds UTC.
    pub ct: i64,
    /// Writing stage.
    pub by: By,
    /// Future less spot in points, and when that was measured.
    pub basis: Option<(f64, i64)>,
    /// Whether it lists the strikes.
    pub by_strike: bool,
    /// Whether it lists the series.
    pub by_expiry: bool,
}

impl Exposure {
    /// The record.
    pub fn record(&self, head: &RecordHead) -> Gex {
        let age = |asof: i64| head.ts.saturating_sub(asof).max(0) / 1_000_000;
        let sign = [("call", self.dealer_sign.call), ("put", self.dealer_sign.put)];
        let number = |value: Option<f64>| value.map(Num);
        Gex {
            ts: head.ts,
            sym: self.und,
            by: head.by,
            ct: head.ct,
            unit: UNIT.to_owned(),
            dealer_sign: sign.map(|(right, sign)| (right.to_owned(), i64::from(sign))).into(),
            und: self.und,
            spot: Num(self.spot),
            net: Num(self.net()),
            gross: Num(self.gross),
            flip: self.flip.map(|flip| Num(flip.price)),
            neg_side: self.flip.map(|flip| {
                if flip.negative_below { "below".to_owned() } else { "above".to_owned() }
            }),
            call_wall: number(self.walls.call),
            put_wall: number(self.walls.put),
            abs_wall: number(self.walls.abs),
            vex: number(self.vex),
            dex: number(self.dex),
            charm: number(self.charm),
            dte0: number(self.dte0),
            em: self.em.map(|em| Num(em.sigma)),
            coverage: Num(self.coverage),
            oi_age_s: self.oi_asof.map(age),
            iv_age_s: self.iv_asof.map(age),
            basis: head.basis.map(|(points, _)| Num(points)),
            basis_age_s: head.basis.map(|(_, at)| age(at)),
            calls: Some(Num(self.calls)),
            puts: Some(Num(self.puts)),
            ratio: number(self.ratio()),
            cex: number(self.cex),
            charm_min: number(self.charm_minutes),
            max_pain: number(self.max_pain),
            em_exp: self.em.map(|em| em.exp.to_string()),
            straddle: self.em.map(|em| Num(em.straddle)),
            atm_iv: self.em.map(|em| Num(em.vol)),
            dte0_oi: number(self.dte0_oi),
            dte0_vol: number(self.dte0_volume),
            parity_spot: number(self.parity_spot),
            spot_age_s: Some(age(self.spot_asof)),
            chain_src: self.src,
            vol_src: Some(vol_word(self.vol).to_owned()),
            gamma_src: Some(gamma_word(self.gamma).to_owned()),
            wall_by: Some(wall_word(self.wall_by).to_owned()),
            used: Some(self.used),
            listed: Some(self.listed),
            excluded: Some(
                self.excluded.iter().map(|(why, n)| (why.code().to_owned(), *n)).collect(),
            ),
            by_strike: head.by_strike.then(|| self.strike_rows()),
            by_expiry: head.by_expiry.then(|| self.by_expiry.iter().map(series).collect()),
        }
    }

    fn strike_rows(&self) -> Vec<(Px, Num, Num)> {
        let row = |s: &crate::options::exposure::StrikeExposure| {
            Some((Px::from_points(s.strike)?, Num(s.call), Num(s.put)))
        };
        self.by_strike.iter().filter_map(row).collect()
    }
}

fn series(one: &ExpiryExposure) -> GexExpiry {
    GexExpiry {
        root: one.root,
        exp: one.exp.to_string(),
        settle: one.settle,
        min: Num(one.minutes),
        fwd: Num(one.forward),
        net: Num(one.calls + one.puts),
        gross: Num(one.calls.abs() + one.puts.abs()),
        call_oi: one.call_oi,
        put_oi: one.put_oi,
        atm_iv: one.atm_vol.map(Num),
        skew: one.skew.map(Num),
        max_pain: one.max_pain.map(Num),
    }
}

const fn vol_word(vol: VolSource) -> &'static str {
    match vol {
        VolSource::Quotes => "quotes",
        VolSource::Source => "source",
    }
}

const fn gamma_word(gamma: GammaSource) -> &'static str {
    match gamma {
        GammaSource::Model => "model",
        GammaSource::Source => "source",
    }
}

const fn wall_word(by: WallBy) -> &'static str {
    match by {
        WallBy::GexSide => "gex_side",
        WallBy::GexNet => "gex_net",
        WallBy::Oi => "oi",
    }
}
