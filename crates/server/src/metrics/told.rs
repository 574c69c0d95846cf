//! Writes metrics: one family at a time, labels in a fixed order.

use std::fmt;

use model::measure::{BOUNDS_MICROS, Measured};
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};

use super::described::Described;

const A_SECOND: f64 = 1e6;

/// A counter without labels.
pub(super) fn counter(to: &mut DescriptorEncoder<'_>, what: &Described, value: u64) -> fmt::Result {
    family(to, what)?.encode_counter::<NoLabelSet, _, u64>(&value, None)
}

/// A gauge without labels.
pub(super) fn gauge(to: &mut DescriptorEncoder<'_>, what: &Described, value: u64) -> fmt::Result {
    family(to, what)?.encode_gauge(&signed(value))
}

/// A counter by labels.
pub(super) fn counters<const N: usize>(
    to: &mut DescriptorEncoder<'_>,
    what: &Described,
    names: [&'static str; N],
    values: impl IntoIterator<Item = ([String; N], u64)>,
) -> fmt::Result {
    let mut family = family(to, what)?;
    for (labels, value) in values {
        family.encode_family(&pairs(names, &labels))?.encode_counter::<NoLabelSet, _, u64>(&value, None)?;
    }
    Ok(())
}

/// A gauge by labels.
pub(super) fn gauges<const N: usize>(
    to: &mut DescriptorEncoder<'_>,
    what: &Described,
    names: [&'static str; N],
    values: impl IntoIterator<Item = ([String; N], u64)>,
) -> fmt::Result {
    let mut family = family(to, what)?;
    for (labels, value) in values {
        family.encode_family(&pairs(names, &labels))?.encode_gauge(&signed(value))?;
    }
    Ok(())
}

/// A histogram of durations, in seconds.
pub(super) fn durations(to: &mut DescriptorEncoder<'_>, what: &Described, measured: &Measured) -> fmt::Result {
    let bounds = BOUNDS_MICROS.iter().map(|micros| *micros as f64 / A_SECOND).chain([f64::INFINITY]);
    let buckets: Vec<(f64, u64)> = bounds.zip(measured.classes).collect();
    let count = measured.classes.iter().sum();
    family(to, what)?.encode_histogram::<NoLabelSet>(measured.micros as f64 / A_SECOND, count, &buckets, None)
}

/// What does not change.
pub(super) fn info(to: &mut DescriptorEncoder<'_>, what: &Described, labels: &[(&'static str, &'static str)]) -> fmt::Result {
    family(to, what)?.encode_info(&labels)
}

fn family<'a>(
    to: &'a mut DescriptorEncoder<'_>,
    what: &'a Described,
) -> Result<prometheus_client::encoding::MetricEncoder<'a>, fmt::Error> {
    to.encode_descriptor(what.name, what.help, what.unit.as_ref(), what.kind)
}

fn pairs<'a, const N: usize>(names: [&'static str; N], values: &'a [String; N]) -> Vec<(&'static str, &'a str)> {
    names.into_iter().zip(values.iter().map(String::as_str)).collect()
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
