var Benchmark = require('benchmark');
var suite = new Benchmark.Suite('sums');
var o = {maxTime: 0.1, minSamples: 5};
suite.add('sum of 100', function () { var s = 0; for (var i = 0; i < 100; i++) s += i; return s; }, o)
  .add('join x <many> ± strings', function () { 'abcdefghij'.split('').join('-'); }, o)
  .add('slow#sort', function () { Array.from({ length: 20000 }, function (_, i) { return (i * 7919) % 20011; }).sort(); }, o)
  .add('throws', function () { throw new Error('broken'); }, o)
  .add(function () { return 1 + 1; }, o)
  .on('cycle', function (e) { console.log(String(e.target)); })
  .on('complete', function () { console.log('Fastest is ' + this.filter('fastest').map('name')); if (process.argv[2]) require('fs').writeFileSync(process.argv[2], JSON.stringify(this, null, 1)); })
  .run({ async: false });
