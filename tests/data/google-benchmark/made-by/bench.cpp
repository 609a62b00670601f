#include <benchmark/benchmark.h>
#include <algorithm>
#include <vector>
static void BM_sort(benchmark::State& state) {
  for (auto _ : state) {
    std::vector<int> v(state.range(0));
    for (size_t i = 0; i < v.size(); ++i) v[i] = (i * 7919) % 104729;
    std::sort(v.begin(), v.end());
    benchmark::DoNotOptimize(v.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * state.range(0) * sizeof(int));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(BM_sort)->Arg(64)->Arg(512)->Arg(4096)->Complexity();
static void BM_counter(benchmark::State& state) {
  for (auto _ : state) { int x = 1; benchmark::DoNotOptimize(x); }
  state.counters["cache_misses"] = 42;
}
BENCHMARK(BM_counter)->Unit(benchmark::kMicrosecond);
static void BM_named(benchmark::State& state) {
  for (auto _ : state) { int x = state.range(0); benchmark::DoNotOptimize(x); }
}
BENCHMARK(BM_named)->ArgNames({"rows", "columns"})->Args({8, 16})->Threads(2)->UseRealTime();
static void BM_error(benchmark::State& state) {
  state.SkipWithError("no device\twas found");
  for (auto _ : state) {}
}
BENCHMARK(BM_error);
BENCHMARK_MAIN();
