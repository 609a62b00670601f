/* perfsite: what every page needs, and the loading of what only some do. No framework, nothing inline, texts only as text. */
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
    __proto__: null,
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
  /* With two digits of exponent, as Python has them. */
  const power = (value, places) => value.toExponential(places).replace(/([+-])(\d)$/, "$10$2")
  const digits = value => {
    const size = Math.abs(value)
    if (size !== 0 && (size >= 1e6 || Number(size.toPrecision(3)) < 1e-4)) return power(value, 2).replace(/\.?0+e/, "e")
    return size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
  }
  const format = (value, unit) => {
    if (value === null || value === undefined || !isFinite(value)) return "–"
    const [scale, word] = scaleFor(value, unit)
    return word.startsWith("/") || !word ? `${digits(value / scale)}${word}` : `${digits(value / scale)} ${word}`
  }
  /* Two values side by side have as many digits, but for what is counted (`format_pair`). */
  const PLAIN = /^-?(\d+(?:\.\d+)?)(?![\d.e])/
  const formatPair = (before, after, unit) => {
    const texts = [before, after].map(value => format(value, unit))
    const isWhole = value => Number.isFinite(value) && Math.abs(value - Math.round(value)) <= 1e-12 * Math.abs(value)
    const isCounted = value => isWhole(value) && scaleFor(value, unit)[0] === 1
    if (isCounted(before) && isCounted(after)) return texts
    const count = text => (PLAIN.exec(text)?.[1] ?? "").replace(".", "").replace(/^0+/, "").length
    const least = Math.min(3, Math.max(...texts.map(count)))
    const padded = (found, lacking) => `${found}${found.includes(".") ? "" : "."}${"0".repeat(lacking)}`
    return texts.map(text => count(text) && count(text) < least
      ? text.replace(PLAIN, found => padded(found, least - count(text))) : text)
  }
  /* A percentage as Python words it: three digits, at most one decimal. */
  const share = size => {
    if (size >= 1e7) return power(size, 1)
    if (size >= 100) return String(Number(size.toPrecision(3))).replace(/\B(?=(\d{3})+$)/g, "\u202f")
    return size >= .1 || size === 0 ? size.toFixed(1) : digits(Number(size.toPrecision(2)))
  }
  const percent = (fraction, sign) => {
    if (fraction === null || fraction === undefined || !isFinite(fraction)) return "–"
    const size = Math.abs(fraction) * 100
    return `${sign ? (fraction < 0 ? "−" : fraction > 0 ? "+" : "±") : ""}${share(sign || size >= 1e-3 ? size : 0)} %`
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

  /* `body` is that of a table, or a list; `make` gives a row or several. */
  class Listing {
    constructor(body, make, step = STEP) {
      Object.assign(this, {body, make, step, rows: [], shown: 0})
      this.end = node("div", "ps-end")
      ;(body.closest("table") ?? body).after(this.end)
      this.watcher = new IntersectionObserver(entries => {
        if (entries.some(entry => entry.isIntersecting)) this.more()
      }, {rootMargin: "600px"})
      this.watcher.observe(this.end)
    }

    show(rows) {
      this.body.replaceChildren()
      this.resume(rows, 0)
    }

    /* Goes on after rows that stand there already. */
    resume(rows, shown) {
      Object.assign(this, {rows, shown})
      this.more()
    }

    more() {
      const next = this.rows.slice(this.shown, this.shown + this.step)
      if (!next.length) return
      this.shown += next.length
      const made = next.flatMap(this.make)
      this.body.append(...made)
      made.forEach(watch)
      this.watcher.unobserve(this.end)
      this.watcher.observe(this.end)
    }
  }

  /* Acts once, when an element comes near. */
  const whenNear = (element, act) => {
    const near = new IntersectionObserver(entries => {
      if (!entries.some(entry => entry.isIntersecting)) return
      near.disconnect()
      act()
    }, {rootMargin: "800px"})
    near.observe(element)
  }

  /* What only some rows or another width of the page show may be wider than it: scrolled alone, by keys too. */
  const scrolled = (label, table) => Object.assign(node("div", "ps-scroll", table), {tabIndex: 0, role: "region", ariaLabel: label})

  const later = (wait, act) => {
    let timer
    return () => {
      clearTimeout(timer)
      timer = setTimeout(act, wait)
    }
  }

  /* ---- forms that filter: the state stands in the address ---- */

  /* Whether a text, in small letters, holds every word of what is looked for. */
  const finder = wanted => {
    const words = (wanted ?? "").toLowerCase().split(/\s+/).filter(Boolean)
    return text => words.every(word => text.includes(word))
  }

  const byText = (a, b) => a.text < b.text ? -1 : a.text > b.text ? 1 : 0

  const choice = (label, key, options) => {
    const made = node("select", "", ...options.map(([value, text]) => new Option(text, value)))
    made.name = key
    return node("label", "", node("span", "", label), made)
  }

  /* Shows a form and acts a moment after each choice in it. */
  const follow = (form, act) => {
    form.hidden = false
    form.addEventListener("submit", event => event.preventDefault())
    form.addEventListener("input", later(60, act))
  }

  const chosen = form => [...new FormData(form)].filter(([, value]) => value)
  const isChosen = form => chosen(form).length > 0

  const readState = form => {
    const state = new URLSearchParams(location.search)
    for (const field of form.elements) {
      if (!field.name || !state.has(field.name)) continue
      if (field.type === "radio") field.checked = field.value === state.get(field.name)
      else field.value = state.get(field.name)
    }
    return isChosen(form)
  }

  const writeState = (form, extra = {}) => {
    const state = new URLSearchParams(chosen(form))
    for (const [key, value] of Object.entries(extra)) {
      if (value) state.set(key, value)
    }
    const query = state.toString()
    history.replaceState(history.state, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`)
  }

  const matcher = form => {
    const isFound = finder(form.elements.find?.value)
    const wanted = ["verdict", "environment", "metric"]
      .filter(key => form.elements[key]?.value).map(key => [key, form.elements[key].value])
    return (row, text) => wanted.every(([key, value]) => row[key] === value) && isFound(text)
  }

  /* ---- tables of figures ---- */

  /* RFC 4180: a cell in quotes may hold commas, quotes and line ends. An apostrophe guards what a spreadsheet would run. */
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
  const csvCell = value => {
    if (typeof value === "number") return String(value)
    const guarded = /^[=+\-@\t\r]/.test(value ?? "") ? `'${value}` : value ?? ""
    return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
  }

  /* All measurements of a commit, beside its page as `data.csv`, or packed as `data.csv.gz`, or without a page as
     `commits/<sha>.csv.gz`; servers may unpack those. */
  const unpacked = async answer => {
    const bytes = await answer.arrayBuffer()
    const [one, two] = new Uint8Array(bytes)
    if (one !== 0x1f || two !== 0x8b) return new TextDecoder().decode(bytes)
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text()
  }
  const measurementsAt = async url => {
    const plain = url.replace(/\.gz$/, "")
    const other = url === plain ? `${plain}.gz` : plain
    const alone = plain.replace(/\/data\.csv$/, ".csv.gz")
    return parseCsv(await load(url, unpacked).catch(() => load(other, unpacked)).catch(() => load(alone, unpacked)))
  }

  const identity = one => JSON.stringify([one.benchmark, one.parameters, one.metric, one.environment, one.unit])

  /* ---- parts: what an element asks for by `data-ps-part` comes in a script of its own, beside this one ---- */

  const parts = {}
  const here = document.currentScript.src

  /* A script may stand in the page already, so that it comes early; after instant navigation it may be there or gone. */
  const scripts = new Map()
  const script = (url, isReady) => {
    const key = new URL(url, location.href).href
    if (isReady()) return null
    if (!scripts.has(key)) {
      const answer = new Promise((resolve, reject) => {
        const placed = [...document.scripts].find(found => found.src === key)
        const made = placed ?? document.createElement("script")
        made.addEventListener("load", resolve)
        made.addEventListener("error", reject)
        if (placed) return
        made.src = key
        document.head.append(made)
      })
      answer.catch(() => scripts.delete(key))
      scripts.set(key, answer)
    }
    return scripts.get(key)
  }

  const run = async (element, root) => {
    const part = element.dataset.psPart
    try {
      await script(new URL(`${part}.js`, here), () => parts[part])
      if (element.isConnected) await parts[part](element, root)
    } catch (error) {
      console.warn(`perfsite: no ${part}:`, error)
    }
  }

  window.perfsite = {
    parts,
    tools: {
      Listing, VERDICTS, WORDS, byText, cell, choice, chosen, csvCell, digits, finder, follow, format, formatPair, hash, identity,
      later, link, load, matcher, measurementsAt, name, node, number, percent, readState, scaleFor, script, scrolled,
      verdict, watch, whenNear, writeState,
    },
  }

  /* ---- every page, also after instant navigation ---- */

  const start = () => {
    const page = document.querySelector(".ps-page[data-ps-root]")
    if (!page || page.dataset.psReady) return
    page.dataset.psReady = "yes"
    watch(page)
    const wanted = document.querySelectorAll(".ps-page[data-ps-part], .ps-page [data-ps-part]")
    wanted.forEach(element => run(element, page.dataset.psRoot))
  }

  /* Opened from a folder, an address that ends with a slash shows a list of files; a page is meant. */
  if (location.protocol === "file:") {
    document.addEventListener("click", event => {
      const to = event.target.closest?.("a[href]")
      if (to?.protocol === "file:" && to.pathname.endsWith("/")) to.pathname += "index.html"
    }, true)
  }

  if (window.document$) window.document$.subscribe(start)
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start)
  else start()
})()
