// Google Benchmark: named arguments, threads, settings in names, counters, a memory manager, complexity,
// statistics of the owner's own, errors.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

class Manager : public benchmark::MemoryManager {
 public:
  void Start() override {}
  void Stop(Result* result) override {
    result->num_allocs = 3;
    result->max_bytes_used = 4096;
    result->total_allocated_bytes = 12288;
    result->net_heap_growth = 512;
  }
};

static void BM_vector(benchmark::State& state) {
  for (auto _ : state) {
    std::vector<int> made(state.range(0));
    benchmark::DoNotOptimize(made.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) * sizeof(int));
}
BENCHMARK(BM_vector)->RangeMultiplier(8)->Range(64, 4096)->ComputeStatistics("max", [](const std::vector<double>& v) {
  return *std::max_element(v.begin(), v.end());
})->ComputeStatistics("spread", [](const std::vector<double>& v) {
  return (*std::max_element(v.begin(), v.end()) - v.front()) / v.front();
}, benchmark::kPercentage);

template <class T>
static void BM_of(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(std::vector<T>(100));
  state.counters["made"] = benchmark::Counter(state.iterations(), benchmark::Counter::kIsRate, benchmark::Counter::kIs1024);
}
BENCHMARK_TEMPLATE(BM_of, std::pair<int, char>)->Threads(2)->UseRealTime()->Unit(benchmark::kMicrosecond);

static void BM_settings(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(state.range(0));
}
BENCHMARK(BM_settings)->ArgName("rows")->Arg(8)->Iterations(1000)->Repetitions(2)->MeasureProcessCPUTime();
BENCHMARK(BM_settings)->ArgName("rows")->Arg(16)->MinTime(0.01)->MinWarmUpTime(0.01)->UseRealTime();

static void BM_error(benchmark::State& state) {
  state.SkipWithError("no device\twas found");
  for (auto _ : state) {}
}
BENCHMARK(BM_error);

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  Manager manager;
  if (std::getenv("MEMORY")) benchmark::RegisterMemoryManager(&manager);
  benchmark::AddCustomContext("compiler", "gcc 12");
  benchmark::RunSpecifiedBenchmarks();
}
