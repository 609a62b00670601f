/* perfsite: filters, sorts and draws what the pages hold as text. No framework, nothing inline, texts only as text. */
(() => {
  "use strict"
  const WORDS = {regression: "Regression", improvement: "Improvement", "no-change": "No change", unsure: "Unsure"}
  const VERDICTS = ["regression", "unsure", "improvement", "no-change"]
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  const SVG = "http://www.w3.org/2000/svg"
  const STEP = 60

  /* ---- small parts ---- */

  const cache = new Map()
  const load = (url, read = got => got.json()) => {
    const key = new URL(url, location.href).href
    if (!cache.has(key)) {
      const answer = fetch(key).then(got => {
        if (!got.ok) throw new Error(`${key}: ${got.status}`)
        return read(got)
      })
      answer.catch(() => cache.delete(key))
      cache.set(key, answer)
    }
    return cache.get(key)
  }

  const node = (name, className, ...children) => {
    const made = document.createElement(name)
    if (className) made.className = className
    made.append(...children.filter(child => child !== null && child !== undefined))
    return made
  }

  const link = (href, className, text) => {
    const made = node("a", className, text)
    made.href = href
    return made
  }

  const cell = (label, className, ...children) => {
    const made = node("td", className, ...children)
    made.dataset.label = label
    return made
  }

  const verdict = (state, ...notes) => {
    const parts = [node("span", `ps-verdict ps-verdict--${state}`, WORDS[state] ?? state)]
    for (const note of notes) {
      if (note) parts.push(" ", node("span", "ps-note", note))
    }
    return parts
  }

  const hash = row => `#environment=${encodeURIComponent(row.environment)}&metric=${encodeURIComponent(row.metric)}` +
    `&parameters=${encodeURIComponent(row.parameters)}`

  const name = (row, root) => [
    link(`${root}${row.url}${hash(row)}`, "ps-name", row.benchmark),
    node("span", "ps-of", `${row.parameters ? `${row.parameters} · ` : ""}${row.metric} · ${row.environment}`),
  ]

  /* Numbers as `perfsite.model.units` prints them: three digits, scaled unit. */
  const STEPS = {
    s: [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"], [1e-12, "ps"]],
    B: [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]],
    1: [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]],
  }
  const scaleFor = (value, unit) => {
    const size = Math.abs(value)
    const base = unit === "B/s" ? "B" : unit === "1/s" ? "1" : unit
    const steps = STEPS[base]
    if (!steps || (unit === "1" && size < 1e6)) return [1, unit === "1" ? "" : unit]
    const printed = Number(size.toPrecision(3))
    const [scale, word] = size > 0 && isFinite(size)
      ? steps.find(step => printed >= step[0]) ?? steps.at(-1)
      : steps.find(step => step[0] === 1)
    return [scale, unit.endsWith("/s") ? `${word}/s` : word]
  }
  const digits = value => {
    const size = Math.abs(value)
    if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toPrecision(3)
    return size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
  }
  const format = (value, unit) => {
    if (value === null || value === undefined || !isFinite(value)) return "–"
    const [scale, word] = scaleFor(value, unit)
    return word.startsWith("/") || !word ? `${digits(value / scale)}${word}` : `${digits(value / scale)} ${word}`
  }
  const percent = (fraction, sign) => {
    if (fraction === null || fraction === undefined || !isFinite(fraction)) return "–"
    const text = (Math.abs(fraction) * 100).toFixed(1)
    return `${sign ? (fraction < 0 ? "−" : "+") : ""}${text} %`
  }
  const number = text => {
    const found = /[-+−]?\d[\d\s.,\u202f]*/.exec(text ?? "")
    return found ? Number(found[0].replace("−", "-").replace(/[\s,\u202f]/g, "")) : NaN
  }

  /* ---- sparklines ---- */

  const WIDTH = 132, HEIGHT = 30, PAD = 3
  const draw = cell => {
    const code = cell.dataset.spark
    if (!code || cell.firstChild) return
    const step = (WIDTH - 2 * PAD) / Math.max(1, code.length - 1)
    const at = i => [PAD + i * step, HEIGHT - PAD - LETTERS.indexOf(code[i]) / 51 * (HEIGHT - 2 * PAD)]
    const path = from => [...code].slice(from).map((_, i) => at(from + i).map(v => v.toFixed(1)).join(" ")).join("L")
    const svg = document.createElementNS(SVG, "svg")
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`)
    svg.setAttribute("aria-hidden", "true")
    const add = (kind, attributes) => {
      const made = document.createElementNS(SVG, kind)
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
      svg.append(made)
    }
    const mark = Number(cell.dataset.mark)
    add("path", {class: "ps-spark__line", d: `M${path(0)}`})
    if (mark > 0 && mark < code.length) {
      add("path", {class: `ps-spark__new ps-spark__new--${cell.dataset.state}`, d: `M${path(mark)}`})
    }
    const [x, y] = at(code.length - 1)
    add("circle", {class: `ps-spark__dot ps-spark__dot--${cell.dataset.state}`, cx: x, cy: y, r: 2.5})
    cell.append(svg)
  }

  const seen = new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue
      seen.unobserve(entry.target)
      draw(entry.target)
    }
  }, {rootMargin: "300px"})
  const watch = scope => scope.querySelectorAll("[data-spark]").forEach(cell => seen.observe(cell))

  /* ---- long lists, a piece at a time ---- */

  class Listing {
    constructor(body, make) {
      this.body = body
      this.make = make
      this.rows = []
      this.shown = 0
      this.end = node("div", "ps-end")
      body.closest("table").after(this.end)
      this.watcher = new IntersectionObserver(entries => {
        if (entries.some(entry => entry.isIntersecting)) this.more()
      }, {rootMargin: "600px"})
      this.watcher.observe(this.end)
    }

    show(rows) {
      this.rows = rows
      this.shown = 0
      this.body.replaceChildren()
      this.more()
    }

    more() {
      const next = this.rows.slice(this.shown, this.shown + STEP)
      if (!next.length) return
      this.shown += next.length
      const made = next.map(this.make)
      this.body.append(...made)
      made.forEach(watch)
      this.watcher.unobserve(this.end)
      this.watcher.observe(this.end)
    }
  }

  const later = (wait, act) => {
    let timer
    return () => {
      clearTimeout(timer)
      timer = setTimeout(act, wait)
    }
  }

  const readState = form => {
    const state = new URLSearchParams(location.search)
    for (const field of form.elements) {
      if (field.name && state.has(field.name)) field.value = state.get(field.name)
    }
    return [...form.elements].some(field => field.name && field.value)
  }

  const writeState = (form, extra = {}) => {
    const state = new URLSearchParams()
    for (const field of form.elements) {
      if (field.name && field.value) state.set(field.name, field.value)
    }
    for (const [key, value] of Object.entries(extra)) {
      if (value) state.set(key, value)
    }
    const query = state.toString()
    history.replaceState(history.state, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`)
  }

  const matcher = form => {
    const words = (form.elements.find?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean)
    const wanted = ["verdict", "environment", "metric"]
      .filter(key => form.elements[key]?.value).map(key => [key, form.elements[key].value])
    return (row, text) => wanted.every(([key, value]) => row[key] === value) && words.every(word => text.includes(word))
  }

  /* ---- overview ---- */

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

  /* ---- list of commits: static lines, shown and hidden ---- */

  const lines = form => {
    const all = [...document.querySelectorAll(".ps-commits__line")]
    const count = form.querySelector("output")
    let texts = null
    const apply = () => {
      texts ??= all.map(line => `${line.textContent} ${line.querySelector("a").getAttribute("href")}`.toLowerCase())
      const fits = matcher(form)
      let shown = 0
      all.forEach((line, i) => {
        const verdict = /--(\S+)/.exec(line.className)[1]
        line.hidden = !fits({verdict}, texts[i])
        shown += line.hidden ? 0 : 1
      })
      count.value = shown === all.length ? "" : `${shown} of ${all.length} commits`
    }
    form.hidden = false
    form.addEventListener("submit", event => event.preventDefault())
    form.addEventListener("input", later(60, () => {
      writeState(form)
      apply()
    }))
    if (readState(form)) apply()
  }

  /* ---- commit: every measurement, on demand ---- */

  /* RFC 4180: a cell in quotes may hold commas, quotes and line ends. An apostrophe guards what is no formula. */
  const parseCsv = text => {
    const one = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/gy
    const lines = []
    let line = []
    while (one.lastIndex < text.length) {
      const [, quoted, bare, end] = one.exec(text)
      line.push((quoted?.replaceAll('""', '"') ?? bare).replace(/^'(?=[=+\-@\t\r])/, ""))
      if (end === ",") continue
      lines.push(line)
      line = []
    }
    const [head, ...rest] = lines
    return rest.map(cells => Object.fromEntries(head.map((key, i) => [key, cells[i]])))
  }

  const identity = one => JSON.stringify([one.benchmark, one.parameters, one.metric, one.environment, one.unit])

  const measurementRow = root => row => {
    const {series} = row
    const delta = row.baseline ? row.value / row.baseline - 1 : null
    return node("tr", "",
      cell("Verdict", "", ...verdict(row.verdict, row.standing)),
      cell("Series", "", ...name(series, root)),
      cell("Baseline → here", "ps-num", `${format(row.baseline, series.unit)} → `, node("b", "", format(row.value, series.unit)),
        series.pinned ? node("span", "ps-of ps-pinned", series.pinned) : null),
      cell("Delta", "ps-num", node("b", `ps-delta ps-delta--${row.verdict}`, percent(delta, true))),
      cell("Noise", "ps-num", row.floor === null ? "–" : `±${percent(row.floor, false)}`))
  }

  const measurements = (place, root) => {
    const button = place.querySelector("button")
    button.hidden = false
    button.addEventListener("click", async () => {
      button.disabled = true
      try {
        const [got, index] = await Promise.all([
          load(place.dataset.psMeasurements, answer => answer.text()), load(place.dataset.psIndex)])
        const known = new Map(index.series.map(series => [identity(series), series]))
        const figure = text => text === "" ? null : Number(text)
        const rows = parseCsv(got).map(line => ({
          series: known.get(identity(line)) ?? {...line, url: ""}, value: figure(line.value),
          baseline: figure(line.baseline), floor: figure(line.noise_floor), verdict: line.verdict, standing: line.standing,
        }))
        rows.sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict))
        const head = node("tr", "", ...["Verdict", "Series", "Baseline → here", "Delta", "Noise"].map((text, i) => {
          const made = node("th", i > 1 ? "ps-num" : "", text)
          made.scope = "col"
          return made
        }))
        const table = node("table", "ps-table ps-table--rows", node("thead", "", head), node("tbody"))
        const box = node("div", "ps-scroll", table)
        const title = node("h2", "", `All ${rows.length} measurements`)
        place.before(title, box)
        new Listing(table.tBodies[0], measurementRow(root)).show(rows)
        button.remove()
        title.tabIndex = -1
        title.focus()
      } catch {
        button.disabled = false
        button.textContent = "The measurements cannot be loaded; try again"
      }
    })
  }

  /* ---- benchmark: the chart loads its own script ---- */

  /* BokehJS stands in the page already, so that it comes early; after instant navigation it may be there or gone. */
  const scripts = new Map()
  const script = (url, isReady) => {
    const key = new URL(url, location.href).href
    if (isReady()) return null
    if (!scripts.has(key)) {
      scripts.set(key, new Promise((resolve, reject) => {
        const placed = [...document.scripts].find(found => found.src === key)
        const made = placed ?? document.createElement("script")
        made.addEventListener("load", resolve)
        made.addEventListener("error", reject)
        if (placed) return
        made.src = key
        document.head.append(made)
      }))
    }
    return scripts.get(key)
  }

  const chart = async (figure, root) => {
    const {psChart, psTemplate, psBokeh, psScript, psCommits} = figure.dataset
    try {
      const [data, template, commits] = await Promise.all([
        load(psChart), load(psTemplate), load(psCommits),
        script(psBokeh, () => window.Bokeh), script(psScript, () => window.perfsiteChart)])
      if (figure.isConnected) await window.perfsiteChart(figure, {data, template, commits, root, tools: {format, percent, scaleFor, digits, node}})
    } catch (error) {
      figure.querySelector(".ps-chart__plot").replaceChildren(
        node("p", "ps-empty", "The chart cannot be drawn here; the tables below hold what it shows."))
      console.warn("perfsite: no chart:", error)
    }
  }

  /* ---- 404: short shas, and commits that are not published yet ---- */

  /* An incident's id begins a commit's sha: one of before lies in the range of today's, or a few commits beside it. */
  const moved = async page => {
    const found = /^(.*?\/)incidents\/([0-9a-f]{4,64})\/?$/i.exec(location.pathname)
    if (!found) return false
    const [, root, text] = found
    const wanted = text.toLowerCase()
    page.querySelector("h1").textContent = "This incident is not there any more"
    const answer = page.querySelector("[data-ps-answer]")
    answer.textContent = `What was incident ${wanted} is no change any more, now that more runs are known.`
    try {
      const [{incidents}, {sha}] = await Promise.all([load(`${root}data/incidents.json`), load(`${root}${page.dataset.psMissing}`)])
      const at = sha.findIndex(one => one.startsWith(wanted))
      const near = incidents.filter(one => at >= 0 && one.good - 3 < at && at <= one.bad + 3)
        .sort((one, other) => Math.abs(one.commit - at) - Math.abs(other.commit - at))
      const begun = incidents.filter(one => one.id.startsWith(wanted))
      const now = begun.length === 1 ? begun[0] : near[0]
      if (now) location.replace(`${root}${now.url}`)
    } catch {
      answer.textContent = "The list of incidents cannot be loaded, so this one cannot be looked up."
    }
    return true
  }

  const missing = async page => {
    if (await moved(page)) return
    const found = /^(.*?\/)commits\/([0-9a-f]{4,64})\/?$/i.exec(location.pathname)
    if (!found) return
    const [, root, text] = found
    const wanted = text.toLowerCase()
    const answer = page.querySelector("[data-ps-answer]")
    try {
      const index = await load(`${root}${page.dataset.psMissing}`)
      const hits = index.sha.map((sha, i) => ({sha, subject: index.subject[i]})).filter(entry => entry.sha.startsWith(wanted))
      if (hits.length === 1 && hits[0].sha !== wanted) {
        location.replace(`${root}commits/${hits[0].sha}/`)
      } else if (hits.length > 1) {
        answer.textContent = `${hits.length} commits begin with ${wanted}:`
        answer.after(node("ul", "ps-list ps-list--plain", ...hits.slice(0, 20).map(hit =>
          node("li", "", link(`${root}commits/${hit.sha}/`, "ps-sha", hit.sha.slice(0, 12)), ` ${hit.subject ?? ""}`))))
      } else {
        page.querySelector("h1").textContent = "This commit is not published"
        answer.textContent = `Commit ${wanted} has no page here. Either its benchmarks have not run yet, or the site has ` +
          "not been built since; come back when the run is through."
      }
    } catch {
      answer.textContent = "The list of commits cannot be loaded, so this commit cannot be looked up."
    }
  }

  /* ---- every page, also after instant navigation ---- */

  const start = () => {
    const page = document.querySelector(".ps-page[data-ps-root]")
    if (!page || page.dataset.psReady) return
    page.dataset.psReady = "yes"
    const root = page.dataset.psRoot
    const each = (selector, act) => page.querySelectorAll(selector).forEach(found => act(found, root))
    watch(page)
    each("[data-ps-series]", overview)
    each("[data-ps-lines]", lines)
    each("[data-ps-measurements]", measurements)
    each("[data-ps-chart]", chart)
    if (page.dataset.psMissing) missing(page)
  }

  if (window.document$) window.document$.subscribe(start)
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start)
  else start()
})()
