require "benchmark/ips"
Benchmark.ips do |x|
  x.config(time: 0.6, warmup: 0.2)
  x.report("sum of 100") { (1..100).sum }
  x.report("a name far longer than twenty characters") { "x" * 100 }
  x.report("sort <b> | 2000") { (0...2000).map { |i| i * 7919 % 2011 }.sort_by { |a| -a } }
  x.report("slow") { sleep 0.15 }
  x.compare!
  x.json! ARGV[0] if ARGV[0]
end
