//! The only place that reads a clock. Folds never do; the edges stamp with it.

/// Microseconds since the Unix epoch, UTC, now.
#[expect(clippy::disallowed_methods, reason = "the edge: live receive times and side events")]
pub fn now_us() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_micros() as i64)
}

/// A monotonic instant, for progress and pacing.
#[expect(clippy::disallowed_methods, reason = "the edge: progress, pacing and latency")]
pub fn instant() -> std::time::Instant {
    std::time::Instant::now()
}
