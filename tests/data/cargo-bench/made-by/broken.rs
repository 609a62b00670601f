#![feature(test)]
extern crate test;
#[bench]
fn fine(b: &mut test::Bencher) { b.iter(|| test::black_box(2) + 2); }
#[bench]
fn panics(b: &mut test::Bencher) { b.iter(|| if test::black_box(true) { panic!("out of luck") }); }
