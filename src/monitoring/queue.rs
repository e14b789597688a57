//! Messages that wait: bounded, the urgent first.

use crate::monitoring::Message;
use crate::wire::AlertLevel;
use std::collections::VecDeque;
use std::time::Duration;

/// A bounded queue. Emergencies jump it; when it is full the least urgent oldest message goes.
#[derive(Debug)]
pub struct Queue {
    /// Message and the time it was taken.
    waiting: VecDeque<(Message, Duration)>,
    most: usize,
    dropped: u64,
}

impl Queue {
    /// An empty queue of at most `most` messages.
    pub fn new(most: usize) -> Self {
        Self { waiting: VecDeque::new(), most: most.max(1), dropped: 0 }
    }

    /// Takes a message at time `now`.
    pub fn push(&mut self, message: Message, now: Duration) {
        if self.waiting.len() >= self.most {
            self.dropped += 1;
            let least = self.waiting.iter().map(|(m, _)| m.level).min();
            if least.is_none_or(|least| message.level < least) {
                return;
            }
            let oldest = self.waiting.iter().position(|(m, _)| Some(m.level) == least);
            oldest.map(|i| self.waiting.remove(i));
        }
        if message.level == AlertLevel::Emergency {
            let behind = |(m, _): &(Message, Duration)| m.level != AlertLevel::Emergency;
            let at = self.waiting.iter().position(behind).unwrap_or(self.waiting.len());
            self.waiting.insert(at, (message, now));
        } else {
            self.waiting.push_back((message, now));
        }
    }

    /// The next message and the time it was taken.
    pub fn pop(&mut self) -> Option<(Message, Duration)> {
        self.waiting.pop_front()
    }

    /// How many messages wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Messages that found no room.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Sym;

    fn message(title: &str, level: AlertLevel) -> Message {
        let (title, text) = (title.to_owned(), String::new());
        Message { title, text, level, ts: 0, sym: Sym::NONE, record: Vec::new() }
    }

    fn titles(queue: &mut Queue) -> String {
        std::iter::from_fn(|| queue.pop()).map(|(m, _)| m.title).collect()
    }

    #[test]
    fn emergencies_jump_and_keep_their_own_order() {
        let mut queue = Queue::new(10);
        for (title, level) in [
            ("a", AlertLevel::Info),
            ("b", AlertLevel::Critical),
            ("C", AlertLevel::Emergency),
            ("D", AlertLevel::Emergency),
        ] {
            queue.push(message(title, level), Duration::ZERO);
        }
        assert_eq!(titles(&mut queue), "CDab");
    }

    #[test]
    fn a_full_queue_loses_the_least_urgent_oldest() {
        let mut queue = Queue::new(3);
        for (title, level) in [
            ("a", AlertLevel::Warning),
            ("b", AlertLevel::Info),
            ("c", AlertLevel::Info),
            ("d", AlertLevel::Info),
            ("E", AlertLevel::Emergency),
            ("f", AlertLevel::Warning),
            ("g", AlertLevel::Info),
        ] {
            queue.push(message(title, level), Duration::ZERO);
        }
        assert_eq!(queue.dropped(), 4);
        assert_eq!(titles(&mut queue), "Eaf");
    }
}
