import { Bench } from 'tinybench'
import fs from 'node:fs'
const out = process.argv[2]
const bench = new Bench({ name: 'sums', time: 0, iterations: 12, warmupTime: 5, warmupIterations: 3 })
bench.add('sum of 100', () => { let s = 0; for (let i = 0; i < 100; i++) s += i; return s })
bench.add('join|<strings>', () => [..."abcdefghijklmnopqrstuvwxyz"].join('-'))
bench.add('slow sort', async () => { for (let k=0;k<3;k++) Array.from({length: 20000}, (_, i) => (i * 7919) % 20011).sort((a, b) => a - b) })
bench.add('throws', () => { throw new Error('broken') })

await bench.run()
fs.writeFileSync(out + '-tasks.json', JSON.stringify(bench.tasks, null, 1))
fs.writeFileSync(out + '-results.json', JSON.stringify(bench.results, null, 1))
fs.writeFileSync(out + '-table.json', JSON.stringify(bench.table(), null, 1))
const custom = Object.fromEntries(bench.tasks.map(t => [t.name, t.result]))
fs.writeFileSync(out + '-byname.json', JSON.stringify(custom, null, 1))
fs.writeFileSync(out + '-map.json', JSON.stringify(bench.tasks.map(({name, result}) => ({name, result})), null, 1))
console.table(bench.table())
