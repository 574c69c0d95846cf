//! The tables of a run as Markdown, and what was missed.

use std::fmt::Write as _;

use super::{
    cases::{Figure, MOST_IDLE_KIB},
    load::Sample,
    rounds::Rounds,
};

/// Everything that was measured.
#[derive(Default)]
pub struct Outcome {
    pub rounds: Vec<Rounds>,
    /// Title, KiB for each connection, and whether the goal is about it.
    pub idle: Vec<(String, f64, bool)>,
}

/// A row of the table of goals.
struct Row {
    case: String,
    figure: String,
    reached: String,
    goal: String,
    met: Option<bool>,
}

impl Outcome {
    fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for rounds in &self.rounds {
            for goal in rounds.case.goals {
                let Some(ratio) = rounds.ratio(goal) else { continue };
                let figure = if goal.figure == Figure::Cpu { "processor time" } else { "p99" };
                rows.push(Row {
                    case: rounds.case.title.to_owned(),
                    figure: format!("{figure} against {}", goal.against.name()),
                    reached: format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.least, ratio.most),
                    goal: format!("≤ {:.2}", goal.most),
                    // As printed: a goal of two digits is not missed by the third.
                    met: Some((ratio.median * 100.0).round() <= (goal.most * 100.0).round()),
                });
            }
        }
        for (title, kib, judged) in &self.idle {
            rows.push(Row {
                case: title.clone(),
                figure: "resident memory".to_owned(),
                reached: format!("{kib:.1} KiB"),
                goal: if *judged { format!("≤ {MOST_IDLE_KIB:.0} KiB") } else { "–".to_owned() },
                met: judged.then_some(*kib <= MOST_IDLE_KIB),
            });
        }
        rows
    }

    /// The cases that miss a goal.
    pub fn missed(&self) -> Vec<String> {
        let missed = self.rows().into_iter().filter(|row| row.met == Some(false));
        missed.map(|row| format!("{}, {}: {} (goal {})", row.case, row.figure, row.reached, row.goal)).collect()
    }

    /// Both tables.
    pub fn markdown(&self) -> String {
        let mut out = String::from("| case | figure | reached (least to most) | goal | |\n|---|---|---|---|---|\n");
        for row in self.rows() {
            let met = row.met.map_or("", |met| if met { "met" } else { "**missed**" });
            let _ = writeln!(out, "| {} | {} | {} | {} | {met} |", row.case, row.figure, row.reached, row.goal);
        }
        out.push_str("\n| case | proxy | CPU s for 100,000 (user + system) | requests a second | p50 / p99 | core used | rounds that counted, foreign |\n|---|---|---|---|---|---|---|\n");
        for rounds in &self.rounds {
            self.details(rounds, &mut out);
        }
        out
    }

    fn details(&self, rounds: &Rounds, out: &mut String) {
        for engine in rounds.case.engines {
            let get = |figure: fn(&Sample) -> f64| rounds.median(*engine, figure).unwrap_or_default();
            let hundred = |seconds: f64, sample: &Sample| seconds / sample.requests.max(1) as f64 * 1e5;
            let user = rounds.median(*engine, |sample| hundred(sample.used.user, sample)).unwrap_or_default();
            let system = rounds.median(*engine, |sample| hundred(sample.used.system, sample)).unwrap_or_default();
            let _ = writeln!(
                out,
                "| {} | {} | {:.3} ({user:.2} + {system:.2}) | {:.0} | {} / {} | {:.0} % | {} of {}, {:.0} % |",
                rounds.case.id,
                engine.name(),
                get(Sample::cpu),
                get(|sample| sample.rate),
                millis(get(|sample| sample.p50_us)),
                millis(get(|sample| sample.p99_us)),
                get(|sample| sample.busy) * 100.0,
                rounds.quiet().len(),
                rounds.all.len(),
                get(|sample| sample.foreign) * 100.0,
            );
        }
    }
}

fn millis(us: f64) -> String {
    format!("{:.2} ms", us / 1e3)
}
