/* perfsite: the answer of a comparison: a sentence, geometric means, every series, and what only one side has. */
(() => {
  "use strict"
  const {
    Listing, VERDICTS, WORDS, byText, cell, choice, csvCell, finder, follow, formatPair, identity, link, name, node, percent,
    scrolled, verdict,
  } = window.perfsite.tools
  const {comparative, familyOf, isTold, mean, meanState, tenths} = window.perfsite.ratios

  const count = (n, one, many) => `${n} ${n === 1 ? one : many ?? `${one}s`}`
  const interval = one => Number.isFinite(one.lower) ? `${tenths(one.lower)} % to ${tenths(one.upper)} %` : "not known"
  const words = (one, unit) => `${tenths(Math.abs(one.delta), false)} % ${comparative(one.delta, unit)}`

  /* ---- means ---- */

  const shares = machines => {
    const known = new Map(machines.together.map(one => [familyOf(one), one.share]))
    return series => known.get(familyOf(series)) ?? 0
  }

  const meanOf = (rows, share) => mean(rows.map(row => row.log), rows.map(row => row.error), share)

  /* The metric that most series have, a benchmark of several environments once: as Python's headline of releases. */
  const headline = (rows, shareOf) => {
    const metrics = Map.groupBy(rows, row => JSON.stringify([row.series.metric, row.series.unit, row.series.direction]))
    const [first] = [...metrics.values()].sort((a, b) =>
      b.length - a.length || (b[0].series.unit === "s") - (a[0].series.unit === "s") || (a[0].series.metric < b[0].series.metric ? -1 : 1))
    if (!first) return null
    const joined = [...Map.groupBy(first, row => JSON.stringify([row.series.benchmark, row.series.parameters])).values()]
      .map(same => ({
        log: same.reduce((sum, row) => sum + row.log, 0) / same.length,
        error: Math.sqrt(same.reduce((sum, row) => sum + row.error ** 2, 0)) / same.length,
      }))
    const share = Math.max(...first.map(row => shareOf(row.series)))
    return {mean: meanOf(joined, share), ...first[0].series}
  }

  const groupMeans = (answer, shareOf) => {
    const byKey = new Map(answer.rows.filter(row => row.isMeant).map(row => [identity(row.series), row]))
    const found = []
    for (const group of answer.groups) {
      const rows = group.series.map(i => byKey.get(identity(answer.index[i]))).filter(Boolean)
      const families = Map.groupBy(rows, row => familyOf(row.series))
      for (const mine of families.values()) {
        const {series} = mine[0]
        found.push({name: group.name, series, mean: meanOf(mine, shareOf(series)), rows: mine})
      }
    }
    const size = one => isTold(one.mean) ? Math.abs(Math.log1p(one.mean.delta)) : -1
    return found.sort((a, b) => size(b) - size(a))
  }

  /* ---- the sentence ---- */

  const sentence = (answer, head) => {
    const {base, head: side} = answer
    const of = state => answer.rows.filter(row => row.verdict === state).length
    const [worse, better] = [of("regression"), of("improvement")]
    const changed = worse || better
      ? `${worse ? `${count(worse, "series", "series")} regressed` : "no series regressed"}${better ? `, ${better} improved` : ""}`
      : "no series changed for sure"
    if (!answer.rows.length) return "Nothing that both sides have in common can be compared."
    if (answer.isAcross) return `${answer.choice.head} against ${answer.choice.base}: ${
      head ? `${words(head.mean, head.unit)} on geometric mean (${interval(head.mean)})` : "no common metric"
    }; what is the machine's and what the code's cannot be told.`
    if (base.position === side.position) return `${side.name} and ${base.name} hold the same measurements.`
    if (!head) return `${side.name} against ${base.name}: nothing has a ratio; ${changed}.`
    const where = head.unit === "s" ? "" : ` in ${head.metric}`
    if (isTold(head.mean)) return `${side.name} is ${words(head.mean, head.unit)} than ${base.name}${where} on geometric mean (${interval(head.mean)}); ${changed}.`
    return `${changed[0].toUpperCase()}${changed.slice(1)} from ${base.name} to ${side.name}; no clear difference${where} on geometric mean (${tenths(head.mean.delta)} %, ${interval(head.mean)}).`
  }

  const stateOf = (answer, head) => {
    if (answer.isAcross || !answer.rows.length) return "unsure"
    if (answer.rows.some(row => row.verdict === "regression")) return "regression"
    if (answer.rows.every(row => row.verdict === "unsure")) return "unsure"
    if (answer.rows.some(row => row.verdict === "improvement")) return "improvement"
    return head ? meanState(head.mean, head.direction) : "no-change"
  }

  /* ---- tables ---- */

  const head = (...cells) => node("thead", "", node("tr", "", ...cells.map(([text, isNumber]) => {
    const made = node("th", isNumber ? "ps-num" : "", text)
    made.scope = "col"
    return made
  })))

  const section = (title, ...children) => node("section", "ps-section", node("h2", "", title), ...children)

  const groupTable = (answer, groups) => {
    const where = answer.isAcross ? `${answer.choice.base} → ${answer.choice.head}` : null
    const rows = groups.slice(0, 40).map(one => {
      const state = answer.isAcross ? "unsure" : meanState(one.mean, one.series.direction)
      return node("tr", "",
        cell("Series", "", node("span", "ps-name", one.name || "all benchmarks"), node("span", "ps-of", `${one.series.metric} · ${where ?? one.series.environment}`)),
        cell("Benchmarks", "ps-num", String(one.mean.count)),
        cell("Delta", "ps-num", node("b", `ps-delta ps-delta--${state}`, `${tenths(one.mean.delta)} %`)),
        cell("95 % interval", "ps-num", interval(one.mean)),
        cell("Verdict", "", ...verdict(state, isTold(one.mean) && state !== "no-change" && !answer.isAcross ? words(one.mean, one.series.unit) : "")))
    })
    const table = node("table", "ps-table ps-table--means",
      head(["Group"], ["Benchmarks", true], ["Mean delta", true], ["95 % interval", true], ["Verdict"]), node("tbody", "", ...rows))
    return section("Geometric mean of each group", scrolled("Geometric mean of each group", table))
  }

  const seriesRow = root => row => {
    const [before, after] = formatPair(row.base, row.head, row.series.unit)
    return node("tr", "",
    cell("Verdict", "", ...verdict(row.verdict)),
    cell("Series", "", ...(row.series.url ? name(row.series, root) : [node("span", "ps-name", row.series.benchmark)]),
      row.doubt ? node("span", "ps-doubt", row.doubt) : null),
    cell("Base → head", "ps-num", `${before} → `, node("b", "", after)),
    cell("Delta", "ps-num", node("b", `ps-delta ps-delta--${row.verdict}`, Number.isFinite(row.log) ? percent(Math.expm1(row.log), true) : "–")),
    cell("Noise", "ps-num", Number.isFinite(row.need) ? `±${percent(Math.expm1(row.need), false)}` : "–"))
  }

  const size = row => Number.isFinite(row.log) ? Math.abs(row.log) : -1
  /* What is not comparable says least. */
  const rank = row => row.doubt && row.verdict === "unsure" ? VERDICTS.length : VERDICTS.indexOf(row.verdict)
  const ORDERS = {
    __proto__: null,
    "": (a, b) => rank(a) - rank(b) || size(b) - size(a),
    up: (a, b) => (b.log || 0) - (a.log || 0),
    down: (a, b) => (a.log || 0) - (b.log || 0),
    noise: (a, b) => (b.need || 0) - (a.need || 0),
    name: byText,
  }
  const NAMES = {"": "worst first", up: "largest increase", down: "largest decrease", noise: "noise", name: "name"}

  const csv = answer => [
    "benchmark,parameters,metric,environment,unit,base,head,delta,must_exceed,verdict",
    ...answer.rows.map(({series, base, head: now, log, need, verdict: told}) => [
      series.benchmark, series.parameters, series.metric, series.environment, series.unit, base, now,
      Number.isFinite(log) ? Math.expm1(log) : "", Number.isFinite(need) ? Math.expm1(need) : "", told,
    ].map(csvCell).join(",")), "",
  ].join("\n")

  const download = answer => {
    const made = link(URL.createObjectURL(new Blob([csv(answer)], {type: "text/csv"})), "", "Download as CSV")
    made.download = `compare-${answer.base.name}-${answer.head.name}.csv`.replace(/[^\w.-]+/g, "-")
    return made
  }

  const seriesTable = answer => {
    const state = new URLSearchParams(location.search)
    const find = node("input")
    Object.assign(find, {type: "search", name: "find", placeholder: "benchmark, metric …", autocomplete: "off", spellcheck: false})
    const form = node("form", "ps-filter", node("label", "ps-filter__text", node("span", "", "Filter"), find),
      choice("Verdict", "verdict", Object.entries({"": "all", ...WORDS})), choice("Order", "sort", Object.entries(NAMES)))
    const output = node("output", "ps-filter__count")
    output.ariaLive = "polite"
    form.append(output)
    for (const key of ["find", "verdict", "sort"]) form.elements[key].value = state.get(key) ?? ""
    const table = node("table", "ps-table ps-table--rows",
      head(["Verdict"], ["Series"], ["Base → head", true], ["Delta", true], ["Must exceed", true]), node("tbody"))
    const made = section("Every series", form, scrolled("Every series", table),
      node("p", "ps-downloads", download(answer)))
    const listing = new Listing(table.tBodies[0], seriesRow(answer.root))
    const apply = () => {
      const isFound = finder(find.value)
      const of = form.elements.verdict.value
      const rows = answer.rows.filter(row => (!of || row.verdict === of) && isFound(row.text))
      listing.show(rows.sort(ORDERS[form.elements.sort.value] ?? ORDERS[""]))
      output.value = rows.length === answer.rows.length ? count(rows.length, "series", "series") : `${rows.length} of ${answer.rows.length} series`
    }
    follow(form, () => {
      apply()
      answer.changed()
    })
    apply()
    return made
  }

  const only = (title, series, root) => {
    if (!series.length) return null
    const summary = node("summary", "", `${count(series.length, "series", "series")} only in ${title}`)
    const items = series.slice(0, 200).map(one => node("li", "", ...(one.url ? name(one, root) : [node("span", "ps-name", one.benchmark)])))
    if (series.length > 200) items.push(node("li", "", `and ${series.length - 200} more`))
    return node("details", "ps-more", summary, node("ul", "ps-list ps-list--plain", ...items))
  }

  const sideText = (answer, side) => {
    const sha = answer.commits.sha[side.position]
    return node("span", "", side.release ? link(`${answer.root}${side.release.url}`, "ps-tag", side.name) : null,
      side.release ? " at " : null, link(`${answer.root}commits/${sha}/`, "ps-sha", sha.slice(0, 8)),
      " ", node("span", "ps-subject", answer.commits.subject[side.position]))
  }

  window.perfsite.compared = (place, answer) => {
    const shareOf = shares(answer.machines)
    const first = headline(answer.rows.filter(row => row.isMeant), shareOf)
    const shas = [answer.base, answer.head].map(side => answer.commits.sha[side.position])
    const how = answer.isOfLevels
      ? "Levels at two releases: the mean of the runs around each. A difference must exceed 3.3 standard errors of the two, and 2 %."
      : "One run against another, where perfsite compare takes the levels of the default branch: a difference must exceed the noise floors of both together, and 2 %."
    const meta = node("p", "ps-hero__meta", sideText(answer, answer.base), " → ", sideText(answer, answer.head))
    if (/^https?:\/\//i.test(answer.host ?? "")) {
      const commits = link(`${answer.host}/compare/${shas[0]}...${shas[1]}`, "", "show the commits")
      commits.rel = "noopener"
      meta.append(" · ", commits)
    }
    const text = node("h2", "ps-hero__sentence ps-compare__sentence", sentence(answer, first).replaceAll(" %", "\u00a0%"))
    const changes = [...answer.changes].filter(([, why]) => why)
    place.replaceChildren(
      node("header", `ps-hero ps-hero--${stateOf(answer, first)}`, text, meta),
      ...changes.map(([environment, why]) => node("p", "ps-callout", node("b", "", environment), ` ${why}. Its series are unsure and in no mean.`)),
      node("p", "ps-of", how))
    if (answer.rows.length) place.append(groupTable(answer, groupMeans(answer, shareOf)), seriesTable(answer))
    place.append(...[only(answer.base.name, answer.onlyBase, answer.root), only(answer.head.name, answer.onlyHead, answer.root)].filter(Boolean))
  }
})()
