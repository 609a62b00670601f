import { test } from 'vitest'
const o = { time: 20, iterations: 10, warmupTime: 5, warmupIterations: 2 }
test('throws', async ({ bench }) => { await bench('broken', () => { throw new Error('broken') }).run(o) })
test.skip('skipped', async ({ bench }) => { await bench('x', () => {}).run(o) })
test('repeat', async ({ bench }) => { await bench('repeat', () => { 'x'.repeat(1000) }).run(o) })
