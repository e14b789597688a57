//! Market depth, by price or by order.

use crate::feeds::iqfeed::DepthBy;
use crate::feeds::iqfeed::DepthEvent;
use crate::feeds::iqfeed::book::Change;
use crate::feeds::iqfeed::client::IqfeedClient;
use crate::feeds::iqfeed::client::level1::release;
use crate::feeds::iqfeed::client::refused;
use crate::feeds::iqfeed::client::unknown;
use crate::feeds::iqfeed::lines::Fault;
use crate::feeds::iqfeed::watch::Watch;
use crate::feeds::iqfeed::watch::no_time;
use crate::feeds::live::Actions;
use crate::feeds::live::LinkId;
use crate::feeds::live::Now;
use crate::market::Sym;
use crate::wire::AlertLevel;
use crate::wire::BookSide;

impl IqfeedClient {
    pub(super) fn on_depth(
        &mut self,
        link: LinkId,
        event: DepthEvent,
        now: Now,
        actions: &mut Actions,
    ) {
        match event {
            DepthEvent::Time(_) => self.try_ready(link, actions),
            DepthEvent::System(system) => self.system(link, system, now, actions),
            DepthEvent::NoDepth(name) => self.no_depth(&name, actions),
            DepthEvent::NotFound(name) => self.not_found(&name, actions),
            DepthEvent::Error(text) => self.complained(&text, actions),
            DepthEvent::Ignored(_) => {}
            DepthEvent::Unknown(byte) => unknown(link, byte, actions),
            of_book => {
                if let Err(fault) = self.on_book(link, &of_book, now, actions) {
                    refused(link, fault.code, fault.reason, actions);
                }
            }
        }
    }

    pub(super) fn on_book(
        &mut self,
        link: LinkId,
        event: &DepthEvent,
        now: Now,
        actions: &mut Actions,
    ) -> Result<(), Fault> {
        let eastern = &mut self.eastern;
        let (symbol, at, snapshot) = match *event {
            DepthEvent::Order { symbol, at, snapshot, .. }
            | DepthEvent::Level { symbol, at, snapshot, .. } => (symbol, at, snapshot),
            DepthEvent::OrderGone { symbol, at, .. } | DepthEvent::LevelGone { symbol, at, .. } => {
                (symbol, at, false)
            }
            _ => return Ok(()),
        };
        let Some(watch) = self.watches.iter_mut().find(|w| w.contract.vendor == symbol) else {
            return Ok(());
        };
        watch.seen = true;
        let ts = eastern.recent(at, now.utc).map_err(|e| no_time(&e))?;
        let changes: [Option<Change>; 2] = match *event {
            DepthEvent::Order { id, side, px, size, .. } => {
                let (left, own) = watch.book.order(id, side, px, size).ok_or_else(|| Fault {
                    code: "bad_row_book",
                    reason: format!("the book of {symbol} has too many orders"),
                })?;
                [left, Some(own)]
            }
            DepthEvent::OrderGone { id, .. } => [None, watch.book.order_gone(id)],
            DepthEvent::Level { side, px, size, .. } => {
                [None, Some(watch.book.level(side, px, size))]
            }
            DepthEvent::LevelGone { side, px, .. } => [None, Some(watch.book.level(side, px, 0))],
            _ => [None, None],
        };
        if snapshot {
            self.held_since = now.mono;
        } else {
            release(watch, link, actions);
        }
        // The own level comes last and ends the batch; in a snapshot the newest is held back until
        // it is known whether another follows.
        for (change, last) in changes.into_iter().zip([false, true]) {
            let Some(change) = change else { continue };
            let depth = watch.depth(change, ts, last && !snapshot)?;
            if snapshot {
                let before = watch.held.replace(depth);
                if let Some(depth) = before {
                    actions.state(link, depth);
                }
            } else {
                actions.record(link, depth);
            }
        }
        Ok(())
    }

    pub(super) fn no_depth(&mut self, name: &str, actions: &mut Actions) {
        self.findings.without_depth.push(name.to_owned());
        let sym = Sym::new(name).and_then(|vendor| self.watch_of(vendor));
        let sym = sym.map_or(Sym::NONE, |watch| watch.contract.sym);
        let text = format!("IQFeed has no market depth of {name}: is it in the subscription?");
        actions.alert(sym, AlertLevel::Warning, "no_depth", text);
    }

    pub(super) fn clear_side(
        &mut self,
        link: LinkId,
        vendor: Sym,
        side: BookSide,
        now: Now,
        actions: &mut Actions,
    ) {
        let Some(watch) = self.watch_of(vendor) else { return };
        release(watch, link, actions);
        let gone = watch.book.clear_side(side);
        for (index, change) in gone.iter().enumerate() {
            if let Ok(depth) = watch.depth(*change, now.utc, index + 1 == gone.len()) {
                actions.state(link, depth);
            }
        }
    }
}

pub(super) fn watch_depth(
    watch: &mut Watch,
    by: Option<DepthBy>,
    link: LinkId,
    now: Now,
    actions: &mut Actions,
) {
    if watch.contract.tick.is_none() {
        return;
    }
    let command = if by == Some(DepthBy::Order) { "WOR" } else { "WPL" };
    actions.send(link, format!("{command},{}\r\n", watch.contract.vendor).as_bytes());
    let clear = watch.clear_book(now);
    actions.state(link, clear);
}
