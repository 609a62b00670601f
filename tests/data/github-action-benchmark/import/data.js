window.BENCHMARK_DATA = {
  "lastUpdate": 1700000300000,
  "repoUrl": "https://example.org/project",
  "entries": {
    "Rust": [
      {"commit": {"id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "Second\n\nbody", "timestamp": "2023-11-14T23:15:00+01:00",
        "author": {"name": "Ada"}}, "date": 1700000200000, "tool": "cargo",
        "benches": [{"name": "parse", "value": 2000, "range": "+/- 1,000", "unit": "ns/iter"}]},
      {"commit": {"id": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "message": "First", "timestamp": "2023-11-14T22:13:20Z"},
        "date": 1700000100000, "tool": "cargo",
        "benches": [{"name": "parse", "value": 1.5, "range": "± 0.5", "unit": "us/iter"}]}
    ],
    "Python": [
      {"commit": {"id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "Second", "timestamp": "2023-11-14T23:15:00+01:00"},
        "date": 1700000250000, "tool": "pytest",
        "benches": [{"name": "parse", "value": 100, "range": "stddev: 0.001", "unit": "iter/sec", "extra": "mean: 10 msec\nrounds: 40"}]}
    ],
    "Go": [
      {"commit": {"id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "Second", "timestamp": "2023-11-14T23:15:00+01:00"},
        "date": 1700000300000, "tool": "go",
        "benches": [
          {"name": "BenchmarkFib", "value": 40, "unit": "ns/op\t         4.000 widgets", "extra": "30 times\n4 procs"},
          {"name": "BenchmarkFib - ns/op", "value": 40, "unit": "ns/op", "extra": "30 times\n4 procs"},
          {"name": "BenchmarkFib - B/op", "value": 16, "unit": "B/op", "extra": "30 times\n4 procs"}
        ]}
    ]
  }
}
