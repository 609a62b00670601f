#define CATCH_CONFIG_ENABLE_BENCHMARKING
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

static long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

TEST_CASE("Fibonacci", "[numbers]") {
    CHECK(fib(10) == 55);
    BENCHMARK("Fibonacci 10") { return fib(10); };
    BENCHMARK("Fibonacci 20 with a name that is longer than the column for it") { return fib(20); };
    BENCHMARK("a_name_of_one_word_that_is_longer_than_the_column") { return fib(5); };
    BENCHMARK("ns::sort<std::vector<int>, less<>>(first, last)") { return fib(6); };
}

TEMPLATE_TEST_CASE("Containers: insertion of a few numbers, one after the other, as they come", "[containers]", std::set<int>, std::multiset<int>) {
    SECTION("ascending") {
        BENCHMARK("insert") {
            TestType s;
            for (int i = 0; i < 20; i++) s.insert(i);
            return s.size();
        };
    }
    SECTION("descending <&> \"quoted\"") {
        SECTION("inner") {
            BENCHMARK("insert") {
                TestType s;
                for (int i = 20; i > 0; i--) s.insert(i);
                return s.size();
            };
        }
    }
}

TEST_CASE("Advanced") {
    BENCHMARK_ADVANCED("with a meter")(Catch::Benchmark::Chronometer meter) {
        std::vector<std::string> made(static_cast<size_t>(meter.runs()));
        meter.measure([&](int i) { return made[static_cast<size_t>(i)] = std::string(50, 'x'); });
    };
    for (int size : {16, 256}) {
        BENCHMARK("fill " + std::to_string(size)) { return std::vector<int>(static_cast<size_t>(size), 1); };
    }
}

TEST_CASE("Broken") {
    BENCHMARK("throws") {
        if (fib(3) == 2) throw std::runtime_error("no device <found>");
        return 1;
    };
}

TEST_CASE("Fails in between") {
    BENCHMARK("before") { return fib(7); };
    CHECK(1 == 2);
    BENCHMARK("after") { return fib(8); };
}
