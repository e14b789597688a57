//! Random records of every kind, for properties: whatever a producer may write, edges included.

use mia::market::Cents;
use mia::market::Px;
use mia::market::Side;
use mia::market::SideSource;
use mia::market::Sym;
use mia::wire::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A record of `kind`.
pub fn record(kind: Kind) -> impl Strategy<Value = Record> {
    any::<u64>().prop_map(move |seed| Dice::new(seed).record(kind))
}

/// A record of any kind.
pub fn any_record() -> impl Strategy<Value = Record> {
    (0..Kind::ALL.len(), any::<u64>())
        .prop_map(|(kind, seed)| Dice::new(seed).record(Kind::ALL[kind]))
}

/// Random values from a seed: the same seed gives the same values.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 random bits (`SplitMix64`).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    pub fn flip(&mut self) -> bool {
        self.bits() & 1 == 1
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn opt<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flip().then(|| make(self))
    }

    fn list<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| make(self)).collect()
    }

    /// Mostly stamps of today, now and then any integer.
    fn ts(&mut self) -> i64 {
        match self.below(8) {
            0 => self.pick(&[0, 1, -1, i64::MIN, i64::MAX, 999_999_999_999_999_999]),
            1 => self.bits() as i64,
            _ => 1_300_000_000_000_000 + (self.bits() % 700_000_000_000_000) as i64,
        }
    }

    /// Counts of every length.
    fn count(&mut self) -> u64 {
        match self.below(8) {
            0 => self.pick(&[0, u64::MAX, 999_999_999_999_999_999, 1_000_000_000_000_000_000]),
            _ => self.bits() >> self.below(64),
        }
    }

    fn signed(&mut self) -> i64 {
        self.bits() as i64 >> self.below(64)
    }

    /// Quarter ticks mostly; else any decimal in range, edges included.
    fn px(&mut self) -> Px {
        let nanos = match self.below(8) {
            0 => self.pick(&[0, 1, -1, 9_999, 10_000, Px::MAX_NANOS, -Px::MAX_NANOS]),
            1 => (self.bits() >> self.below(64)) as i64 % Px::MAX_NANOS,
            2 => -((self.bits() >> 12) as i64 % Px::MAX_NANOS),
            3 => (self.bits() % 1_000_000) as i64 * 10_i64.pow(self.below(10) as u32),
            _ => (self.bits() % 40_000) as i64 * 250_000_000,
        };
        Px::from_nanos(nanos)
    }

    fn cents(&mut self) -> Cents {
        Cents(self.signed() % (Cents::MAX.0 + 1))
    }

    /// A finite value as it stands on the wire, that is with nine digits.
    fn num(&mut self) -> Num {
        let value = match self.below(6) {
            0 => self.pick(&[0.0, -1.0, 1e15, -1e300, 5e-324, 123_456_789.0, 0.1]),
            1 => f64::from_bits(self.bits()),
            _ => (self.bits() as i64 >> 20) as f64 / 1e9,
        };
        if value.is_finite() { Num(Num(value).rounded()) } else { Num(0.5) }
    }

    fn sym(&mut self) -> Sym {
        const BYTES: &[u8] = b"ABCESMNQZ0123456789 _-.:/*'{}[],~!";
        if self.flip() {
            return Sym::new(self.pick(&["ESH6", "MESM26", "*", "SPX", "ESU25_FUT_CME"])).unwrap();
        }
        let length = 1 + self.below(Sym::MAX);
        let text: Vec<u8> = (0..length).map(|_| self.pick(BYTES)).collect();
        Sym::from_bytes(&text).unwrap()
    }

    /// Text that JSON has to escape now and then.
    fn text(&mut self) -> String {
        const PARTS: &[&str] = &[
            "va_rejection",
            "a",
            " ",
            "\"",
            "\\",
            "\n",
            "\u{0}",
            "\u{7f}",
            "\u{2028}",
            "é",
            "価",
            "🛑",
            "}",
            ",\"by\":\"risk\"",
        ];
        (0..self.below(6)).map(|_| self.pick(PARTS)).collect()
    }

    fn texts(&mut self) -> Vec<String> {
        self.list(Self::text)
    }

    fn by(&mut self) -> By {
        self.pick(By::ALL)
    }

    fn src(&mut self) -> Src {
        self.pick(Src::ALL)
    }

    fn side(&mut self) -> Side {
        self.pick(&[Side::Buy, Side::Sell, Side::None])
    }

    fn leg(&mut self) -> Leg {
        self.pick(&[Leg::Entry, Leg::Stop, Leg::Target, Leg::Flatten])
    }

    fn flags(&mut self) -> TradeFlags {
        let mut flags = TradeFlags::default();
        if self.below(4) == 0 {
            for flag in TradeFlags::ALL {
                flags = if self.flip() { flags.with(flag) } else { flags };
            }
        }
        flags
    }

    fn why(&mut self) -> Why {
        let mut why = Why::default();
        for _ in 0..self.below(4) {
            why.note(self.text(), self.text());
        }
        why
    }

    fn json(&mut self, depth: usize) -> serde_json::Value {
        match self.below(if depth == 0 { 4 } else { 6 }) {
            0 => self.flip().into(),
            1 => self.num().0.into(),
            2 => self.signed().into(),
            3 => self.text().into(),
            4 => (0..self.below(3)).map(|_| self.json(depth - 1)).collect(),
            _ => {
                let entries = (0..self.below(3)).map(|_| (self.text(), self.json(depth - 1)));
                serde_json::Value::Object(entries.collect())
            }
        }
    }

    /// A record of `kind`.
    pub fn record(&mut self, kind: Kind) -> Record {
        match kind {
            Kind::Trade => self.trade().into(),
            Kind::Quote => self.quote().into(),
            Kind::Depth => self.depth().into(),
            Kind::Bar => self.bar().into(),
            Kind::Stream => self.stream().into(),
            Kind::Option => self.option().into(),
            Kind::Chain => self.chain().into(),
            Kind::Index => self.index().into(),
            Kind::Clock => Clock { ts: self.ts(), sym: self.sym(), src: self.src() }.into(),
            Kind::Status => self.status().into(),
            Kind::Features => self.features().into(),
            Kind::Levels => self.levels().into(),
            Kind::Footprint => self.footprint().into(),
            Kind::Gex => self.gex().into(),
            Kind::Signal => self.signal().into(),
            Kind::Scores => self.scores().into(),
            Kind::Explain => self.explain().into(),
            Kind::Verdict => self.verdict().into(),
            Kind::Order => self.order().into(),
            Kind::Acct => self.acct().into(),
            Kind::Seal => self.seal().into(),
            Kind::Ack => self.ack().into(),
            Kind::Fill => self.fill().into(),
            Kind::Cancel => self.cancel().into(),
            Kind::Reject => self.reject().into(),
            Kind::Position => self.position().into(),
            Kind::Account => self.account().into(),
            Kind::Roundtrip => self.roundtrip().into(),
            Kind::Alert => self.alert().into(),
        }
    }

    fn trade(&mut self) -> Trade {
        let ss = [
            SideSource::Flag,
            SideSource::Touch,
            SideSource::Quote,
            SideSource::Tick,
            SideSource::None,
        ];
        Trade {
            ts: self.ts(),
            sym: self.sym(),
            px: self.px(),
            sz: self.count(),
            side: self.side(),
            ss: self.pick(&ss),
            seq: self.opt(Self::count),
            src: self.src(),
            vts: self.opt(Self::ts),
            rx: self.opt(Self::ts),
            flags: self.flags(),
        }
    }

    fn quote(&mut self) -> Quote {
        Quote {
            ts: self.ts(),
            sym: self.sym(),
            bid: self.opt(Self::px),
            bsz: self.count(),
            ask: self.opt(Self::px),
            asz: self.count(),
            src: self.src(),
            vts: self.opt(Self::ts),
            rx: self.opt(Self::ts),
            flags: self.flags(),
        }
    }

    fn depth(&mut self) -> Depth {
        let level = self.opt(|d| (d.pick(&[BookSide::Bid, BookSide::Ask]), d.px(), d.count()));
        Depth {
            ts: self.ts(),
            sym: self.sym(),
            bs: level.map(|l| l.0),
            px: level.map(|l| l.1),
            sz: level.map(|l| l.2),
            src: self.src(),
            rx: self.opt(Self::ts),
            op: self.opt(|_| DepthOp::Clear),
            eob: self.flip(),
            flags: self.flags(),
        }
    }

    fn bar(&mut self) -> Bar {
        Bar {
            ts: self.ts(),
            sym: self.sym(),
            by: self.opt(Self::by),
            ct: self.opt(Self::ts),
            dur: self.bits() as u32,
            o: self.px(),
            h: self.px(),
            l: self.px(),
            c: self.px(),
            v: self.count(),
            bv: self.opt(Self::count),
            av: self.opt(Self::count),
            n: self.opt(Self::count),
            src: self.opt(Self::src),
            flags: self.flags(),
        }
    }

    fn mode(&mut self) -> StreamMode {
        self.pick(&[
            StreamMode::Live,
            StreamMode::Delayed,
            StreamMode::Replay,
            StreamMode::Synthetic,
        ])
    }

    fn stream(&mut self) -> Stream {
        Stream {
            ts: self.ts(),
            sym: self.sym(),
            v: self.bits() as u32,
            src: self.src(),
            mode: self.mode(),
            phase: self.pick(&[StreamPhase::Warmup, StreamPhase::Run]),
            origin: self.opt(Self::mode),
            run: self.text(),
            tool: self.text(),
            instrument: self.opt(Self::text),
        }
    }

    fn option(&mut self) -> OptionQuote {
        OptionQuote {
            ts: self.ts(),
            sym: self.sym(),
            und: self.sym(),
            root: self.sym(),
            exp: self.text(),
            settle: self.pick(&[Settlement::Am, Settlement::Pm]),
            right: self.pick(&[Right::Call, Right::Put]),
            strike: self.px(),
            bid: self.opt(Self::px),
            ask: self.opt(Self::px),
            iv: self.opt(Self::num),
            oi: self.opt(Self::count),
            vol: self.opt(Self::count),
            gamma: self.opt(Self::num),
            asof: self.ts(),
            src: self.src(),
        }
    }

    fn chain(&mut self) -> Chain {
        Chain {
            ts: self.ts(),
            sym: self.sym(),
            und: self.sym(),
            n: self.count(),
            spot: self.opt(Self::px),
            asof: self.ts(),
            src: self.src(),
        }
    }

    fn index(&mut self) -> Index {
        Index {
            ts: self.ts(),
            sym: self.sym(),
            px: self.px(),
            src: self.src(),
            rx: self.opt(Self::ts),
            flags: self.flags(),
        }
    }

    fn status(&mut self) -> Status {
        Status {
            ts: self.ts(),
            sym: self.sym(),
            by: self.opt(Self::by),
            src: self.opt(Self::src),
            state: self.pick(&[
                StatusState::Up,
                StatusState::Down,
                StatusState::Gap,
                StatusState::Stale,
                StatusState::Delayed,
                StatusState::Halt,
                StatusState::Resync,
            ]),
            code: self.opt(Self::text),
            msg: self.text(),
        }
    }

    fn features(&mut self) -> Features {
        Features {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            ct: self.ts(),
            fv: FEATURE_VERSION,
            px: self.opt(Self::px),
            f: FeatureVector(std::array::from_fn(|_| self.opt(|d| d.num().0))),
            x: self.auxiliaries(),
            why: self.why(),
            n: self.count(),
        }
    }

    fn auxiliaries(&mut self) -> Auxiliaries {
        Auxiliaries {
            phase: self.pick(&[Phase::Eth, Phase::Rth, Phase::Halt, Phase::Closed]),
            rth_min: self.opt(|d| d.bits() as u32),
            vwap: self.opt(Self::num),
            vwap_sd: self.opt(Self::num),
            vwap_eth: self.opt(Self::num),
            atr: self.opt(Self::num),
            er: self.opt(Self::num),
            vr: self.opt(Self::num),
            vr_z: self.opt(Self::num),
            adx: self.opt(Self::num),
            chop: self.opt(Self::num),
            poc: self.opt(Self::px),
            vah: self.opt(Self::px),
            val: self.opt(Self::px),
            va_pos: self.opt(Self::num),
            cvd_eth: self.opt(Self::signed),
            cvd_rth: self.opt(Self::signed),
            unk_vol: self.opt(Self::count),
            queue_imb: self.opt(Self::num),
            micro: self.opt(Self::num),
            spread: self.opt(Self::num),
            exhaustion: self.opt(Self::signed),
            delta_div: self.opt(Self::signed),
            large_buy: self.opt(Self::count),
            large_sell: self.opt(Self::count),
            large_share: self.opt(Self::num),
            book_imb: self.opt(Self::num),
            book_bid: self.opt(Self::count),
            book_ask: self.opt(Self::count),
            book_n: self.opt(|d| d.bits() as u32),
            bvc: self.opt(Self::num),
            vpin: self.opt(Self::num),
            gex_net: self.opt(Self::num),
            gex_gross: self.opt(Self::num),
            flip: self.opt(Self::num),
            neg_side: self.opt(|d| d.pick(&[NegSide::Below, NegSide::Above])),
            call_wall: self.opt(Self::num),
            put_wall: self.opt(Self::num),
            abs_wall: self.opt(Self::num),
            max_pain: self.opt(Self::num),
            em: self.opt(Self::num),
            atm_iv: self.opt(Self::num),
            vex: self.opt(Self::num),
            dex: self.opt(Self::num),
            basis_ratio: self.opt(Self::num),
            basis_age_s: self.opt(Self::signed),
            opt_age_s: self.opt(Self::signed),
        }
    }

    fn levels(&mut self) -> Levels {
        Levels {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            ct: self.ts(),
            lv: self.list(|d| Level {
                id: d.text(),
                fam: d.text(),
                px: d.num(),
                w: d.num(),
                src: d.text(),
                asof: d.ts(),
            }),
        }
    }

    fn footprint(&mut self) -> Footprint {
        Footprint {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            ct: self.ts(),
            dur: self.bits() as u32,
            rows: self.list(|d| FootprintRow(d.px(), d.count(), d.count())),
            imb: self.opt(|d| d.list(|d| FootprintImbalance(d.px(), d.side()))),
            stacks: self
                .opt(|d| d.list(|d| FootprintStack { from: d.px(), to: d.px(), side: d.side() })),
            delta: self.opt(Self::signed),
            poc: self.opt(Self::px),
            unk: self.opt(Self::count),
        }
    }

    fn gex(&mut self) -> Gex {
        Gex {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            ct: self.ts(),
            unit: self.text(),
            dealer_sign: BTreeMap::from_iter(self.list(|d| (d.text(), d.signed()))),
            und: self.sym(),
            spot: self.num(),
            net: self.num(),
            gross: self.num(),
            flip: self.opt(Self::num),
            neg_side: self.opt(Self::text),
            call_wall: self.opt(Self::num),
            put_wall: self.opt(Self::num),
            abs_wall: self.opt(Self::num),
            vex: self.opt(Self::num),
            dex: self.opt(Self::num),
            charm: self.opt(Self::num),
            dte0: self.opt(Self::num),
            em: self.opt(Self::num),
            coverage: self.num(),
            oi_age_s: self.opt(Self::signed),
            iv_age_s: self.opt(Self::signed),
            basis: self.opt(Self::num),
            basis_age_s: self.opt(Self::signed),
            calls: self.opt(Self::num),
            puts: self.opt(Self::num),
            ratio: self.opt(Self::num),
            cex: self.opt(Self::num),
            charm_min: self.opt(Self::num),
            max_pain: self.opt(Self::num),
            em_exp: self.opt(Self::text),
            straddle: self.opt(Self::num),
            atm_iv: self.opt(Self::num),
            dte0_oi: self.opt(Self::num),
            dte0_vol: self.opt(Self::num),
            parity_spot: self.opt(Self::num),
            spot_age_s: self.opt(Self::signed),
            chain_src: self.opt(Self::src),
            vol_src: self.opt(Self::text),
            gamma_src: self.opt(Self::text),
            wall_by: self.opt(Self::text),
            used: self.opt(Self::count),
            listed: self.opt(Self::count),
            excluded: self.opt(|d| BTreeMap::from_iter(d.list(|d| (d.text(), d.count())))),
            by_strike: self.opt(|d| d.list(|d| (d.px(), d.num(), d.num()))),
            by_expiry: self.opt(|d| d.list(Self::gex_expiry)),
        }
    }

    fn gex_expiry(&mut self) -> GexExpiry {
        GexExpiry {
            root: self.sym(),
            exp: self.text(),
            settle: self.pick(&[Settlement::Am, Settlement::Pm]),
            min: self.num(),
            fwd: self.num(),
            net: self.num(),
            gross: self.num(),
            call_oi: self.count(),
            put_oi: self.count(),
            atm_iv: self.opt(Self::num),
            skew: self.opt(Self::num),
            max_pain: self.opt(Self::num),
        }
    }

    fn signal(&mut self) -> Signal {
        Signal {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            ct: self.ts(),
            op: self.pick(&[SignalOp::Enter, SignalOp::Exit]),
            id: self.text(),
            pattern: self.text(),
            side: self.side(),
            entry: self.px(),
            stop: self.px(),
            targets: self.list(Self::px),
            manage: self.manage(),
            confluence: self.num(),
            confidence: self.opt(Self::num),
            uncalibrated: self.flip(),
            regime: self.text(),
            level_ids: self.texts(),
            why: self.texts(),
            msg: self.text(),
            expires: self.ts(),
        }
    }

    fn scores(&mut self) -> Scores {
        Scores {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            ct: self.ts(),
            regime: self.opt(Self::text),
            band: self.text(),
            band_src: self.text(),
            adx: self.opt(Self::num),
            vr: self.opt(Self::num),
            chop: self.opt(Self::num),
            bn_score: self.opt(Self::num),
            bn_force: self.opt(Self::num),
            bn_rule: self.opt(Self::num),
            bn_quality: self.opt(Self::num),
            bn_kappa: self.opt(Self::num),
            gamma_pin: self.opt(Self::num),
            headfake: self.opt(Self::num),
            microstructure: self.opt(Self::num),
            microstructure_mean: self.opt(Self::num),
            seen: self.texts(),
            why: self.list(|d| (d.text(), d.text())).into_iter().collect(),
        }
    }

    fn explain(&mut self) -> Explain {
        Explain {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            ct: self.ts(),
            pattern: self.text(),
            side: self.side(),
            state: self.text(),
            decision: self.text(),
            failed: self.opt(Self::text),
            missing: self.texts(),
            saw: self.list(|d| (d.text(), d.num())).into_iter().collect(),
            dist: self.opt(Self::num),
            msg: self.text(),
        }
    }

    fn verdict(&mut self) -> Verdict {
        Verdict {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            ct: self.ts(),
            sig: self.text(),
            pass: self.flip(),
            reason: self.opt(Self::text),
            qty: self.count(),
            checks: self.list(|d| Check {
                code: d.text().into(),
                value: d.opt(Self::num),
                limit: d.opt(Self::num),
                ok: d.opt(Self::flip),
                na: d.opt(Self::text).map(Into::into),
            }),
            factors: self.list(|d| (d.text().into(), d.num())).into_iter().collect(),
        }
    }

    fn manage(&mut self) -> TradeManagement {
        TradeManagement {
            hold_min: self.opt(|d| d.bits() as u32),
            trail: self.opt(Self::num),
            be_after_t1: self.flip(),
            exits: self.texts(),
        }
    }

    fn order(&mut self) -> Order {
        Order {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            ct: self.ts(),
            op: self.pick(&[OrderOp::New, OrderOp::Amend, OrderOp::Cancel, OrderOp::Flatten]),
            id: self.text(),
            reference: self.opt(Self::text),
            sig: self.opt(Self::text),
            side: self.side(),
            qty: self.count(),
            kind: self.pick(&[OrderType::Limit, OrderType::Stop, OrderType::Market]),
            px: self.opt(Self::px),
            stop: self.opt(Self::px),
            targets: self.list(Self::px),
            tif: self.pick(&[TimeInForce::Ioc, TimeInForce::Day, TimeInForce::Gtc]),
            expires: self.ts(),
            reason: self.opt(Self::text),
            manage: self.opt(Self::manage),
        }
    }

    fn acct(&mut self) -> Acct {
        Acct {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            op: self.pick(&[
                AcctOp::Open,
                AcctOp::Ack,
                AcctOp::Fill,
                AcctOp::Cancel,
                AcctOp::Reject,
                AcctOp::Latch,
                AcctOp::Kill,
                AcctOp::Reset,
            ]),
            equity: self.opt(Self::cents),
            high_water: self.opt(Self::cents),
            day_pnl: self.opt(Self::cents),
            position: self.opt(Self::signed),
            avg_px: self.opt(Self::num),
            stop: self.opt(Self::px),
            stats: self.opt(|d| AcctStats {
                wins: d.count(),
                losses: d.count(),
                win_r: d.num(),
                win_r2: d.num(),
                loss_r: d.num(),
                loss_r2: d.num(),
                day_trades: d.count(),
                day_r: d.num(),
                losses_row: d.count(),
                daily: d.opt(|d| DailyStats {
                    n: d.count(),
                    w: d.num(),
                    x: d.num(),
                    x2: d.num(),
                    today: d.num(),
                }),
            }),
            restored: self.opt(Self::count),
            latches: self.texts(),
            order: self.opt(Self::text),
            leg: self.opt(Self::leg),
            side: self.opt(Self::side),
            px: self.opt(Self::px),
            qty: self.opt(Self::count),
            fee: self.opt(Self::cents),
            exec_id: self.opt(Self::text),
            xts: self.opt(Self::ts),
            reason: self.opt(Self::text),
            manage: self.opt(Self::manage),
        }
    }

    fn seal(&mut self) -> Seal {
        Seal {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            reference: self.text(),
            seq: self.count(),
            mac: self.text(),
        }
    }

    fn ack(&mut self) -> Ack {
        Ack {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            order: self.text(),
            leg: self.leg(),
            side: self.side(),
            qty: self.count(),
            px: self.opt(Self::px),
            xts: self.ts(),
        }
    }

    fn fill(&mut self) -> Fill {
        Fill {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            order: self.text(),
            leg: self.leg(),
            side: self.side(),
            qty: self.count(),
            px: self.px(),
            fee: self.cents(),
            exec_id: self.text(),
            xts: self.ts(),
        }
    }

    fn cancel(&mut self) -> Cancel {
        Cancel {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            order: self.text(),
            leg: self.leg(),
            qty: self.count(),
            reason: self.text(),
            xts: self.ts(),
        }
    }

    fn reject(&mut self) -> Reject {
        Reject {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            order: self.text(),
            leg: self.leg(),
            reason: self.text(),
            xts: self.ts(),
        }
    }

    fn position(&mut self) -> Position {
        Position {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            qty: self.signed(),
            avg_px: self.opt(Self::num),
            stop: self.opt(Self::px),
        }
    }

    fn account(&mut self) -> Account {
        Account {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            equity: self.cents(),
            day_pnl: self.cents(),
            day_fees: self.cents(),
        }
    }

    fn roundtrip(&mut self) -> Roundtrip {
        Roundtrip {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            order: self.text(),
            sig: self.opt(Self::text),
            pattern: self.opt(Self::text),
            side: self.side(),
            qty: self.count(),
            opened: self.ts(),
            closed: self.ts(),
            entry: self.num(),
            exit: self.num(),
            reason: self.text(),
            gross: self.cents(),
            fee: self.cents(),
            pnl: self.cents(),
            r: self.opt(Self::num),
            mae: self.signed(),
            mfe: self.signed(),
        }
    }

    fn alert(&mut self) -> Alert {
        Alert {
            ts: self.ts(),
            sym: self.sym(),
            by: self.by(),
            level: self.pick(&[
                AlertLevel::Info,
                AlertLevel::Warning,
                AlertLevel::Critical,
                AlertLevel::Emergency,
            ]),
            code: self.text(),
            msg: self.text(),
            data: self.opt(|d| d.json(2)),
        }
    }
}
