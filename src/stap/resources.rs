//! What a pass took, as SystemTap says it.

use std::{fs, time::Instant};

/// Clock ticks of `/proc` in a second; the same on every Linux that is in use.
const TICK_MS: u64 = 10;

/// Measures from one pass to the next.
pub struct Meter {
    start: Instant,
    times: (u64, u64),
}

impl Meter {
    /// Starts with a pass.
    pub fn start() -> Self {
        Self { start: Instant::now(), times: times().unwrap_or_default() }
    }

    /// `in 10usr/0sys/14real ms.`: this process and the ones that it waited for.
    pub fn time(&self) -> String {
        let (user, system) = times().unwrap_or_default();
        format!(
            "in {}usr/{}sys/{}real ms.",
            user.saturating_sub(self.times.0),
            system.saturating_sub(self.times.1),
            self.start.elapsed().as_millis()
        )
    }

    /// `using 106692virt/96272res/7232shr/88940data kb, in …`
    pub fn memory_and_time(&self) -> String {
        let [virt, res, shr, data] = memory().unwrap_or_default();
        format!("using {virt}virt/{res}res/{shr}shr/{data}data kb, {}", self.time())
    }
}

/// Milliseconds in user and kernel mode, with children.
fn times() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, which may hold anything, ends with the last parenthesis; field 3 follows.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(((field(14)? + field(16)?) * TICK_MS, (field(15)? + field(17)?) * TICK_MS))
}

/// KiB: of the address space, resident, shared with files, and data with stack.
fn memory() -> Option<[u64; 4]> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let fields: Vec<u64> = text.split_whitespace().filter_map(|field| field.parse().ok()).collect();
    let page = rustix::param::page_size() as u64 / 1024;
    match fields[..] {
        [size, resident, shared, _, _, data, ..] => {
            Some([size * page, resident * page, shared * page, data * page])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory_and_time() {
        let [virt, res, ..] = memory().unwrap();
        assert!(virt > res && res > 100);
        assert!(times().is_some());
        let text = Meter::start().memory_and_time();
        assert!(
            text.starts_with("using ")
                && text.contains("data kb, in ")
                && text.ends_with("real ms.")
        );
    }
}
