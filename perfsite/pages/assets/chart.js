/* perfsite: the trend chart. Fills the document template with one series at a time; BokehJS draws it. */
(() => {
  "use strict"
  const {VERDICTS, WORDS, digits, format, load, node, percent, scaleFor, script} = window.perfsite.tools
  const KEYS = ["environment", "metric", "parameters"]

  const finite = value => value !== null && value !== undefined && Number.isFinite(value)

  /* Steps as a line: each value lasts from half a position before to half a position after. */
  const steps = (values, scale) => {
    const x = [], y = []
    values.forEach((value, i) => {
      const scaled = finite(value) ? value / scale : NaN
      if (i > 0 && (scaled === y.at(-1) || (Number.isNaN(scaled) && Number.isNaN(y.at(-1))))) {
        x[x.length - 1] = i + 0.5
        return
      }
      x.push(i - 0.5, i + 0.5)
      y.push(scaled, scaled)
    })
    return {x, y}
  }

  const bandOf = (series, scale) => {
    const band = {x: [], lower: [], upper: []}
    series.baselines.forEach((baseline, i) => {
      const floor = series.floors[i]
      if (!finite(baseline) || !finite(floor)) return
      const reach = Math.abs(baseline) * floor
      for (const x of [i - 0.5, i + 0.5]) {
        band.x.push(x)
        band.lower.push((baseline - reach) / scale)
        band.upper.push((baseline + reach) / scale)
      }
    })
    return band
  }

  /* The range that shows every point but outliers, which are marked at the edge. */
  const rangeOf = (series, scale, band) => {
    const out = new Set(series.outliers)
    let low = Infinity, high = -Infinity
    const take = value => {
      if (!finite(value)) return
      if (value < low) low = value
      if (value > high) high = value
    }
    series.values.forEach((value, i) => out.has(i) || take(finite(value) ? value / scale : NaN))
    series.levels.forEach(value => take(finite(value) ? value / scale : NaN))
    band.lower.forEach(take)
    band.upper.forEach(take)
    if (!(high >= low)) return [0, 1]
    const room = (high - low || Math.abs(high) * 0.1 || 1)
    return [low - room * 0.08, high + room * 0.22]
  }

  class Trend {
    constructor(figure, {data, template, commits, root}) {
      Object.assign(this, {figure, data, commits, root})
      this.plot = figure.querySelector(".ps-chart__plot")
      this.document = window.Bokeh.require("document").Document.from_json(template.doc ?? template)
      this.tip = node("div", "ps-tip")
      this.tip.setAttribute("role", "status")
      this.tip.hidden = true
    }

    model(name) { return this.document.get_model_by_name(name) }

    async start() {
      this.makeChoice()
      this.showSeries(this.chosen())
      this.paint()
      this.views = await window.Bokeh.embed.add_document_standalone(this.document, this.plot)
      this.plot.append(this.tip)
      /* Nothing in the drawing answers the keyboard: the tables below are its form for the keyboard. */
      this.views.get_one(this.model("trend")).canvas_view.events_el.tabIndex = -1
      this.connect()
      this.watcher = new MutationObserver(() => this.figure.isConnected ? this.paint() : this.stop())
      this.watcher.observe(document.body, {attributes: true, attributeFilter: ["data-md-color-scheme"]})
      this.figure.dataset.psState = "ready"
    }

    stop() {
      this.watcher.disconnect()
      removeEventListener("hashchange", this.onHash)
      for (const view of [...this.views.roots]) view.remove()
      this.document.clear()
    }

    /* ---- which series ---- */

    chosen() {
      const wanted = new URLSearchParams(location.hash.slice(1))
      const fits = KEYS.some(key => wanted.has(key))
        ? this.data.series.find(series => KEYS.every(key => !wanted.has(key) || wanted.get(key) === series[key]))
        : null
      return fits ?? this.worst()
    }

    worst() {
      const badness = series => series.verdicts.at(-1) ?? 3
      return this.data.series.reduce((best, series) => badness(series) < badness(best) ? series : best)
    }

    makeChoice() {
      const form = this.figure.querySelector("form")
      form.addEventListener("submit", event => event.preventDefault())
      this.fields = {}
      for (const key of KEYS) {
        const values = [...new Set(this.data.series.map(series => series[key]))]
        if (values.length < 2) continue
        const select = node("select", "", ...values.map(value => new Option(value || "none", value)))
        const title = key[0].toUpperCase() + key.slice(1)
        form.append(node("label", "", node("span", "", title), select))
        this.fields[key] = select
        select.addEventListener("change", () => this.choose(key))
      }
      form.hidden = !Object.keys(this.fields).length
      this.onHash = () => {
        if (this.figure.isConnected) this.showSeries(this.chosen(), true)
        else this.stop()
      }
      addEventListener("hashchange", this.onHash)
    }

    /* A choice that no series has falls back to the nearest that keeps the field just chosen. */
    choose(key) {
      const wanted = {...this.series, ...Object.fromEntries(Object.entries(this.fields).map(([k, f]) => [k, f.value]))}
      const score = series => KEYS.filter(k => series[k] === wanted[k]).length
      const best = this.data.series.filter(series => series[key] === wanted[key]).sort((a, b) => score(b) - score(a))[0]
      const state = new URLSearchParams(KEYS.map(k => [k, best[k]]))
      history.replaceState(history.state, "", `#${state}`)
      this.showSeries(best, true)
    }

    showSeries(series) {
      this.series = series
      for (const [key, select] of Object.entries(this.fields)) select.value = series[key]
      const largest = Math.max(...series.values.filter(finite).map(Math.abs), 0)
      const middle = [...series.values.filter(finite).map(Math.abs)].sort((a, b) => a - b)
      const [scale, unit] = scaleFor(middle[middle.length >> 1] ?? largest, series.unit)
      this.scale = scale
      const band = bandOf(series, scale)
      const [low, high] = rangeOf(series, scale, band)
      const n = series.values.length
      Object.assign(this, {low, high, n})
      this.model("band").data = band
      this.model("levels").data = steps(series.levels, scale)
      this.model("baselines").data = steps(series.baselines, scale)
      this.fillPoints()
      const x = this.model("x"), y = this.model("y")
      const pad = Math.max(0.6, n * 0.015)
      x.setv({start: -pad, end: n - 1 + pad, reset_start: -pad, reset_end: n - 1 + pad, bounds: [-pad - 1, n + pad], min_interval: Math.min(5, n)})
      y.setv({start: low, end: high, reset_start: low, reset_end: high})
      this.model("xaxis").ticker.desired_num_ticks = Math.max(2, Math.floor((this.plot.clientWidth || 800) / 150))
      const axis = this.model("yaxis")
      axis.axis_label = `${series.metric}${unit ? ` (${unit.replace(/^\//, "1/")})` : ""}`
      this.model("yaxis").formatter.doFormat = ticks => ticks.map(tick => String(Number(tick.toPrecision(6))))
      this.model("xaxis").formatter.doFormat = ticks => ticks.map(tick => this.dateAt(tick))
      this.hideTip()
    }

    fillPoints() {
      const {series, scale, low, high} = this
      const out = new Set(series.outliers)
      const points = {x: [], y: [], color: [], at: []}
      const outliers = {x: [], y: [], marker: [], at: []}
      const edge = (high - low) * 0.03
      series.values.forEach((value, i) => {
        if (!finite(value)) return
        const y = value / scale
        if (!out.has(i)) {
          points.x.push(i)
          points.y.push(y)
          points.color.push("gray")
          points.at.push(i)
          return
        }
        const above = y > high, below = y < low
        outliers.x.push(i)
        outliers.y.push(above ? high - edge : below ? low + edge : y)
        outliers.marker.push(above ? "triangle" : below ? "inverted_triangle" : "circle")
        outliers.at.push(i)
      })
      this.model("points").data = points
      this.model("outliers").data = outliers
      this.model("changes").data = {
        x: series.changes.map(change => change.index - 0.5),
        y: series.changes.map(() => high - edge * 1.6),
        text: series.changes.map(change => percent(change.delta, true)),
        color: series.changes.map(() => "gray"),
        align: series.changes.map(() => "left"),
      }
      this.placeLabels()
    }

    /* A label near the right edge stands left of its mark; one too close to the next is left out, the mark stays. */
    placeLabels() {
      const source = this.model("changes")
      const {x, text} = source.data
      const room = this.n * Math.min(0.35, 72 / Math.max(200, this.plot.clientWidth || 800))
      const last = x.length - 1
      const isTurned = i => x[i] > this.n - room
      const shown = x.map((at, i) => i === last || x[i + 1] - at > (isTurned(i + 1) ? 2 : 1) * room)
      source.data = {
        ...source.data,
        text: text.map((label, i) => shown[i] ? label : ""),
        align: x.map((_, i) => isTurned(i) ? "right" : "left"),
      }
      const labels = this.model("r-labels")
      labels.glyph.x_offset = x.some(at => at > this.n - room) && x.length === 1 ? -9 : 9
    }

    commitAt(i) {
      const at = this.series.commits[i]
      return {sha: this.commits.sha[at], time: this.commits.time[at], subject: this.commits.subject[at]}
    }

    dateAt(tick) {
      const i = Math.round(tick)
      if (i !== tick || i < 0 || i >= this.n) return ""
      return String(this.commitAt(i).time ?? "").slice(0, 10)
    }

    /* ---- colours of the theme ---- */

    paint() {
      const style = getComputedStyle(this.figure)
      const color = name => style.getPropertyValue(`--ps-${name}`).trim()
      const text = color("muted"), line = color("line"), font = style.fontFamily
      for (const name of ["xaxis", "yaxis"]) {
        this.model(name).setv({
          major_label_text_color: text, axis_label_text_color: text, major_label_text_font: font, axis_label_text_font: font,
        })
      }
      this.model("ygrid").grid_line_color = line
      const glyph = (name, values) => {
        for (const key of ["glyph", "nonselection_glyph", "muted_glyph", "selection_glyph"]) {
          const model = this.model(name)[key]
          if (model && typeof model === "object" && model.setv) model.setv(values)
        }
      }
      glyph("r-labels", {text_font: {value: font}})
      glyph("r-band", {fill_color: color("accent")})
      glyph("r-baselines", {line_color: text})
      glyph("r-levels", {line_color: color("accent")})
      glyph("r-outliers", {line_color: color("unsure")})
      const {changes} = this.series
      const marked = this.model("changes")
      marked.data = {...marked.data, color: changes.map(change => color(change.verdict))}
      const points = this.model("points")
      points.data = {...points.data, color: points.data.at.map(i => this.series.verdicts[i] === 0 ? color("regression") : color("accent"))}
    }

    /* ---- pointing and selecting ---- */

    connect() {
      for (const name of ["points", "outliers"]) {
        const source = this.model(name)
        source.inspect.connect(() => {
          const [i] = source.inspected.indices
          if (i === undefined) this.pointed === name && this.hideTip()
          else {
            this.pointed = name
            this.showTip(source.data.at[i], source.data.x[i], source.data.y[i])
          }
        })
        source.selected.properties.indices.change.connect(() => {
          const [i] = source.selected.indices
          if (i !== undefined) location.assign(`${this.root}commits/${this.commitAt(source.data.at[i]).sha}/`)
        })
      }
      this.plot.addEventListener("pointerleave", () => this.hideTip())
    }

    showTip(i, x, y) {
      const {series} = this
      const commit = this.commitAt(i)
      const value = series.values[i], baseline = series.baselines[i], floor = series.floors[i]
      const state = series.outliers.includes(i) ? "outlier" : VERDICTS[series.verdicts[i]] ?? "unsure"
      const delta = finite(baseline) && baseline > 0 ? value / baseline - 1 : null
      this.tip.replaceChildren(
        node("b", "ps-tip__value", format(value, series.unit)),
        node("span", `ps-tip__delta ps-delta--${state}`, delta === null ? "no baseline yet" : `${percent(delta, true)} against ${format(baseline, series.unit)}${series.pinned ? `, ${series.pinned}` : ""}`),
        node("span", "ps-tip__noise", finite(floor) ? `noise ±${percent(floor, false)}` : "noise not known yet"),
        node("span", "ps-tip__state", state === "outlier" ? "Outlier: it did not last" : WORDS[state]),
        node("span", "ps-tip__commit", `${String(commit.sha ?? "").slice(0, 7)} · ${String(commit.time ?? "").slice(0, 10)}`),
        node("span", "ps-tip__subject", commit.subject ?? ""))
      this.tip.hidden = false
      const view = this.views.get_one(this.model("trend"))
      const frame = view.frame
      const left = frame.x_scale.compute(x), top = frame.y_scale.compute(y)
      const wide = this.plot.clientWidth, own = this.tip.offsetWidth
      const place = left + own + 16 > wide ? Math.max(0, left - own - 12) : left + 12
      this.tip.style.setProperty("left", `${place}px`)
      this.tip.style.setProperty("top", `${Math.max(0, top - this.tip.offsetHeight - 8)}px`)
    }

    hideTip() { this.tip.hidden = true }
  }

  window.perfsite.parts.chart = async (figure, root) => {
    const {psChart, psTemplate, psBokeh, psCommits} = figure.dataset
    try {
      const [data, template, commits] = await Promise.all([
        load(psChart), load(psTemplate), load(psCommits), script(psBokeh, () => window.Bokeh)])
      if (figure.isConnected) await new Trend(figure, {data, template, commits, root}).start()
    } catch (error) {
      figure.querySelector(".ps-chart__plot").replaceChildren(
        node("p", "ps-empty", "The chart cannot be drawn here; the tables below hold what it shows."))
      console.warn("perfsite: no chart:", error)
    }
  }
})()
