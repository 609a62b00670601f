import { bench, describe } from 'vitest'
describe('sums', () => {
  bench('sum of 100', () => { let s = 0; for (let i = 0; i < 100; i++) s += i; globalThis.x = s }, { time: 20, iterations: 10, warmupTime: 5, warmupIterations: 2 })
  bench('reduce|<of> 100', () => { globalThis.x = Array.from({ length: 100 }, (_, i) => i).reduce((a, b) => a + b) }, { time: 20, iterations: 10, warmupTime: 5, warmupIterations: 2 })
  describe('inner', () => {
    bench('sort', () => { Array.from({ length: 2000 }, (_, i) => (i * 7919) % 2011).sort((a, b) => a - b) }, { time: 20, iterations: 10, warmupTime: 5, warmupIterations: 2 })
    bench.skip('skipped', () => {})
  })
})
bench('on its own', () => { JSON.stringify({ a: 1 }) }, { time: 20, iterations: 10, warmupTime: 5, warmupIterations: 2 })
