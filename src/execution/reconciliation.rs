//! Whether mia-risk begins with the account that execution has.

use crate::account::Ledger;
use crate::account::OpenOrder;
use crate::execution::PaperStage;
use crate::execution::Recovery;
use crate::execution::broker::Simulated;
use crate::market::Calendar;
use crate::market::CalendarError;
use crate::market::Cents;
use crate::matching::Fact;
use crate::matching::Listings;
use crate::risk::Latches;
use crate::wire::Acct;
use crate::wire::AcctOp;
use crate::wire::By;
use crate::wire::Cancel;
use crate::wire::Failure;
use crate::wire::FailureClass;
use crate::wire::Leg;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Latches that are set: name, reason and who set them.
pub(super) type SetLatches = BTreeMap<String, (String, By)>;

/// What mia-risk says at its start: an account, and the facts since that an earlier run acted on. They
/// are history: execution neither makes nor compares them.
#[derive(Debug)]
pub(super) struct Opening {
    told: Recovery,
    /// Records that still belong to it.
    left: u64,
    /// It goes on from an earlier run.
    remembers: bool,
    /// Its facts come from a journal: what it has not heard yet, it will.
    follows: bool,
    /// Told in a warm-up by a mia-risk without a memory: with live data it may still find one.
    provisional: bool,
    /// Latches and resets in it, not taken before both are found to agree.
    latches: Vec<Acct>,
}

impl Opening {
    /// What the record `open` begins.
    pub(super) fn new(open: &Acct, listings: Listings, calendar: Calendar, warmup: bool) -> Self {
        let mut told = Recovery::new(listings, open.equity.unwrap_or(Cents(0)), calendar);
        let follows = open.reason.iter().any(|r| r.split(',').any(|word| word == "journal"));
        if let Some((equity, day)) = open.equity.zip(open.day_pnl) {
            told.ledger.adopt(equity, day, open.stats.unwrap_or_default());
        }
        Self {
            told,
            left: open.restored.unwrap_or(0),
            remembers: open.restored.is_some(),
            follows,
            provisional: warmup && open.restored.is_none(),
            latches: Vec::new(),
        }
    }

    /// Takes the next account record of mia-risk; `false` if the history is told, and this is news.
    pub(super) fn take(&mut self, acct: &Acct) -> Result<bool, CalendarError> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        self.told.on_told(acct)?;
        if matches!(acct.op, AcctOp::Latch | AcctOp::Kill | AcctOp::Reset) {
            self.latches.push(acct.clone());
        }
        Ok(true)
    }

    /// Whether only an order decides that nothing better will be told.
    pub(super) const fn is_provisional(&self) -> bool {
        self.provisional
    }

    /// Latches and resets that were told.
    pub(super) fn take_latches(&mut self) -> Vec<Acct> {
        std::mem::take(&mut self.latches)
    }

    /// In words, where it contradicts `own`; `knows` are the orders that execution has ever had.
    fn contradictions(
        &self,
        own: &Ledger,
        set: &SetLatches,
        knows: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let (ours, theirs) = (own.orders(), self.told.ledger().orders());
        let mut found = Vec::new();
        for id in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
            let (mine, its) = (ours.get(id), theirs.get(id));
            let held = |order: Option<&OpenOrder>| {
                order.map_or(0, |order| order.side.sign() * order.open as i64)
            };
            let (here, there) = (held(mine), held(its));
            let heals = self.follows && if knows(id) { self.remembers } else { there == 0 };
            if here == there || heals {
                continue;
            }
            let sym = mine.or(its).map(|order| order.sym).unwrap_or_default();
            found.push(format!(
                "order {id} in {sym} holds {} for mia-risk and {} for mia-exec",
                contracts(there),
                contracts(here)
            ));
        }
        let mut set = set.clone();
        self.latches.iter().for_each(|acct| open_latches(&mut set, acct));
        for (name, (reason, by)) in set {
            let session = Latches::is_of_the_session(&name);
            // Heard of from the journal; or execution has still to close what is open, which nothing may
            // keep it from, and rejects every entry meanwhile.
            let own_doing = by == By::Exec && ((self.follows && self.remembers) || !own.is_flat());
            // Opened by the feed, or by a session that mia-risk knows of.
            let heals = name == Latches::STALE || (session && self.remembers) || own_doing;
            if !heals && !self.told.latches().contains_key(&name) {
                found.push(format!("the latch {name} ({reason}) is set here and not for mia-risk"));
            }
        }
        found
    }

    /// Entries that never arrived here, and never will: the pipe that they were written to is gone.
    fn never_arrived(&self, knows: impl Fn(&str) -> bool) -> Vec<Cancel> {
        let lost = self
            .told
            .brackets()
            .iter()
            .filter(|(id, bracket)| bracket.open == 0 && bracket.entering > 0 && !knows(id));
        let lost = lost.map(|(id, bracket)| Cancel {
            ts: bracket.order.ct,
            sym: bracket.order.sym,
            by: By::Exec,
            order: id.clone(),
            leg: Leg::Entry,
            qty: bracket.entering,
            reason: "lost".to_owned(),
            xts: bracket.order.ct,
        });
        lost.collect()
    }
}

/// Signed contracts for people.
fn contracts(held: i64) -> String {
    if held == 0 { "nothing".to_owned() } else { format!("{held:+}") }
}

/// Takes away the latches that a reset opens.
pub(super) fn open_latches(set: &mut SetLatches, acct: &Acct) {
    match acct.op {
        AcctOp::Reset if acct.latches.is_empty() => set.clear(),
        AcctOp::Reset => set.retain(|name, _| !acct.latches.contains(name)),
        _ => {}
    }
}

impl<B: Simulated> PaperStage<B> {
    /// Holds what mia-risk said at its start against what is here, before anything is acted on at `now`
    /// (microseconds UTC).
    ///
    /// # Errors
    /// They contradict each other: nothing was acted on, and nothing was written.
    pub(super) fn reconcile(&mut self, now: i64) -> Result<(), Failure> {
        let Some(mut opening) = self.opening.take() else { return Ok(()) };
        let knows = |id: &str| self.acted.contains_key(id);
        let found = opening.contradictions(&self.ledger, &self.latches, knows);
        if !found.is_empty() {
            return Err(self.contradicted(&opening, &found));
        }
        let lost = opening.never_arrived(knows);
        let latches = opening.take_latches();
        let fresh = self.went_on().is_none() && self.acted.is_empty() && self.ledger.is_idle();
        if opening.follows {
            // Mia-risk hears of it from the journal.
            let told = |lost: &Cancel| Cancel { ts: now, xts: now, ..lost.clone() };
            self.unsent.extend(lost.iter().map(told).map(Fact::Cancel));
        }
        if fresh && opening.remembers {
            lost.into_iter().try_for_each(|lost| opening.told.on_record(&lost.into()))?;
            (self.ledger, self.day) = opening.told.into_books();
        }
        latches.iter().try_for_each(|acct| self.take_latch(acct))
    }

    #[cold]
    fn contradicted(&self, opening: &Opening, found: &[String]) -> Failure {
        let message =
            format!("mia-risk and mia-exec begin with two accounts: {}", found.join("; "));
        Failure::new(FailureClass::Config, message).hint(self.remedy(opening))
    }

    fn remedy(&self, opening: &Opening) -> String {
        let Some(journal) = self.journal() else {
            return "name the journal that goes with the --state folder of mia-risk: --journal FILE \
                    --resume"
                .to_owned();
        };
        let file = journal.path().display();
        if journal.next_recorded().is_some() {
            return format!(
                "the input begins where the journal does, and mia-risk went on with it from a state: move \
                 the --state folder away, start mia-risk with --account journal:{file}, and give records \
                 from after the last line of the journal"
            );
        }
        let rebuild = match (opening.remembers, opening.follows) {
            (false, false) => format!(
                "start mia-risk with the --state folder of the runs that wrote the journal, or with \
                 --account journal:{file}"
            ),
            (false, true) => format!("start mia-risk with --account journal:{file}"),
            (true, _) => format!(
                "one of the two has lost what the other knows; to go by the journal, move the --state \
                 folder of mia-risk away and start it with --account journal:{file}"
            ),
        };
        if self.latches.keys().any(|name| !Latches::is_of_the_session(name)) {
            return format!(
                "{rebuild}; a person opens latches with mia-risk reset --journal {file} --reason TEXT"
            );
        }
        rebuild
    }
}
