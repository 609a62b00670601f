"""The page of budgets: worst first, every number in words."""

from perfsite.config import parse


def view(make_run, make_report, toml, values=(0.2,) * 20):
    runs = [make_run(i, {"/login": value, "/pay": value / 2}) for i, value in enumerate(values)]
    return make_report(runs, settings=parse(toml, where="x")).section("budgets/")


def test_without_budgets_the_page_says_how_to_set_one(make_run, make_report):
    made = view(make_run, make_report, "")
    assert (made.sentence, made.rows, made.services) == ("No budget is set.", (), ())


def test_the_worst_comes_first_and_says_by_how_much(make_run, make_report):
    made = view(make_run, make_report, "[[budgets]]\nmax = '150 ms'\ntarget = 0.9")
    assert made.sentence == "1 of 2 budgets missed."
    assert [row.benchmark for row in made.rows] == ["/login", "/pay"]
    worst = made.rows[0]
    assert (worst.word, worst.limit, worst.current, worst.headroom) == (
        "missed",
        "at most 150 ms",
        "200 ms",
        "33.3 % beyond",
    )
    assert worst.attainment == "0.0 %"
    assert worst.attainment_of.startswith("target 90.0 %; 0 of 20 points in 30 days; 0.0 % to ")
    assert (worst.remaining, worst.burn) == ("more misses than allowed", "burning 10.0× as fast as allowed")
    assert made.rows[1].remaining == "100 % of the allowed misses left"


def test_a_figure_is_judged_and_held_to_its_limit_under_its_service(make_run, make_report):
    toml = "[[kpis]]\nservice = 'shop'\nname = 'slowest'\nmax = '300 ms'"
    made = view(make_run, make_report, toml, (0.2, 0.201, 0.199) * 6 + (0.29,) * 8)
    [service] = made.services
    [figure] = service.figures
    assert (service.name, figure.current, figure.members) == ("shop", "290 ms", "worst of 2")
    assert (figure.verdict, figure.delta) == ("regression", "+45.0 %")
    assert (figure.budget.word, figure.commit.date) == ("met", "2026-01-26")
    assert made.sentence == "The one budget is met."
