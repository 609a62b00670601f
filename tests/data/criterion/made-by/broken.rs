use criterion::{criterion_group, criterion_main, Criterion};
use std::time::Duration;
use sample::sum;
fn fine(c: &mut Criterion) { c.bench_function("sum 100", |b| b.iter(|| sum(100))); }
fn panics(c: &mut Criterion) { c.bench_function("out of luck", |b| b.iter(|| -> u64 { panic!("no more numbers") })); }
criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(300));
    targets = fine, panics
}
criterion_main!(benches);
