/* perfsite: every measurement of a commit, on demand, filtered and sorted; the choice stands in the URL. */
(() => {
  "use strict"
  const {
    Listing, VERDICTS, WORDS, byText, cell, choice, follow, formatPair, identity, load, matcher, measurementsAt, name, node,
    percent, readState, scrolled, verdict, writeState,
  } = window.perfsite.tools
  const HEADS = [["Verdict", "verdict"], ["Series", "series"], ["Baseline → here", ""], ["Delta", "delta"], ["Noise", "noise"]]

  const figure = text => text === "" ? null : Number(text)
  const delta = row => row.baseline ? row.value / row.baseline - 1 : null
  const size = value => value === null || !isFinite(value) ? -Infinity : value

  const measurementRow = root => row => {
    const {series} = row
    const [before, here] = formatPair(row.baseline, row.value, series.unit)
    const known = series.url ? name(series, root) : [node("span", "ps-name", series.benchmark)]
    return node("tr", "",
      cell("Verdict", "", ...verdict(row.verdict, row.standing)),
      cell("Series", "", ...known),
      cell("Baseline → here", "ps-num", `${before} → `, node("b", "", here),
        series.pinned ? node("span", "ps-of ps-pinned", series.pinned) : null),
      cell("Delta", "ps-num", node("b", `ps-delta ps-delta--${row.verdict}`, percent(delta(row), true))),
      cell("Noise", "ps-num", row.floor === null ? "–" : `±${percent(row.floor, false)}`))
  }

  const rowsOf = (lines, index) => {
    const known = new Map(index.series.map(series => [identity(series), series]))
    return lines.map(line => ({
      series: known.get(identity(line)) ?? {...line, url: ""}, value: figure(line.value), baseline: figure(line.baseline),
      floor: figure(line.noise_floor), verdict: line.verdict, standing: line.standing, environment: line.environment,
      metric: line.metric, text: `${line.benchmark} ${line.parameters} ${line.metric} ${line.environment}`.toLowerCase(),
    }))
  }

  const ORDERS = {
    __proto__: null,
    verdict: (a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
      Math.abs(size(delta(b))) - Math.abs(size(delta(a))),
    series: byText,
    delta: (a, b) => size(delta(b)) - size(delta(a)),
    noise: (a, b) => size(b.floor) - size(a.floor),
  }

  const ALL = ["", "all"]
  const makeForm = rows => {
    const find = node("input")
    Object.assign(find, {type: "search", name: "find", placeholder: "benchmark, parameters …", autocomplete: "off"})
    const environments = [...new Set(rows.map(row => row.environment))]
    return node("form", "ps-filter",
      node("label", "ps-filter__text", node("span", "", "Filter"), find),
      choice("Verdict", "verdict", [ALL, ...VERDICTS.map(one => [one, WORDS[one]])]),
      environments.length > 1 ? choice("Environment", "environment", [ALL, ...environments.map(one => [one, one])]) : null,
      node("output", "ps-filter__count"))
  }

  const show = (place, rows, root) => {
    const form = makeForm(rows)
    const count = form.querySelector("output")
    count.ariaLive = "polite"
    let sort = new URLSearchParams(location.search).get("sort") ?? ""
    const heads = HEADS.map(([text, key], i) => {
      const button = node("button", "ps-sort", text)
      button.type = "button"
      const made = node("th", i > 1 ? "ps-num" : "", key ? button : text)
      made.scope = "col"
      button.addEventListener("click", () => {
        sort = (sort || "verdict") === key ? `-${key}` : key
        apply(true)
      })
      return made
    })
    const table = node("table", "ps-table ps-table--rows", node("thead", "", node("tr", "", ...heads)), node("tbody"))
    const title = node("h2", "", `All ${rows.length} measurements`)
    title.id = "all"
    title.tabIndex = -1
    place.before(title, form, scrolled(title.textContent, table))
    const listing = new Listing(table.tBodies[0], measurementRow(root))
    const apply = isChosen => {
      if (isChosen) writeState(form, {sort, all: "yes"})
      const fits = matcher(form)
      const found = rows.filter(row => fits(row, row.text)).sort(ORDERS[sort.replace(/^-/, "")] ?? ORDERS.verdict)
      if (sort.startsWith("-")) found.reverse()
      listing.show(found)
      count.value = found.length === rows.length ? "" : `${found.length} of ${rows.length} measurements`
      heads.forEach((head, i) => {
        const isMine = HEADS[i][1] && HEADS[i][1] === (sort.replace(/^-/, "") || "verdict")
        head.ariaSort = isMine ? (sort.startsWith("-") ? "descending" : "ascending") : null
      })
    }
    follow(form, () => apply(true))
    readState(form)
    apply(false)
    return title
  }

  const measurements = async (place, root) => {
    const button = place.querySelector("button")
    const open = async () => {
      button.disabled = true
      try {
        const [lines, index] = await Promise.all([
          measurementsAt(place.dataset.psMeasurements), load(place.dataset.psIndex)])
        const title = show(place, rowsOf(lines, index), root)
        button.remove()
        return title
      } catch {
        button.disabled = false
        button.textContent = "The measurements cannot be loaded; try again"
        return null
      }
    }
    button.hidden = false
    button.addEventListener("click", async () => (await open())?.focus())
    const state = new URLSearchParams(location.search)
    if (["all", "find", "verdict", "environment", "sort"].some(key => state.has(key))) await open()
  }

  window.perfsite.parts.commit = measurements
})()
