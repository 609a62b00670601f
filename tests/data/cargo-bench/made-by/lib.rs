#![feature(test)]
extern crate test;
pub fn sum(n: u64) -> u64 { (0..n).fold(0, |a, b| a.wrapping_add(b ^ (a >> 3))) }
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn it_sums() { assert_eq!(sum(0), 0); }
    #[bench]
    fn sum_100(b: &mut test::Bencher) { b.iter(|| sum(test::black_box(100))); }
    #[bench]
    #[ignore]
    fn sum_forever(b: &mut test::Bencher) { b.iter(|| sum(test::black_box(100_000_000))); }
}
