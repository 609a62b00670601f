#![feature(test)]
extern crate test;
use sample::sum;
#[bench]
fn sum_100(b: &mut test::Bencher) { b.iter(|| sum(test::black_box(100))); }
#[bench]
fn sum_1000000(b: &mut test::Bencher) { b.iter(|| sum(test::black_box(1_000_000))); }
#[bench]
fn copy_64_kib(b: &mut test::Bencher) { let source = vec![1u8; 65536]; b.bytes = 65536; b.iter(|| source.clone()); }
#[bench]
fn nothing(b: &mut test::Bencher) { b.iter(|| 1); }
