//! Interleaved rounds: each engine of a case once, in alternating order; rounds that others disturbed are made again.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{
    cases::{Case, Engine, Figure, Goal},
    load::Sample,
};

/// One round: a sample for each engine of the case, in the case's order.
#[derive(Debug, Clone)]
pub struct Round(pub Vec<(Engine, Sample)>);

impl Round {
    fn of(&self, engine: Engine) -> Option<&Sample> {
        self.0.iter().find(|(one, _)| *one == engine).map(|(_, sample)| sample)
    }

    /// The largest share that others took during it.
    pub fn foreign(&self) -> f64 {
        self.0.iter().map(|(_, sample)| sample.foreign).fold(0.0, f64::max)
    }

    /// doorward's figure as a multiple of the other's, within this round.
    fn ratio(&self, goal: &Goal) -> Option<f64> {
        let own = self.0.iter().find(|(engine, _)| engine.is_doorward()).map(|(_, sample)| sample)?;
        let other = self.of(goal.against)?;
        Some(match goal.figure {
            Figure::Cpu => own.cpu() / other.cpu(),
            Figure::P99 => own.p99_us / other.p99_us,
        })
    }
}

/// All rounds of a case.
#[derive(Debug)]
pub struct Rounds {
    pub case: &'static Case,
    pub all: Vec<Round>,
    pub most_foreign: f64,
}

/// A ratio over rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Rounds {
    /// Makes the rounds; `take` takes one sample.
    pub fn made(
        case: &'static Case,
        (rounds, retries, most_foreign): (usize, usize, f64),
        mut take: impl FnMut(Engine) -> Result<Sample>,
    ) -> Result<Self> {
        let mut all = Vec::new();
        for number in 0..rounds {
            let mut best: Option<Round> = None;
            for _ in 0..=retries {
                let mut samples = BTreeMap::new();
                let mut order: Vec<(usize, Engine)> = case.engines.iter().copied().enumerate().collect();
                if number % 2 == 1 {
                    order.reverse();
                }
                for (at, engine) in order {
                    samples.insert(at, (engine, take(engine)?));
                }
                let round = Round(samples.into_values().collect());
                let quieter = best.as_ref().is_none_or(|best| round.foreign() < best.foreign());
                if quieter {
                    best = Some(round);
                }
                if best.as_ref().is_some_and(|best| best.foreign() <= most_foreign) {
                    break;
                }
            }
            all.extend(best);
        }
        Ok(Self { case, all, most_foreign })
    }

    /// The quiet rounds; where they are too few, the quietest third, at least three.
    pub fn quiet(&self) -> Vec<&Round> {
        let mut sorted: Vec<&Round> = self.all.iter().collect();
        sorted.sort_by(|a, b| a.foreign().total_cmp(&b.foreign()));
        let quiet = sorted.iter().filter(|round| round.foreign() <= self.most_foreign).count();
        sorted.truncate(quiet.max(self.all.len() / 3).max(3));
        sorted
    }

    /// doorward as a multiple of another.
    pub fn ratio(&self, goal: &Goal) -> Option<Ratio> {
        let ratios: Vec<f64> = self.quiet().iter().filter_map(|round| round.ratio(goal)).collect();
        Some(Ratio {
            median: median(&ratios)?,
            least: ratios.iter().copied().fold(f64::INFINITY, f64::min),
            most: ratios.iter().copied().fold(0.0, f64::max),
        })
    }

    /// The median of a figure of an engine.
    pub fn median(&self, engine: Engine, figure: impl Fn(&Sample) -> f64) -> Option<f64> {
        let values: Vec<f64> = self.quiet().iter().filter_map(|round| round.of(engine)).map(figure).collect();
        median(&values)
    }
}

/// The middle one; of two in the middle, their mean.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted.len().checked_sub(1)? / 2, sorted.len() / 2);
    Some((sorted.get(low)? + sorted.get(high)?) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{proxy::cases::CASES, world::kernel::Used};

    fn sample(cpu: f64, foreign: f64) -> Sample {
        let used = Used { user: cpu, system: 0.0 };
        Sample { requests: 100_000, rate: 1.0, p50_us: 1.0, p99_us: cpu * 10.0, used, busy: 1.0, foreign }
    }

    #[test]
    fn the_ratio_is_taken_within_rounds_and_noisy_ones_are_made_again() {
        let case = &CASES[1];
        let mut drift = 0.0;
        let rounds = Rounds::made(case, (4, 1, 0.1), |engine| {
            drift += 0.5;
            let noisy = if drift < 1.1 { 0.9 } else { 0.0 };
            Ok(sample(if engine.is_doorward() { 0.9 } else { 1.0 }, noisy))
        });
        let rounds = rounds.unwrap();
        assert_eq!(rounds.quiet().len(), 4, "the first one was made twice");
        let ratio = rounds.ratio(&case.goals[0]).unwrap();
        assert!((ratio.median - 0.9).abs() < 1e-9 && ratio.least <= ratio.median && ratio.median <= ratio.most);
        assert!((rounds.median(Engine::Nginx, Sample::cpu).unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn where_nothing_was_quiet_the_quietest_count() {
        let foreign = [0.5, 0.9, 0.4, 0.3, 0.8, 0.2];
        let all = foreign.map(|f| Round(vec![(Engine::Nginx, sample(1.0, f))])).to_vec();
        let rounds = Rounds { case: &CASES[1], all, most_foreign: 0.1 };
        let kept: Vec<f64> = rounds.quiet().iter().map(|round| round.foreign()).collect();
        assert_eq!(kept, [0.2, 0.3, 0.4]);
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
    }
}
