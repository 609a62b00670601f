/* perfsite: every series of the overview, filtered and sorted. */
(() => {
  "use strict"
  const {Listing, cell, later, link, load, matcher, name, node, number, readState, verdict, writeState} = window.perfsite.tools

  const overviewRow = root => row => {
    const spark = cell("Trend", "ps-spark")
    Object.assign(spark.dataset, {spark: row.spark, mark: row.mark, state: row.verdict})
    const since = row.since
      ? node("span", "ps-of", "since ", link(`${root}commits/${row.since}/`, "ps-sha", row.since.slice(0, 8)), ` ${row.since_date}`)
      : null
    const rule = ["", "none", "pass"].includes(row.rule) ? "" : `rule: ${row.rule}`
    const level = row.level ? node("span", "ps-of", row.level) : null
    const retired = row.retired ? node("span", "ps-of", `retired, last measured ${row.last_date}`) : null
    return node("tr", "",
      cell("Series", "", ...name(row, root)),
      spark,
      cell("Current", "ps-num", row.current, node("span", "ps-of", row.baseline)),
      cell("Delta", "ps-num", node("b", `ps-delta ps-delta--${row.verdict}`, row.delta)),
      cell("Noise", "ps-num", row.noise),
      cell("Verdict", "", ...verdict(row.verdict, row.severity === "none" ? "" : row.severity, rule), level, since, retired))
  }

  const overview = (table, root) => {
    const form = document.querySelector("[data-ps-filter]")
    const count = form.querySelector("output")
    const rest = document.querySelector("[data-ps-rest]")
    const total = Number(table.dataset.psTotal)
    let sort = new URLSearchParams(location.search).get("sort") ?? ""
    let listing = null
    const rows = async () => {
      const got = await load(table.dataset.psSeries)
      return got.ready ??= got.rows.map(values => {
        const row = Object.fromEntries(got.columns.map((column, i) => [column, values[i]]))
        row.text = `${row.benchmark} ${row.parameters} ${row.metric} ${row.environment}`.toLowerCase()
        return row
      })
    }
    const orders = {
      benchmark: (a, b) => a.text < b.text ? -1 : a.text > b.text ? 1 : 0,
      delta: (a, b) => (number(b.delta) || 0) - (number(a.delta) || 0),
      noise: (a, b) => (number(b.noise) || 0) - (number(a.noise) || 0),
      rank: (a, b) => a.rank - b.rank,
    }
    const apply = async () => {
      const all = await rows()
      const fits = matcher(form)
      const found = all.filter(row => fits(row, row.text))
      const key = sort.replace(/^-/, "")
      if (orders[key]) found.sort(orders[key])
      if (sort.startsWith("-")) found.reverse()
      listing ??= new Listing(table.tBodies[0], overviewRow(root))
      listing.show(found)
      rest?.remove()
      count.value = found.length === all.length ? `${all.length} series` : `${found.length} of ${all.length} series`
      for (const head of table.querySelectorAll("th[data-sort]")) {
        const mine = head.dataset.sort === (key || "rank")
        head.ariaSort = mine ? (sort.startsWith("-") ? "descending" : "ascending") : null
      }
    }
    for (const head of table.querySelectorAll("th[data-sort]")) {
      const button = node("button", "ps-sort", head.textContent)
      button.type = "button"
      head.replaceChildren(button)
      button.addEventListener("click", () => {
        sort = sort === head.dataset.sort || (!sort && head.dataset.sort === "rank") ? `-${head.dataset.sort}` : head.dataset.sort
        writeState(form, {sort})
        apply()
      })
    }
    form.hidden = false
    form.addEventListener("submit", event => event.preventDefault())
    form.addEventListener("input", later(60, () => {
      writeState(form, {sort})
      apply()
    }))
    count.value = `${total} series`
    if (readState(form) || sort) apply()
    else if (rest) {
      const near = new IntersectionObserver(entries => {
        if (!entries.some(entry => entry.isIntersecting)) return
        near.disconnect()
        rows().then(all => {
          if (listing) return
          listing = new Listing(table.tBodies[0], overviewRow(root))
          listing.rows = all
          listing.shown = table.tBodies[0].rows.length
          rest.remove()
          listing.more()
        }, () => undefined)
      }, {rootMargin: "600px"})
      near.observe(rest)
    }
  }

  window.perfsite.parts.overview = overview
})()
