//! Which step may run next: a state machine that knows no runtime, so that "a failure stops only what hangs
//! on it" is a test without one.

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
    Failed,
    Skipped,
}

/// Hands out steps whose prerequisites are done.
#[derive(Clone, Debug)]
pub struct Schedule {
    after: Vec<Vec<usize>>,
    behind: Vec<Vec<usize>>,
    states: Vec<State>,
    stopped: bool,
}

impl Schedule {
    /// Two lists a step: those that must be done before it, and those that must have ended before it.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = (Vec<usize>, Vec<usize>)>) -> Self {
        let (after, behind): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
        let states = vec![State::Waiting; after.len()];
        Self { after, behind, states, stopped: false }
    }

    /// The steps that may start now, and are taken as started.
    pub fn start_ready(&mut self) -> Vec<usize> {
        if self.stopped {
            return Vec::new();
        }
        let ready: Vec<usize> = (0..self.after.len()).filter(|&step| self.is_ready(step)).collect();
        for &step in &ready {
            self.states[step] = State::Running;
        }
        ready
    }

    fn is_ready(&self, step: usize) -> bool {
        self.states[step] == State::Waiting
            && self.after[step].iter().all(|&earlier| self.states[earlier] == State::Done)
            && self.behind[step].iter().all(|&earlier| self.has_ended(earlier))
    }

    fn has_ended(&self, step: usize) -> bool {
        matches!(self.states[step], State::Done | State::Failed | State::Skipped)
    }

    /// A step ended. After a failure, returns every step that hangs on it and will not run.
    pub fn finish(&mut self, step: usize, succeeded: bool) -> Vec<usize> {
        self.states[step] = if succeeded { State::Done } else { State::Failed };
        let mut skipped = Vec::new();
        while let Some(next) = (0..self.after.len()).find(|&step| self.is_lost(step)) {
            self.states[next] = State::Skipped;
            skipped.push(next);
        }
        skipped
    }

    fn is_lost(&self, step: usize) -> bool {
        let lost = |&earlier: &usize| matches!(self.states[earlier], State::Failed | State::Skipped);
        self.states[step] == State::Waiting && self.after[step].iter().any(lost)
    }

    /// Nothing new starts from now on. Returns the steps that will not run.
    pub fn stop(&mut self) -> Vec<usize> {
        self.stopped = true;
        let left: Vec<usize> =
            (0..self.after.len()).filter(|&step| self.states[step] == State::Waiting).collect();
        for &step in &left {
            self.states[step] = State::Skipped;
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 the app, 1 a bucket, 2 a user that needs the bucket, 3 config that needs the app and the user.
    fn schedule() -> Schedule {
        Schedule::new([vec![], vec![], vec![1], vec![0, 2]].map(|after| (after, Vec::new())))
    }

    #[test]
    fn what_only_follows_a_step_starts_when_that_has_ended_even_in_failure() {
        let mut schedule = Schedule::new([(vec![], vec![]), (vec![], vec![0]), (vec![0], vec![1])]);
        assert_eq!(schedule.start_ready(), [0]);
        assert_eq!(schedule.finish(0, false), [2], "it hangs on the step that failed");
        assert_eq!(schedule.start_ready(), [1], "it only follows it");
    }

    #[test]
    fn what_needs_nothing_starts_at_once() {
        assert_eq!(schedule().start_ready(), [0, 1]);
    }

    #[test]
    fn a_step_starts_when_the_last_of_its_prerequisites_is_done() {
        let mut schedule = schedule();
        schedule.start_ready();
        assert_eq!(schedule.finish(1, true), [0; 0]);
        assert_eq!(schedule.start_ready(), [2]);
        schedule.finish(2, true);
        assert_eq!(schedule.start_ready(), [0; 0], "the app is not done yet");
        schedule.finish(0, true);
        assert_eq!(schedule.start_ready(), [3]);
    }

    #[test]
    fn a_failure_stops_only_what_hangs_on_it() {
        let mut schedule = schedule();
        schedule.start_ready();
        assert_eq!(schedule.finish(1, false), [2, 3]);
        assert_eq!(schedule.finish(0, true), [0; 0], "the app goes on");
    }

    #[test]
    fn after_a_stop_nothing_starts() {
        let mut schedule = schedule();
        schedule.start_ready();
        assert_eq!(schedule.stop(), [2, 3]);
        schedule.finish(0, true);
        schedule.finish(1, true);
        assert_eq!(schedule.start_ready(), [0; 0]);
    }
}
