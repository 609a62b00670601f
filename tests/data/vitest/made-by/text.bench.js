import { bench, describe } from 'vitest'
describe('sums', () => {
  bench('sum of 100', () => { 'x'.repeat(1000) }, { time: 20, iterations: 10, warmupTime: 5, warmupIterations: 2 })
  bench('throws', () => { throw new Error('broken') }, { time: 20, iterations: 10, warmupTime: 5, warmupIterations: 2 })
  bench.todo('later')
})
