import { expect, test, describe } from 'vitest'
const o = { time: 20, iterations: 10, warmupTime: 5, warmupIterations: 2 }
describe('sums', () => {
  test('compare sums', async ({ bench }) => {
    await bench.compare(
      bench('sum of 100', () => { let s = 0; for (let i = 0; i < 100; i++) s += i; globalThis.x = s }),
      bench('reduce|<of> 100', () => { globalThis.x = Array.from({ length: 100 }, (_, i) => i).reduce((a, b) => a + b) }), o)
  })
})
test('on its own', async ({ bench }) => { await bench('stringify <x>', () => { JSON.stringify({ a: 1 }) }).run(o) })
