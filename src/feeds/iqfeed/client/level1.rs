//! Level 1: trades, quotes, corrections and what the server says about symbols.

use crate::feeds::iqfeed::Level1Event;
use crate::feeds::iqfeed::Update;
use crate::feeds::iqfeed::client::HELD_US;
use crate::feeds::iqfeed::client::IqfeedClient;
use crate::feeds::iqfeed::client::Port;
use crate::feeds::iqfeed::client::refused;
use crate::feeds::iqfeed::client::unknown;
use crate::feeds::iqfeed::level1::Correction;
use crate::feeds::iqfeed::watch::Watch;
use crate::feeds::live::Actions;
use crate::feeds::live::LinkId;
use crate::feeds::live::Now;
use crate::market::Side;
use crate::market::SideSource;
use crate::market::Sym;
use crate::wire::AlertLevel;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Record;
use crate::wire::Src;
use crate::wire::StatusState;
use crate::wire::Trade;
use crate::wire::TradeFlag;
use crate::wire::TradeFlags;

impl IqfeedClient {
    pub(super) fn on_level1(
        &mut self,
        link: LinkId,
        event: Level1Event,
        now: Now,
        actions: &mut Actions,
    ) {
        match event {
            Level1Event::Update(update) => self.update(link, &update, now, actions),
            Level1Event::Correction(correction) => self.correct(link, &correction, now, actions),
            Level1Event::Time(local) => {
                self.findings.heard_time(local, now);
                self.try_ready(link, actions);
            }
            Level1Event::System(system) => self.system(link, system, now, actions),
            Level1Event::NotFound(name) => self.not_found(&name, actions),
            Level1Event::Error(text) => self.complained(&text, actions),
            Level1Event::Ignored(_) => {}
            Level1Event::Unknown(byte) => unknown(link, byte, actions),
        }
    }

    pub(super) fn update(
        &mut self,
        link: LinkId,
        update: &Update,
        now: Now,
        actions: &mut Actions,
    ) {
        let eastern = &mut self.eastern;
        let vendor = update.symbol;
        let Some(watch) = self.watches.iter_mut().find(|w| w.contract.vendor == vendor) else {
            return;
        };
        watch.seen = true;
        self.findings.saw(watch.contract, update);
        for record in [watch.trade(update, eastern, now), watch.quote(update, eastern, now)] {
            match record {
                Ok(Some(record)) if update.summary => actions.state(link, record),
                Ok(Some(record)) => actions.record(link, record),
                Ok(None) => {}
                Err(fault) => refused(link, fault.code, fault.reason, actions),
            }
        }
    }

    /// A trade that is added is written as one that forms no price; one that is taken out cannot be
    /// taken out of a stream, so it is said.
    pub(super) fn correct(
        &mut self,
        link: LinkId,
        correction: &Correction,
        now: Now,
        actions: &mut Actions,
    ) {
        let Some(sym) = self.watch_of(correction.symbol).map(|watch| watch.contract.sym) else {
            return;
        };
        let ts = match self.eastern.recent(correction.at, now.utc) {
            Ok(ts) => ts,
            Err(error) => return refused(link, "bad_row_time", error.to_string(), actions),
        };
        let Correction { px, size, tick_id, .. } = *correction;
        if !correction.insert || size == 0 {
            let text = format!("IQFeed took out a trade of {sym}: {size} at {px}, stamped {ts}");
            return actions.alert(sym, AlertLevel::Warning, "trade_removed", text);
        }
        actions.record(
            link,
            Record::Trade(Trade {
                ts,
                sym,
                px,
                sz: size,
                side: Side::None,
                ss: SideSource::None,
                seq: tick_id,
                src: Src::Iqf,
                vts: None,
                rx: None,
                flags: TradeFlags::default().with(TradeFlag::NotPrice),
            }),
        );
    }

    pub(super) fn not_found(&mut self, name: &str, actions: &mut Actions) {
        self.findings.unknown.push(name.to_owned());
        let watch = self.watches.iter().find(|watch| watch.contract.vendor.as_str() == name);
        let Some(watch) = watch.filter(|_| !self.check) else { return };
        let text = format!("IQFeed does not know the symbol {name}");
        if watch.seen {
            let sym = watch.contract.sym;
            actions.status(sym, StatusState::Down, "unknown_symbol", text.clone());
            actions.alert(sym, AlertLevel::Critical, "unknown_symbol", text);
        } else {
            actions.fail(
                Failure::new(FailureClass::Config, text).hint(
                    "name a contract that is listed, for example ESZ25 (asked for as @ESZ25)",
                ),
            );
        }
    }

    pub(super) fn over_limit(&mut self, vendor: Sym, actions: &mut Actions) {
        let Some((sym, seen)) = self.watch_of(vendor).map(|w| (w.contract.sym, w.seen)) else {
            return;
        };
        let text = format!("the account may watch no further symbol: {vendor} is refused");
        if seen {
            actions.status(sym, StatusState::Down, "symbol_limit", text.clone());
            actions.alert(sym, AlertLevel::Critical, "symbol_limit", text);
        } else {
            actions.fail(
                Failure::new(FailureClass::Config, text)
                    .hint("stop watching symbols elsewhere, or raise the limit of the account"),
            );
        }
    }

    pub(super) fn complained(&mut self, text: &str, actions: &mut Actions) {
        self.findings.complaints.push(text.to_owned());
        self.findings.complaints.truncate(10);
        let text = format!("IQFeed says: {text}");
        actions.alert(Sym::NONE, AlertLevel::Warning, "iqfeed_error", text);
    }

    pub(super) fn release_held(&mut self, now: Now, actions: &mut Actions) {
        let Some(link) = self.link_of(Port::Depth) else { return };
        if now.mono - self.held_since > HELD_US {
            self.watches.iter_mut().for_each(|watch| release(watch, link, actions));
        }
    }
}

/// Writes the level that is held: nothing more of the snapshot comes.
pub(super) fn release(watch: &mut Watch, link: LinkId, actions: &mut Actions) {
    if let Some(mut depth) = watch.held.take() {
        depth.eob = true;
        actions.state(link, depth);
    }
}
