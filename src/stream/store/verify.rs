//! Looks at every byte of a store: checksums, index against frames, how each part was left.

use crate::market::TradeDate;
use crate::stream::store::Folder;
use crate::stream::store::IndexEnd;
use crate::stream::store::IndexEntry;
use crate::stream::store::PartId;
use crate::stream::store::Store;
use crate::stream::store::StoreError;
use crate::stream::store::frames::Fingerprint;
use crate::stream::store::frames::Found;
use crate::stream::store::frames::read_frame;
use crate::stream::store::in_force::InForce;
use crate::stream::store::index::read_end;
use crate::stream::store::lock::lock_part;
use crate::stream::store::part_view::Lines;
use crate::stream::store::part_view::PartView;
use crate::stream::store::part_view::length;
use crate::stream::store::recovery::Standing;
use crate::stream::store::recovery::recover_part;
use crate::stream::store::recovery::standing;
use crate::stream::store::span::Span;
use serde::Serialize;
use std::fs::File;
use std::path::Path;

/// How a part is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PartState {
    /// As it was written.
    Good,
    /// A living process is writing it.
    Open,
    /// A crash left it unfinished: nothing whole is lost, the next recording finishes it.
    Unfinished,
    /// Not as it was written.
    Damaged,
}

/// What was found of one part.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PartReport {
    /// Trade date.
    pub date: String,
    /// Name of the part.
    pub part: String,
    /// How it is.
    pub state: PartState,
    /// Frames.
    pub frames: u64,
    /// Lines in frames.
    pub lines: u64,
    /// Plain length of the frames, bytes.
    pub plain: u64,
    /// Compressed length, bytes.
    pub bytes: u64,
    /// Lines that are not in a frame yet.
    pub open: u64,
    /// Smallest stamp, microseconds UTC.
    pub min: Option<i64>,
    /// Largest stamp, microseconds UTC.
    pub max: Option<i64>,
    /// Frames that begin before the one before them ends: late records, no damage.
    pub back: u64,
    /// What is wrong, with file and frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Looks at every part of these sessions, in order; with `repair`, what crashes left unfinished is
/// finished first, and a part that has lost its end is cut back to what is whole.
///
/// # Errors
/// [`StoreError::Io`]. Damage is no error: it is in the reports.
pub fn verify(
    store: &Store,
    dates: &[TradeDate],
    repair: bool,
    mut each: impl FnMut(&PartReport),
) -> Result<(), StoreError> {
    for date in dates {
        let folder = Folder::read(store.dir(), *date)?;
        for id in &folder.parts {
            if repair && !is_gone(&folder, *id)? && standing(&folder, *id)? != Standing::Finished {
                recover_part(&folder, *id)?;
            }
            each(&report(&folder, *id)?);
        }
    }
    Ok(())
}

/// Whether a finished part has lost its file of lines: the index is then all that says what is
/// missing, and must stay.
fn is_gone(folder: &Folder, id: PartId) -> Result<bool, StoreError> {
    let end = read_end(&folder.index(id)).unwrap_or(None);
    Ok(end.is_some_and(|end| end.bytes > 0) && length(&folder.lines(id))? == 0)
}

fn report(folder: &Folder, id: PartId) -> Result<PartReport, StoreError> {
    let live = folder.index(id).exists() && lock_part(&folder.index(id), false)?.is_none();
    let view = PartView::load(folder, id)?;
    let frames = &view.index.frames;
    let end = IndexEnd::of(frames);
    let open = view.tails.iter().map(|tail| memchr::memchr_iter(b'\n', &tail.lines).count() as u64);
    let mut report = PartReport {
        date: folder.date.to_string(),
        part: id.to_string(),
        state: if live { PartState::Open } else { PartState::Good },
        frames: end.end,
        lines: end.lines,
        plain: end.plain,
        bytes: end.bytes,
        open: open.sum(),
        min: end.min,
        max: end.max,
        back: frames.windows(2).filter(|two| two[1].min < two[0].max).count() as u64,
        problem: None,
        remedy: None,
    };
    if let Some(problem) = damage(folder, id, &view, live)? {
        report.state = PartState::Damaged;
        report.problem = Some(problem);
        let remedy = if view.index.altered.is_some() {
            "restore it from a copy; removed, it is made anew from the lines, without what only it says"
        } else if view.hole()?.is_some() {
            "restore it from a copy; mia-record verify --repair keeps every whole frame"
        } else if is_gone(folder, id)? {
            "restore it from a copy"
        } else if view.missing > 0 {
            "restore it from a copy; mia-record verify --repair cuts it back to what is whole"
        } else {
            "restore it from a copy; until then --since and --until read the frames around it"
        };
        report.remedy = Some(remedy.into());
    } else if !live && let Some(problem) = unfinished(&folder.index(id), &view) {
        report.state = PartState::Unfinished;
        report.problem = Some(problem);
        let remedy = "the next recording into the store finishes it, or mia-record verify --repair";
        report.remedy = Some(remedy.into());
    }
    Ok(report)
}

/// What no crash does to a part.
fn damage(
    folder: &Folder,
    id: PartId,
    view: &PartView,
    live: bool,
) -> Result<Option<String>, StoreError> {
    let (path, index) = (view.path.display(), folder.index(id));
    if let Some(line) = view.index.altered {
        return Ok(Some(format!("{}: line {line} is not as it was written", index.display())));
    }
    if let Some(header) = &view.index.header
        && (header.date != folder.date.to_string() || header.part != id.to_string())
    {
        let (date, part, index) = (&header.date, &header.part, index.display());
        return Ok(Some(format!("{index} is the index of {date}/{part}")));
    }
    if view.missing > 0 && !live && length(&view.path)? == 0 {
        return Ok(Some(format!("{path} is missing: the index has {} frames of it", view.missing)));
    }
    if view.missing > 0 && !live {
        return Ok(Some(format!(
            "{path} has lost its end: {} frames of the index are not in it",
            view.missing
        )));
    }
    if let Some(problem) = damaged_frame(view)? {
        return Ok(Some(problem));
    }
    if let Some((from, to)) = view.hole()? {
        return Ok(Some(format!("{path} is damaged from byte {from} to byte {to}")));
    }
    // What is torn behind the end of a finished part was not torn by a crash of its writer.
    match &view.torn {
        Some(torn) if standing(folder, id)? == Standing::Damaged => {
            Ok(Some(format!("{path} has foreign bytes from byte {} on: {}", torn.at, torn.reason)))
        }
        _ => Ok(None),
    }
}

fn damaged_frame(view: &PartView) -> Result<Option<String>, StoreError> {
    if view.index.frames.is_empty() {
        return Ok(None);
    }
    let file = File::open(&view.path).map_err(StoreError::io("open", &view.path))?;
    let mut carry = None;
    for entry in &view.index.frames {
        if let Some(problem) = frame_problem(&view.path, &file, entry, &mut carry)? {
            let (path, number, at) = (view.path.display(), entry.frame, entry.at);
            return Ok(Some(format!("{path}: frame {number} at byte {at}: {problem}")));
        }
    }
    Ok(None)
}

fn frame_problem(
    path: &Path,
    file: &File,
    entry: &IndexEntry,
    carry: &mut Option<i64>,
) -> Result<Option<String>, StoreError> {
    let mut sha256 = Fingerprint::default();
    let mut lines = Lines::new(Span::after(*carry), InForce::from_lines(&entry.stream));
    let mut last = b'\n';
    let found = read_frame(file, entry.at, |bytes| {
        sha256.add(bytes);
        lines.add(bytes);
        last = *bytes.last().unwrap_or(&last);
    });
    let (span, _) = lines.finish();
    *carry = span.carry();
    Ok(match found.map_err(StoreError::io("read", path))? {
        Found::End => Some("the file ends before it".into()),
        Found::Torn(reason) => Some(reason),
        Found::Whole(len) if len != entry.len => {
            Some(format!("{len} bytes long, {} by the index", entry.len))
        }
        Found::Whole(_) if sha256.hex() != entry.sha256 => {
            Some("its bytes are not those that the index names".into())
        }
        Found::Whole(_) if last != b'\n' => Some("it ends inside a line".into()),
        Found::Whole(_) => disagreement(entry, &span),
    })
}

/// Where the index says something else than the lines.
fn disagreement(entry: &IndexEntry, span: &Span) -> Option<String> {
    let pairs = [
        ("lines", Some(entry.lines as i64), Some(span.lines as i64)),
        ("bytes", Some(entry.plain as i64), Some(span.plain as i64)),
        ("as first stamp", entry.first, span.first),
        ("as last stamp", entry.last, span.last),
    ];
    let shown = |value: Option<i64>| value.map_or("none".to_owned(), |value| value.to_string());
    pairs.into_iter().find(|(_, index, lines)| index != lines).map(|(what, index, lines)| {
        format!("the index says {} {what}, the frame has {}", shown(index), shown(lines))
    })
}

/// What a crash leaves behind.
fn unfinished(index: &Path, view: &PartView) -> Option<String> {
    let path = view.path.display();
    if let Some(torn) = &view.torn {
        return Some(format!("{path} is torn at byte {}: {}", torn.at, torn.reason));
    }
    if view.found > 0 {
        return Some(format!("{} frames of {path} are not in the index", view.found));
    }
    if let Some(tail) = view.tails.first() {
        return Some(format!("the lines of {} are not in a frame yet", tail.path.display()));
    }
    if view.index_rest > 0 {
        return Some(format!("{} ends in something else", index.display()));
    }
    view.index.end.is_none().then(|| format!("{} has no end", index.display()))
}
