//! Requests line by line: a JSON object in, the same with the answer out.

use crate::cli::exit::Exit;
use crate::cli::filter;
use crate::cli::filter::Files;
use crate::cli::options::Common;
use crate::options::YEAR_MINUTES;
use crate::stream::Inputs;
use crate::stream::LineBuffer;
use crate::stream::Next;
use crate::stream::Output;
use crate::stream::StreamError;
use crate::wire::Failure;
use crate::wire::Right;
use serde_json::Map;
use serde_json::Number;
use serde_json::Value;
use std::io;

/// What a request or an answer is: the keys as they came, new ones behind them.
pub(super) type Object = Map<String, Value>;

/// Why a request has no answer, as it is written behind `why`.
pub(super) type Why = String;

/// Answers every request of the inputs.
pub(super) fn answer(
    files: &Files,
    common: &Common,
    respond: impl Fn(&mut Object),
) -> anyhow::Result<Exit> {
    let interrupts = filter::interrupts()?;
    let mut inputs = files.open("requests (a JSON object a line)", &interrupts);
    let mut output = common.open_output(&files.files)?;
    let interrupted = read(&mut inputs, &mut output, common.input.max_line, &respond);
    // What was answered goes out, whatever came then.
    output.flush()?;
    Ok(interrupted?.map_or(Exit::Done, Exit::from_code))
}

fn read(
    inputs: &mut Inputs,
    output: &mut Output,
    max_line: usize,
    respond: &impl Fn(&mut Object),
) -> anyhow::Result<Option<u8>> {
    let mut lines = LineBuffer::new(max_line);
    while let Some(mut input) = inputs.next_input()? {
        let mut number = 0;
        loop {
            loop {
                match lines.next_line() {
                    Next::More => break,
                    Next::Line(range) => {
                        number += 1;
                        line(&lines.bytes()[range], &input.name, number, output, respond)?;
                    }
                    Next::TooLong(bytes) => {
                        let text = format!("{}: a line of {bytes} bytes or more", input.name);
                        let hint = "a longer line is allowed with --max-line";
                        return Err(Failure::bad_input(text).hint(hint).into());
                    }
                }
            }
            if input.may_block {
                output.flush()?;
            } else {
                output.flush_if_full()?;
            }
            if output.is_closed() {
                return Ok(None);
            }
            if let Some(code) = inputs.interrupted() {
                return Ok(Some(code));
            }
            match lines.fill(&mut input) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
                    ) => {}
                Err(source) => {
                    return Err(StreamError::Read { name: input.name.clone(), source }.into());
                }
            }
        }
        let rest = lines.take_rest();
        line(&lines.bytes()[rest], &input.name, number + 1, output, respond)?;
    }
    Ok(None)
}

fn line(
    bytes: &[u8],
    name: &str,
    number: u64,
    output: &mut Output,
    respond: &impl Fn(&mut Object),
) -> Result<(), Failure> {
    let bytes = bytes.trim_ascii();
    if bytes.is_empty() {
        return Ok(());
    }
    let mut object: Object = serde_json::from_slice(bytes).map_err(|error| {
        Failure::bad_input(format!("{name}:{number}: not a JSON object: {error}"))
            .hint("a request is an object on one line: {\"right\":\"C\",\"strike\":5010,...}")
    })?;
    respond(&mut object);
    let text = serde_json::to_vec(&object);
    let text = text.map_err(|error| Failure::bad_input(format!("{name}:{number}: {error}")))?;
    output.copy(&text);
    output.copy(b"\n");
    Ok(())
}

/// Puts the numbers into the answer under their names; where one is not finite, all are missing.
pub(super) fn put(object: &mut Object, numbers: Result<&[(&str, f64)], Why>, names: &[&str]) {
    let finite = numbers.and_then(|numbers| {
        let all = numbers.iter().all(|(_, value)| value.is_finite());
        if all { Ok(numbers) } else { Err("degenerate".into()) }
    });
    match finite {
        Ok(numbers) => {
            object.remove("why");
            for (name, value) in numbers {
                object.insert((*name).into(), number(*value));
            }
        }
        Err(why) => {
            for name in names {
                object.insert((*name).into(), Value::Null);
            }
            object.insert("why".into(), Value::String(why));
        }
    }
}

/// Every digit of a number: an answer may be compared with another program's to the last place.
fn number(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// A number above 0 of a request.
pub(super) fn positive(object: &Object, key: &str) -> Result<f64, Why> {
    match object.get(key) {
        None | Some(Value::Null) => Err(format!("{key} is missing")),
        Some(value) => {
            let number = value.as_f64().filter(|n| n.is_finite() && *n > 0.0);
            number.ok_or_else(|| format!("{key} is not a number above 0"))
        }
    }
}

/// A number of a request, 0 where it says nothing.
pub(super) fn or_zero(object: &Object, key: &str) -> Result<f64, Why> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(0.0),
        Some(value) => {
            let number = value.as_f64().filter(|n| n.is_finite());
            number.ok_or_else(|| format!("{key} is not a number"))
        }
    }
}

/// Call or put.
pub(super) fn right(object: &Object) -> Result<Right, Why> {
    match object.get("right").and_then(Value::as_str) {
        Some("C") => Ok(Right::Call),
        Some("P") => Ok(Right::Put),
        _ => Err("right is neither C nor P".into()),
    }
}

/// Time to expiry, years: `years`, else `minutes`.
pub(super) fn years(object: &Object) -> Result<f64, Why> {
    if object.contains_key("years") {
        return positive(object, "years");
    }
    if object.contains_key("minutes") {
        return Ok(positive(object, "minutes")? / YEAR_MINUTES);
    }
    Err("years is missing".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_is_missing_is_named() {
        let request = object("{\"right\":\"X\",\"strike\":-1,\"years\":0,\"rate\":\"4\"}");
        assert_eq!(right(&request), Err("right is neither C nor P".into()));
        assert_eq!(positive(&request, "strike"), Err("strike is not a number above 0".into()));
        assert_eq!(positive(&request, "spot"), Err("spot is missing".into()));
        assert_eq!(years(&request), Err("years is not a number above 0".into()));
        assert_eq!(or_zero(&request, "rate"), Err("rate is not a number".into()));
        assert_eq!(or_zero(&request, "dividend"), Ok(0.0));
        assert_eq!(years(&object("{\"minutes\":525600}")), Ok(1.0));
        assert_eq!(years(&object("{}")), Err("years is missing".into()));
    }

    #[test]
    fn answers_stand_behind_the_request() {
        let mut request = object("{\"id\":7,\"why\":\"old\",\"price\":1}");
        put(&mut request, Ok(&[("price", 2.5), ("delta", 0.1)]), &["price", "delta"]);
        assert_eq!(request, object("{\"id\":7,\"price\":2.5,\"delta\":0.1}"));
        put(&mut request, Ok(&[("price", f64::NAN), ("delta", 0.1)]), &["price", "delta"]);
        let none = object("{\"id\":7,\"price\":null,\"delta\":null,\"why\":\"degenerate\"}");
        assert_eq!(request, none);
    }
}
