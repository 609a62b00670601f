use criterion::{black_box, criterion_group, criterion_main, BenchmarkId, Criterion, SamplingMode, Throughput};
use std::time::Duration;
use sample::sum;

fn simple(c: &mut Criterion) {
    c.bench_function("sum 100", |b| b.iter(|| sum(black_box(100))));
    c.bench_function("a name that is longer than the column", |b| b.iter(|| sum(black_box(10))));
}

fn grouped(c: &mut Criterion) {
    let mut group = c.benchmark_group("Sums");
    for n in [64u64, 1024] {
        group.throughput(Throughput::Elements(n));
        group.bench_with_input(BenchmarkId::new("xor", n), &n, |b, &n| b.iter(|| sum(black_box(n))));
    }
    group.throughput(Throughput::Bytes(4096));
    group.bench_with_input(BenchmarkId::from_parameter("4 KiB"), &4096u64, |b, &n| b.iter(|| sum(black_box(n / 8))));
    group.finish();
}

fn slow(c: &mut Criterion) {
    let mut group = c.benchmark_group("Flat/odd name?");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("sum 1000000", |b| b.iter(|| sum(black_box(1_000_000))));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(300));
    targets = simple, grouped, slow
}
criterion_main!(benches);
