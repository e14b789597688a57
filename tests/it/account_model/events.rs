//! Random events: a market that moves, jumps, repeats itself and comes late; ideas good and bad; the
//! clock; the kill switch.

use crate::desk::MINUTE;
use crate::desk::at;
use crate::desk::bar;
use crate::desk::bracket;
use crate::desk::clock;
use crate::desk::config;
use crate::desk::px;
use crate::desk::quote;
use crate::desk::signal;
use crate::desk::trade;
use mia::config::Config;
use mia::config::TargetRule;
use mia::config::TrailRule;
use mia::market::Cents;
use mia::market::Side;
use mia::market::Sym;
use mia::wire::By;
use mia::wire::Quote;
use mia::wire::Record;
use mia::wire::SignalOp;
use mia::wire::Src;
use mia::wire::Status;
use mia::wire::StatusState;
use mia::wire::Trade;
use mia::wire::TradeFlag;
use proptest::prelude::*;

/// Where prices start, ticks.
const MIDDLE: i64 = 20_000;
/// Prices stay within these, ticks: one is the lowest price there is.
const LOWEST: i64 = 60;
const HIGHEST: i64 = 4_000_000;

/// An idea: side, ticks to the stop and to the targets, management.
#[derive(Clone, Debug)]
pub struct Idea {
    pub buy: bool,
    pub off: i64,
    pub stop: i64,
    pub targets: Vec<i64>,
    pub hold: Option<u32>,
    pub trail: bool,
    pub even: bool,
    pub flaw: u8,
    /// How far its moment lies ahead of the records, milliseconds: it was decided on a bar that
    /// closed since.
    pub ahead: i64,
}

/// What happens next.
#[derive(Clone, Debug)]
pub enum Event {
    Quote {
        step: i64,
        spread: i64,
        bsz: u64,
        asz: u64,
    },
    /// A quote that lacks a side.
    Half {
        bid: bool,
    },
    Trade {
        step: i64,
        size: u64,
    },
    /// A print that must not count: late or not forming the price, far away.
    Void {
        far: i64,
        late: bool,
    },
    /// The market jumps.
    Gap {
        step: i64,
    },
    Clock,
    /// A stamp that jumps ahead, within the clocks alone.
    ClockJump {
        ms: i64,
    },
    /// A record that is alone with what it says: of a time to come, or of far prices.
    Wild {
        what: u8,
        ms: i64,
        far: i64,
    },
    Idea(Idea),
    /// A bar by mia-features: what a stop follows.
    Bar {
        high: i64,
        low: i64,
    },
    /// The feed says that it is down, or up again.
    Feed {
        up: bool,
    },
    /// An exit of an earlier idea.
    Exit {
        back: usize,
    },
    /// An earlier idea once more.
    Again {
        back: usize,
    },
    /// The last market record once more, byte for byte.
    Repeat,
    /// A trade with a stamp of the past.
    Late {
        ms: i64,
        step: i64,
    },
    /// Orders by others and records of another product.
    Foreign {
        what: u8,
    },
    Kill,
}

/// An event and how long it lets one wait, milliseconds.
#[derive(Clone, Debug)]
pub struct Moment {
    pub wait: i64,
    pub event: Event,
}

/// A tape, a configuration, and what happens.
#[derive(Clone, Debug)]
pub struct Story {
    pub bars: bool,
    pub rules: Rules,
    pub moments: Vec<Moment>,
}

/// What the configurations differ in.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Limits of conduct as they are by default, so that they are met all the time.
    tight: bool,
    trail_bars: bool,
    own_targets: bool,
    /// Every print is believed and no price is out of bounds: then each stop that is traded through
    /// has to leave, and each mark can be told from the tape.
    pub plain: bool,
    latency: i64,
    max_pos: u64,
    equity: i64,
    trade_risk: i64,
    day_loss: i64,
    open_share: f64,
    losses: u32,
    micro: bool,
    trailing: Option<i64>,
}

impl Rules {
    pub fn config(&self) -> Config {
        let mut config = config(self.latency);
        config.account.equity = Cents(self.equity);
        let risk = &mut config.risk;
        (risk.max_pos, risk.max_order) = (self.max_pos, self.max_pos.min(3));
        risk.trade_risk_max = Cents(self.trade_risk);
        risk.day_loss_max = Cents(self.day_loss);
        risk.day_loss_share_max = 0.05;
        risk.losses_in_row_max = self.losses;
        risk.open_share_max = self.open_share;
        risk.allow_micro = self.micro;
        risk.trailing_drawdown = Cents(self.trailing.unwrap_or(0));
        risk.trade_age_ms_max = 600_000;
        risk.quote_age_ms_max = 600_000;
        risk.trail = if self.trail_bars { TrailRule::Bars } else { TrailRule::Atr };
        risk.targets = if self.own_targets { TargetRule::TwoAndThreeR } else { TargetRule::Signal };
        if self.plain {
            (config.fills.suspect_ticks, config.fills.price_limits) = (0, false);
        }
        let risk = &mut config.risk;
        if !self.tight {
            risk.day_loss_r_max = 6.0;
            risk.day_target = Cents(100_000_000);
            risk.spread_ticks_max = 100;
            risk.collar_ticks = 1000;
            risk.collar_share = 1.0;
            risk.notional_cap = 10_000.0;
            risk.margin_buffer = 0.0;
            (risk.orders_second_max, risk.orders_minute_max) = (1000, 10_000);
            risk.orders_day_max = 100_000;
            risk.cancels_per_fill_max = 10_000.0;
            (risk.positions_max, risk.trades_day_max) = (20, 100_000);
            risk.bucket_trades_max = [100_000; 3];
            risk.bucket_loss_max = [Cents(1_000_000_000); 3];
            (risk.cooldown_min, risk.repeat_max, risk.rejects_max) = (0, 100_000, 1000);
        }
        config
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    let manners = (
        prop::bool::weighted(0.2),
        any::<bool>(),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.7),
    );
    let money = (
        prop::sample::select(vec![5_000_000, 10_000_000, 30_000_000, 200_000_000]),
        prop::sample::select(vec![15_000, 20_000, 60_000, 400_000]),
        prop::sample::select(vec![60_000, 250_000, 2_000_000]),
        prop::sample::select(vec![0.5, 1.0]),
        prop::option::weighted(0.2, 30_000..400_000_i64),
    );
    let rest = (
        prop::sample::select(vec![0, 50, 150, 500]),
        1..5_u64,
        prop::sample::select(vec![4, 20]),
        any::<bool>(),
    );
    (manners, money, rest).prop_map(|(manners, money, rest)| {
        let (tight, trail_bars, own_targets, plain) = manners;
        let (equity, trade_risk, day_loss, open_share, trailing) = money;
        let (latency, max_pos, losses, micro) = rest;
        Rules {
            tight,
            trail_bars,
            own_targets,
            plain,
            latency,
            max_pos,
            equity,
            trade_risk,
            day_loss,
            open_share,
            losses,
            micro,
            trailing,
        }
    })
}

fn idea() -> impl Strategy<Value = Idea> {
    let targets = prop::collection::vec(6..40_i64, 1..4);
    let flaw = prop_oneof![12 => Just(0_u8), 1 => 1..8_u8];
    let hold = prop::option::of(1..5_u32);
    let ahead = prop_oneof![2 => Just(0_i64), 1 => 1..900_i64];
    let rest = (any::<bool>(), any::<bool>(), flaw, ahead);
    (any::<bool>(), -2..3_i64, 3..45_i64, targets, hold, rest).prop_map(
        |(buy, off, stop, targets, hold, (trail, even, flaw, ahead))| Idea {
            buy,
            off,
            stop,
            targets,
            hold,
            trail,
            even,
            flaw,
            ahead,
        },
    )
}

/// Sizes from nothing to more than any book holds.
fn size() -> impl Strategy<Value = u64> {
    prop_oneof![20 => 1..60_u64, 2 => Just(0), 1 => Just(1_000_000_000)]
}

fn event() -> impl Strategy<Value = Event> {
    let spread = prop_oneof![12 => Just(1_i64), 3 => 2..6_i64, 1 => -1..1_i64];
    let jump = prop_oneof![MINUTE..30 * MINUTE, 3 * 60 * MINUTE..80 * 60 * MINUTE];
    prop_oneof![
        34 => (-5..6_i64, spread, size(), size())
            .prop_map(|(step, spread, bsz, asz)| Event::Quote { step, spread, bsz, asz }),
        2 => any::<bool>().prop_map(|bid| Event::Half { bid }),
        34 => (-5..6_i64, size()).prop_map(|(step, size)| Event::Trade { step, size }),
        3 => (-900..900_i64, any::<bool>()).prop_map(|(far, late)| Event::Void { far, late }),
        1 => (-600..600_i64).prop_map(|step| Event::Gap { step }),
        8 => Just(Event::Clock),
        2 => jump.prop_map(|ms| Event::ClockJump { ms }),
        3 => (0..4_u8, 2..90 * 60_i64, -900..900_i64)
            .prop_map(|(what, minutes, far)| Event::Wild { what, ms: minutes * MINUTE, far }),
        16 => idea().prop_map(Event::Idea),
        3 => (0..9_i64, 0..9_i64).prop_map(|(high, low)| Event::Bar { high, low }),
        1 => any::<bool>().prop_map(|up| Event::Feed { up }),
        3 => (0..6_usize).prop_map(|back| Event::Exit { back }),
        2 => (0..6_usize).prop_map(|back| Event::Again { back }),
        3 => Just(Event::Repeat),
        2 => (1..20_000_i64, -9..10_i64).prop_map(|(ms, step)| Event::Late { ms, step }),
        2 => (0..5_u8).prop_map(|what| Event::Foreign { what }),
        1 => prop::bool::weighted(0.15)
            .prop_map(|kill| if kill { Event::Kill } else { Event::Clock }),
    ]
}

fn moment() -> impl Strategy<Value = Moment> {
    let wait = prop_oneof![30 => 0..400_i64, 5 => 400..6000_i64, 1 => MINUTE..90 * MINUTE];
    (wait, event()).prop_map(|(wait, event)| Moment { wait, event })
}

/// Stories of up to `longest` events.
pub fn story(longest: usize) -> impl Strategy<Value = Story> {
    let moments = prop::collection::vec(moment(), 1..longest);
    (prop::bool::weighted(0.12), rules(), moments).prop_map(|(bars, rules, moments)| Story {
        bars,
        rules,
        moments,
    })
}

/// What is fed to the stages.
#[derive(Clone, Debug)]
pub enum Input {
    Record(Box<Record>),
    Kill,
}

fn points(ticks: i64) -> f64 {
    ticks as f64 / 4.0
}

/// Turns events into records, and keeps what later events speak of.
struct Teller {
    bars: bool,
    /// Every price is believed: a wild one would be the market.
    plain: bool,
    ms: i64,
    last: i64,
    told: Vec<Input>,
    ideas: Vec<mia::wire::Signal>,
    repeated: Option<Record>,
    newest_trade: i64,
}

/// The input that a story is.
pub fn told(story: &Story) -> Vec<Input> {
    let mut teller = Teller {
        bars: story.bars,
        plain: story.rules.plain,
        ms: 0,
        last: MIDDLE,
        told: Vec::new(),
        ideas: Vec::new(),
        repeated: None,
        newest_trade: i64::MIN,
    };
    // Before there is a signal there is a market: both commands learn of the session from it.
    teller.say(clock(0));
    for moment in &story.moments {
        teller.ms += moment.wait;
        teller.tell(&moment.event);
    }
    teller.told
}

impl Teller {
    fn say(&mut self, record: Record) {
        self.told.push(Input::Record(Box::new(record)));
    }

    fn market(&mut self, record: Record) {
        self.repeated = Some(record.clone());
        self.say(record);
    }

    fn step(&mut self, ticks: i64) {
        self.last = (self.last + ticks).clamp(LOWEST, HIGHEST);
    }

    /// A bar of the minute that ends after now, from `open` to the price.
    fn bar(&mut self, open: i64) {
        self.ms = (self.ms / MINUTE + 1) * MINUTE;
        let (high, low) = (open.max(self.last) + 3, open.min(self.last) - 3);
        let record =
            bar(self.ms / MINUTE, points(open), points(high), points(low), points(self.last));
        self.market(record);
    }

    fn print(&mut self, size: u64) {
        self.newest_trade = self.newest_trade.max(self.ms);
        self.market(trade(self.ms, points(self.last), size.max(1)));
    }

    fn tell(&mut self, event: &Event) {
        let open = self.last;
        match event {
            Event::Quote { step, .. } | Event::Trade { step, .. } if self.bars => {
                self.step(*step);
                self.bar(open);
            }
            Event::Quote { step, spread, bsz, asz } => {
                self.step(*step);
                let (bid, ask) = (points(self.last - 1), points(self.last - 1 + spread));
                self.market(quote(self.ms, bid, *bsz, ask, *asz));
            }
            Event::Trade { step, size } => {
                self.step(*step);
                self.print(*size);
            }
            Event::Half { bid } if !self.bars => {
                let record = quote(self.ms, points(self.last - 1), 9, points(self.last), 9);
                if let Record::Quote(Quote { bid: b, ask: a, .. }) = record {
                    let (b, a) = if *bid { (b, None) } else { (None, a) };
                    if let Record::Quote(mut half) = record {
                        (half.bid, half.ask) = (b, a);
                        self.market(half.into());
                    }
                }
            }
            Event::Gap { step } => {
                self.step(*step);
                if self.bars { self.bar(self.last) } else { self.print(1) }
            }
            Event::Void { far, late } if !self.bars => self.void(*far, *late),
            Event::Late { ms, step } if !self.bars => {
                // Where a newer print is known the loop sets it aside: no stage sees it.
                if self.ms - ms >= self.newest_trade {
                    let px = points((self.last + step).max(LOWEST));
                    self.newest_trade = self.ms - ms;
                    self.say(trade(self.ms - ms, px, 1));
                }
            }
            Event::Bar { high, low } if !self.bars => self.features_bar(*high, *low),
            Event::Feed { up } => self.feed(*up),
            Event::ClockJump { ms } => {
                self.ms += ms;
                self.say(clock(self.ms));
            }
            Event::Wild { what, ms, far } if !self.bars => self.wild(*what, *ms, *far),
            Event::Idea(idea) => self.idea(idea),
            Event::Exit { back } => {
                if let Some(mut exit) = self.earlier(*back) {
                    exit.op = SignalOp::Exit;
                    self.say(exit.into());
                }
            }
            Event::Again { back } => {
                if let Some(again) = self.earlier(*back) {
                    self.say(again.into());
                }
            }
            Event::Repeat => {
                if let Some(record) = self.repeated.clone() {
                    self.say(record);
                }
            }
            Event::Foreign { what } => self.foreign(*what),
            Event::Kill => self.told.push(Input::Kill),
            Event::Clock
            | Event::Bar { .. }
            | Event::Half { .. }
            | Event::Void { .. }
            | Event::Wild { .. }
            | Event::Late { .. } => {
                self.say(clock(self.ms));
            }
        }
    }

    fn void(&mut self, far: i64, late: bool) {
        let record = trade(self.ms, points((self.last + far).max(LOWEST)), 1000);
        if let Record::Trade(mut void) = record {
            let flag = if late { TradeFlag::Late } else { TradeFlag::NotPrice };
            void.flags = void.flags.with(flag);
            self.say(void.into());
        }
    }

    /// The story goes on as if this had not been said.
    fn wild(&mut self, what: u8, ms: i64, far: i64) {
        // Two in a row would bear each other out.
        self.say(clock(self.ms));
        let price = points((self.last + far).max(LOWEST));
        let record = match what {
            _ if self.plain => clock(self.ms + ms),
            0 => clock(self.ms + ms),
            1 => trade(self.ms + ms, price, 9),
            2 => trade(self.ms, price, 9),
            _ => quote(self.ms, price, 9, price + 0.25, 9),
        };
        self.say(record);
    }

    /// A bar that ends now and has the price in it.
    fn features_bar(&mut self, high: i64, low: i64) {
        let (h, l) = (points(self.last + high), points((self.last - low).max(LOWEST)));
        if let Record::Bar(mut closed) = bar(0, points(self.last), h, l, points(self.last)) {
            (closed.ts, closed.ct) = (at(self.ms), Some(at(self.ms)));
            (closed.by, closed.src) = (Some(By::Features), None);
            self.say(closed.into());
        }
    }

    fn feed(&mut self, up: bool) {
        let state = if up { StatusState::Up } else { StatusState::Down };
        let (by, src, code, msg) = (None, Some(Src::Syn), None, String::new());
        self.say(Status { ts: at(self.ms), sym: Sym::NONE, by, src, state, code, msg }.into());
    }

    fn idea(&mut self, idea: &Idea) {
        let up = if idea.buy { 1 } else { -1 };
        let entry = self.last + up * idea.off;
        let side = if idea.buy { Side::Buy } else { Side::Sell };
        let id = format!("idea-{}", self.ideas.len());
        let (stop, first) = (entry - up * idea.stop, entry + up * idea.targets[0]);
        let mut signal =
            signal(&id, self.ms, side, points(entry), points(stop.max(1)), points(first.max(1)));
        let targets = idea.targets.iter().map(|away| px(points((entry + up * away).max(1))));
        signal.targets = targets.collect();
        signal.ct += idea.ahead * 1000;
        signal.manage.hold_min = idea.hold;
        signal.manage.be_after_t1 = idea.even;
        signal.manage.trail = idea.trail.then_some(mia::wire::Num(2.0));
        match idea.flaw {
            1 => signal.entry = px(points(entry) + 0.1),
            2 => signal.stop = signal.entry,
            3 => signal.targets.clear(),
            4 => signal.side = Side::None,
            5 => signal.sym = Sym::new("NQH24").unwrap(),
            6 => signal.expires = signal.ct - 1,
            7 => signal.targets.push(signal.stop),
            _ => {}
        }
        self.ideas.push(signal.clone());
        self.say(signal.into());
    }

    /// An earlier idea: one of the last hours as it would come now, an older one as it was. An id
    /// holds the stamp of its bar, so that it cannot come again with a stamp of another day.
    fn earlier(&self, back: usize) -> Option<mia::wire::Signal> {
        let place = self.ideas.len().checked_sub(back + 1)?;
        let mut again = self.ideas[place].clone();
        if at(self.ms) - again.ct < 20 * 60 * MINUTE * 1000 {
            (again.ts, again.ct, again.expires) = (at(self.ms), at(self.ms), at(self.ms + MINUTE));
        }
        Some(again)
    }

    fn foreign(&mut self, what: u8) {
        let mut order = bracket("stray", self.ms, Side::Buy, 7, 5000.0, 4990.0, 5010.0);
        let record = match what {
            0 => order.into(),
            1 => {
                order.by = By::Signal;
                order.into()
            }
            2 => {
                order.sym = Sym::new("NQH24").unwrap();
                order.into()
            }
            _ => match trade(self.ms, 17_000.0, 5) {
                Record::Trade(other) => Trade { sym: Sym::new("NQH24").unwrap(), ..other }.into(),
                record => record,
            },
        };
        self.say(record);
    }
}
