//! What is said at a session's end, if there is something to say.

use crate::options::{CommandEnd, Outcome};

/// Lines for the standard error.
pub fn lines(outcome: &Outcome) -> Vec<String> {
    let status = &outcome.status;
    let mut lines = Vec::new();
    if status.errors + status.skipped() > 0 {
        let (errors, skipped) = (status.errors, status.skipped());
        lines.push(format!("WARNING: Number of errors: {errors}, skipped probes: {skipped}"));
    }
    if status.lost_records > 0 {
        let (records, bytes) = (status.lost_records, status.lost_bytes);
        lines.push(format!(
            "WARNING: {records} records of output ({bytes} bytes) were lost because a CPU's buffer was full; -s MEGABYTES makes it larger"
        ));
    }
    if status.hits != status.handled + status.skipped() {
        let (hits, known) = (status.hits, status.handled + status.skipped());
        lines.push(format!(
            "WARNING: of {hits} hits {known} are accounted for; this is a bug in stapc, please report it"
        ));
    }
    if outcome.missing_records > 0 {
        let records = outcome.missing_records;
        lines.push(format!(
            "WARNING: {records} records of output never came; this is a bug in stapc, please report it"
        ));
    }
    lines
}

/// What is said of a command that ended by itself, and not well.
pub fn command(end: CommandEnd) -> Option<String> {
    match end {
        CommandEnd::Exited(0) => None,
        CommandEnd::Exited(status) => {
            Some(format!("WARNING: Child process exited with status {status}"))
        }
        CommandEnd::Signaled(signal) => {
            Some(format!("WARNING: Child process ended by signal {signal}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    fn outcome(status: Status) -> Outcome {
        Outcome { exit_code: 0, status, missing_records: 0, command: None }
    }

    #[test]
    fn a_good_session_says_nothing() {
        assert!(lines(&outcome(Status { hits: 9, handled: 9, ..Status::default() })).is_empty());
        assert_eq!(command(CommandEnd::Exited(0)), None);
    }

    #[test]
    fn every_reason_of_a_skip_counts() {
        let status = Status {
            errors: 1,
            hits: 432,
            skipped_reentry: 2,
            skipped_lock: 30,
            skipped_missed: 400,
            ..Status::default()
        };
        assert_eq!(lines(&outcome(status)), ["WARNING: Number of errors: 1, skipped probes: 432"]);
    }

    #[test]
    fn hits_that_no_count_explains_are_told() {
        let lines = lines(&outcome(Status { hits: 9, handled: 7, ..Status::default() }));
        assert!(lines.join("").contains("of 9 hits 7 are accounted for"), "{lines:?}");
    }

    #[test]
    fn losses_are_told_with_a_remedy() {
        let lost = Outcome {
            missing_records: 3,
            ..outcome(Status { lost_records: 7, lost_bytes: 70, ..Status::default() })
        };
        let lines = lines(&lost).join("\n");
        assert!(
            lines.contains("7 records of output (70 bytes)") && lines.contains("-s MEGABYTES"),
            "{lines}"
        );
        assert!(lines.contains("3 records of output never came"), "{lines}");
    }
}
