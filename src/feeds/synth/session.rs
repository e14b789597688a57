//! One Globex session, event by event.

use crate::feeds::synth::book::Book;
use crate::feeds::synth::latent::BALANCE_TICKS;
use crate::feeds::synth::latent::Latent;
use crate::feeds::synth::memory::OwnProfile;
use crate::feeds::synth::memory::OwnVwap;
use crate::feeds::synth::plan::Balance;
use crate::feeds::synth::plant::Flow;
use crate::feeds::synth::plant::Script;
use crate::feeds::synth::random::Random;
use crate::feeds::synth::shape::Minute;
use crate::feeds::synth::shape::Shape;
use crate::feeds::synth::tape::Tape;
use crate::market::Session;
use crate::market::Side;
use crate::stream::SourceOut;

const SECOND_US: f64 = 1_000_000.0;
const MINUTE_US: i64 = 60_000_000;
/// Book updates without a trade, a trade.
const QUIET_UPDATES: f64 = 0.8;
/// Share of events that earlier events set off, and how fast that fades, per second.
const BRANCHING: f64 = 0.5;
const FADE: f64 = 0.7;
/// How far the latent price leaves the middle before the touch gives way, ticks.
const GIVE_WAY: f64 = 0.9;
/// Largest order, contracts.
const ORDER_MAX: u64 = 400;
const PLANT_ORDER_MAX: u64 = 25;
/// Share of large orders on the prevailing side of a plant that asks for them, and their sizes.
const PLANT_LARGE_SHARE: f64 = 0.08;
const PLANT_LARGE: (f64, f64) = (45.0, 75.0);
/// How much busier a calm day is at its fair price, and how near that is, ticks.
const FAIR_BOOST: f64 = 4.0;
const FAIR_WIDTH: f64 = 5.0;
/// The same of a centred day farther out, so that it trades less the farther from there.
const CENTRE_BOOST: f64 = 6.0;
const CENTRE_WIDTH: f64 = 36.0;
/// How much wider its swings are.
const CENTRE_SWING: f64 = 1.5;
/// Its rate, so that it trades about as much as another calm day.
const CENTRE_RATE: f64 = 0.5;
/// How long before its close the swings of such a day fade.
const CENTRE_FADE_US: f64 = 40.0 * MINUTE_US as f64;
/// Least trades a second while a plant leads.
const PLANT_RATE_MIN: f64 = 1.5;

/// The state of one session.
pub struct SessionRun {
    /// Hours of the session.
    pub session: Session,
    /// The book now.
    pub book: Book,
    /// The latent price now.
    pub latent: Latent,
    /// Volume by price of regular hours.
    pub profile: OwnProfile,
    tape: Tape,
    shape: Shape,
    vwap: OwnVwap,
    scripts: Vec<Script>,
    balance: Balance,
    random: Random,
    now: i64,
    settled: bool,
    led: bool,
    /// Events a second set off by earlier ones, at `now`.
    excited: f64,
    last_side: Side,
}

impl SessionRun {
    /// A session that starts at the latent price; `balance` may keep regular hours in a range.
    pub fn new(
        session: Session,
        shape: Shape,
        latent: Latent,
        book: Book,
        tape: Tape,
        balance: Balance,
        random: Random,
    ) -> Self {
        Self {
            now: session.open,
            session,
            book,
            latent,
            profile: OwnProfile::default(),
            tape,
            shape,
            vwap: OwnVwap::default(),
            scripts: Vec::new(),
            balance,
            random,
            settled: false,
            led: false,
            excited: 0.0,
            last_side: Side::Buy,
        }
    }

    /// Adds a path that leads the price for a while.
    pub fn add_script(&mut self, script: Script) {
        self.scripts.push(script);
    }

    /// Writes the book at the open.
    pub fn open(&mut self, out: &mut dyn SourceOut) {
        self.tape.open(self.now, &self.book, out);
    }

    /// Draws the time of the next event; `None` at the close. Halts have none.
    pub fn next_event(&mut self) -> Option<i64> {
        loop {
            let minute = self.shape.at(self.now);
            let base = self.rate(minute) * (1.0 + QUIET_UPDATES) * (1.0 - BRANCHING);
            let bound = base + self.excited;
            let wait = (self.random.exponential() / bound * SECOND_US) as i64 + 1;
            // The rate changes with the minute: what is drawn beyond is drawn anew from there.
            let edge = (self.now.div_euclid(MINUTE_US) + 1) * MINUTE_US;
            let next = (self.now + wait).min(edge);
            self.excited *= libm::exp(-FADE * (next - self.now) as f64 / SECOND_US);
            self.now = next;
            if next >= self.session.close {
                return None;
            }
            if let Some((_, end)) =
                self.session.halts.iter().find(|(from, to)| (*from..*to).contains(&next))
            {
                self.now = *end;
                self.excited = 0.0;
                continue;
            }
            if next < edge && self.random.uniform() * bound < base + self.excited {
                return Some(next);
            }
        }
    }

    fn rate(&self, minute: Minute) -> f64 {
        let led = self.scripts.iter().any(|s| s.leads(self.now));
        let mut rate = minute.rate;
        if self.is_calm() && minute.regular {
            // A day in balance trades most at its fair price: the point of control lies there.
            let offset = self.latent.offset();
            let bell = |width: f64| libm::exp(-0.5 * (offset / width) * (offset / width));
            let fair = 1.0 + FAIR_BOOST * bell(FAIR_WIDTH);
            // What a plant does on such a day must not become its point of control.
            rate *= if led {
                0.5
            } else if self.balance == Balance::Centred {
                CENTRE_RATE * (fair + CENTRE_BOOST * bell(CENTRE_WIDTH))
            } else {
                fair
            };
        } else {
            rate *= self.latent.vol();
        }
        if led { rate.max(PLANT_RATE_MIN) } else { rate }
    }

    /// Makes the event at `ts`; `dt` seconds have passed since the one before.
    pub fn event(&mut self, ts: i64, dt: f64, out: &mut dyn SourceOut) {
        let minute = self.shape.at(ts);
        let flow = self.move_latent(ts, dt, minute);
        let mut is_trade = self.random.chance(1.0 / (1.0 + QUIET_UPDATES));
        loop {
            let d = self.latent.price - self.book.mid();
            if d.abs() <= GIVE_WAY {
                break;
            }
            let up = d > 0.0;
            // The level is taken by a trade, unless the flow asked for is against the move.
            let against = flow.is_some_and(|f| (f.buyers > 0.5) != up);
            let taken = is_trade && !against;
            self.give_way(ts, up, taken, minute, out);
            is_trade &= !taken;
        }
        if is_trade {
            self.trade(ts, flow, minute, out);
        } else {
            self.refresh(minute);
        }
        self.tape.publish(ts, &mut self.book, out);
        self.excited += BRANCHING * FADE;
    }

    /// Moves the latent price to `ts`; what is asked of the flow, if a plant leads.
    fn move_latent(&mut self, ts: i64, dt: f64, minute: Minute) -> Option<Flow> {
        if minute.regular && !self.settled {
            self.settled = true;
            if self.is_calm() {
                self.latent.settle();
            }
        }
        let leading = self.scripts.iter_mut().find(|s| s.leads(ts));
        if let Some(script) = leading {
            self.latent.lead(script.price(ts, self.latent.price, self.vwap.bands()));
            self.led = true;
            return script.flow_at(ts);
        }
        // A calm day goes back to its fair price, another one stays where it was led.
        if self.led && !self.is_calm() {
            self.latent.settle();
        }
        self.led = false;
        let calm = self.is_calm() && minute.regular;
        let fade = if calm { self.fade(ts) } else { 1.0 };
        let (sigma, swing) = (minute.sigma * fade.max(0.35), calm.then_some(self.swing() * fade));
        self.latent.step(ts, dt, sigma, swing, &mut self.random);
        None
    }

    fn is_calm(&self) -> bool {
        self.balance != Balance::Free
    }

    /// Height of the swings of a day in balance, ticks.
    fn swing(&self) -> f64 {
        let wider = if self.balance == Balance::Centred { CENTRE_SWING } else { 1.0 };
        BALANCE_TICKS * wider
    }

    /// What is left of the swings at `ts`: a centred day comes to rest at its fair price.
    fn fade(&self, ts: i64) -> f64 {
        let left = self.session.rth.map_or(0, |(_, close)| close - ts) as f64 / CENTRE_FADE_US;
        if self.balance == Balance::Centred { left.clamp(0.0, 1.0) } else { 1.0 }
    }

    /// The touch gives way by a tick: thinned by cancellations, then taken or withdrawn.
    fn give_way(
        &mut self,
        ts: i64,
        up: bool,
        taken: bool,
        minute: Minute,
        out: &mut dyn SourceOut,
    ) {
        if taken {
            let (side, px) =
                if up { (Side::Buy, self.book.ask()) } else { (Side::Sell, self.book.bid) };
            let queue = if up { &mut self.book.ask_size } else { &mut self.book.bid_size };
            let rest = self.random.up_to(8).min(*queue);
            *queue = rest;
            self.tape.publish(ts, &mut self.book, out);
            self.print(ts, px, rest, side, out);
        }
        let (fresh, behind) = (self.queue(minute) / 3 + 1, self.queue(minute));
        let (bid_size, ask_size) = if up { (fresh, behind) } else { (behind, fresh) };
        self.book.shift(up, bid_size, ask_size, minute.queue);
        self.tape.publish(ts, &mut self.book, out);
    }

    /// An order that takes a part of the queue at the touch.
    fn trade(&mut self, ts: i64, flow: Option<Flow>, minute: Minute, out: &mut dyn SourceOut) {
        let side = self.side(flow.map(|f| f.buyers));
        // One large order against the flow asked for would undo it.
        let most = if flow.is_some() { PLANT_ORDER_MAX } else { ORDER_MAX };
        let mut size = self.random.order_size(most);
        let prevails = |f: Flow| f.large && (f.buyers > 0.5) == (side == Side::Buy);
        if flow.is_some_and(prevails) && self.random.chance(PLANT_LARGE_SHARE) {
            size = self.random.between(PLANT_LARGE.0, PLANT_LARGE.1) as u64;
        }
        let (px, queue) = if side == Side::Buy {
            (self.book.ask(), &mut self.book.ask_size)
        } else {
            (self.book.bid, &mut self.book.bid_size)
        };
        if size >= *queue {
            // Large orders come where there is something to take.
            *queue = size + 1 + (minute.queue * self.random.uniform()) as u64;
            self.tape.publish(ts, &mut self.book, out);
        }
        self.print(ts, px, size, side, out);
        let queue =
            if side == Side::Buy { &mut self.book.ask_size } else { &mut self.book.bid_size };
        *queue -= size;
    }

    fn print(&mut self, ts: i64, px: i64, size: u64, side: Side, out: &mut dyn SourceOut) {
        self.tape.trade(ts, px, size, side, out);
        self.last_side = side;
        if self.session.rth.is_some_and(|(from, to)| (from..to).contains(&ts)) {
            self.profile.add(px, size);
            self.vwap.add(px, size);
        }
    }

    fn side(&mut self, buyers: Option<f64>) -> Side {
        let share = if let Some(share) = buyers {
            share
        } else if self.random.chance(0.3) {
            return self.last_side;
        } else {
            let d = self.latent.price - self.book.mid();
            1.0 / (1.0 + libm::exp(-1.1 * d))
        };
        if self.random.chance(share) { Side::Buy } else { Side::Sell }
    }

    /// Orders come and go at one side of the touch.
    fn refresh(&mut self, minute: Minute) {
        let bid = self.random.chance(0.5);
        let d = self.latent.price - self.book.mid();
        let leaning = if bid { 1.0 + 0.5 * d } else { 1.0 - 0.5 * d };
        let target = minute.queue * leaning * self.random.between(0.4, 1.6);
        let queue = if bid { &mut self.book.bid_size } else { &mut self.book.ask_size };
        let size = *queue as f64;
        *queue = ((size + 0.4 * (target - size)).round() as u64).max(1);
    }

    fn queue(&mut self, minute: Minute) -> u64 {
        ((minute.queue * self.random.between(0.5, 1.5)) as u64).max(1)
    }
}
