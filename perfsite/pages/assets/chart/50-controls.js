/* perfsite: what stands around a chart: choice of the series, switches of the axes, the key, and what is said below. */
(() => {
  "use strict"
  const chart = (window.perfsite.chart ??= {})
  const {node} = window.perfsite.tools
  const {KEYS} = chart
  const SVG = "http://www.w3.org/2000/svg"
  const PATHS = {
    circle: "M5 1a4 4 0 1 0 0 8a4 4 0 1 0 0-8z", square: "M1.5 1.5h7v7h-7z", triangle: "M5 1l4.5 8h-9z",
    diamond: "M5 0l4 5l-4 5l-4-5z", inverted_triangle: "M5 9L.5 1h9z", hex: "M2.5 1h5L10 5L7.5 9h-5L0 5z",
    star: "M5 0l1.2 3.5H10L7 5.7L8.1 9.5L5 7.2L1.9 9.5L3 5.7L0 3.5h3.8z", plus: "M3.7 0h2.6v3.7H10v2.6H6.3V10H3.7V6.3H0V3.7h3.7z",
  }

  const markOf = one => {
    const svg = document.createElementNS(SVG, "svg")
    const path = document.createElementNS(SVG, "path")
    svg.setAttribute("viewBox", "0 0 10 10")
    svg.setAttribute("aria-hidden", "true")
    svg.setAttribute("class", `ps-chart__mark ps-chart__mark--${one.color}`)
    path.setAttribute("d", PATHS[one.shape])
    svg.append(path)
    return svg
  }

  const counted = number => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f")

  class Controls {
    constructor(trend) {
      this.trend = trend
      const find = selector => trend.figure.querySelector(selector)
      this.bar = find(".ps-chart__bar")
      this.key = find(".ps-chart__key")
      this.note = find(".ps-chart__note")
      this.unit = find(".ps-chart__unit")
      this.list = find(".ps-chart__drawn")
      this.norm = find("[data-ps-norm]")
      this.bar.addEventListener("submit", event => event.preventDefault())
      this.fields = this.makeFields(find(".ps-chart__choice"))
      this.toggles = [...trend.figure.querySelectorAll("[data-ps-toggle]")]
      for (const button of this.toggles) button.addEventListener("click", () => this.toggle(button.dataset.psToggle))
      this.norm.addEventListener("change", () => this.change({norm: this.norm.value}))
      for (const button of this.key.querySelectorAll("[data-ps-layer]")) {
        button.addEventListener("click", () => this.flip(button.dataset.psLayer))
      }
      this.reset = find("[data-ps-reset]")
      this.reset.addEventListener("click", () => this.clear())
      this.panels = new chart.Panels(this)
      for (const part of [this.bar, this.key]) part.hidden = false
    }

    makeFields(place) {
      const fields = {}
      place.replaceChildren()
      for (const key of KEYS) {
        const values = [...new Set(this.trend.data.series.map(series => series[key]))]
        if (values.length < 2) continue
        const select = node("select", "", ...values.map(value => new Option(value || "none", value)))
        place.append(node("label", "", node("span", "", key[0].toUpperCase() + key.slice(1)), select))
        select.addEventListener("change", () => this.choose(key))
        fields[key] = select
      }
      place.hidden = !Object.keys(fields).length
      return fields
    }

    /* A choice that no series has falls back to the nearest that keeps the field just chosen. */
    choose(key) {
      const now = this.trend.scene.first.series
      const wanted = {...now, ...Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, field.value]))}
      const score = series => KEYS.filter(name => series[name] === wanted[name]).length
      const fits = this.trend.data.series.filter(series => series[key] === wanted[key])
      this.name(fits.sort((a, b) => score(b) - score(a))[0])
    }

    name(series) {
      this.change({...Object.fromEntries(KEYS.map(key => [key, series[key]])), isNamed: true})
    }

    /* Another view of the chart: in the address, and drawn. */
    change(chosen) {
      Object.assign(this.trend.state, chosen)
      chart.writeState(this.trend.state)
      return this.trend.update()
    }

    toggle(name) {
      const {state} = this.trend
      const chosen = {[name]: !state[name]}
      if (name === "log") chosen.zero = false
      if (name === "zero") chosen.log = false
      if (name === "date") chosen.window = null
      this.change(chosen)
    }

    flip(layer) {
      const hide = new Set(this.trend.state.hide)
      if (!hide.delete(layer)) hide.add(layer)
      this.change({hide})
    }

    clear() {
      history.replaceState(history.state, "", location.pathname + location.search)
      this.trend.follow()
    }

    /* ---- telling ---- */

    update() {
      const {state, scene, data} = this.trend
      const {series} = scene.first
      for (const [key, field] of Object.entries(this.fields)) field.value = series[key]
      for (const button of this.toggles) button.setAttribute("aria-pressed", String(Boolean(state[button.dataset.psToggle])))
      this.toggles.find(button => button.dataset.psToggle === "date").hidden = !this.trend.times
      this.norm.value = state.norm
      for (const button of this.key.querySelectorAll("[data-ps-layer]")) {
        const layer = button.dataset.psLayer
        button.hidden = !this.isThere(layer, series, data)
        button.setAttribute("aria-pressed", String(!state.hide.has(layer)))
      }
      const verdicts = new Set(series.verdicts)
      for (const sign of this.key.querySelectorAll("[data-ps-sign]")) sign.hidden = !verdicts.has(Number(sign.dataset.psSign))
      this.key.querySelector(".ps-chart__signs").hidden = verdicts.size === 1 && verdicts.has(3)
      this.reset.hidden = !chart.stateText(state)
      this.unit.textContent = this.unitText(series, state, scene)
      this.list.hidden = scene.drawn.length < 2
      this.list.replaceChildren(...this.list.hidden ? [] : scene.drawn.map(one => this.chip(one)))
      this.panels.update()
    }

    isThere(layer, series, data) {
      const some = values => Boolean(values?.length)
      const told = {
        band: () => series.floors.some(chart.finite), baseline: () => series.baselines.some(chart.finite),
        level: () => series.levels.some(chart.finite), threshold: () => Boolean(series.thresholds),
        budget: () => some(series.budgets), change: () => some(series.changes), outlier: () => some(series.outliers),
        suspected: () => some(series.suspected), withdrawn: () => some(series.withdrawn),
        release: () => some(data.releases), fact: () => some(series.facts), drift: () => Boolean(series.drift),
      }
      return told[layer]?.() ?? true
    }

    unitText(series, state, scene) {
      const unit = scene.unit.replace(/^\//, "1/")
      const what = state.norm
        ? `${series.metric}, ${state.norm === "first" ? "first level" : "baseline"} = 100`
        : `${series.metric}${unit ? ` in ${unit}` : ""}`
      return series.direction === "neither" ? what : `${what} · ${series.direction} is better`
    }

    chip(one) {
      const made = node("li", "ps-chart__one", markOf(one), node("span", "ps-chart__name", one.name))
      if (one === this.trend.scene.first) return made
      const drop = node("button", "ps-chart__drop", "×")
      drop.type = "button"
      drop.setAttribute("aria-label", `Remove ${one.name}`)
      drop.addEventListener("click", () => this.drop(one))
      made.append(drop)
      return made
    }

    drop(one) {
      const {state} = this.trend
      const others = names => JSON.stringify(names) !== one.key
      this.change({also: state.also.filter(others), with: state.with.filter(others)})
    }

    /* What the drawing leaves out, so that nobody takes it for all there is. */
    tell() {
      const {scene, state, failed} = this.trend
      const told = []
      if (scene.shown < scene.seen) {
        told.push(`${counted(scene.shown)} of ${counted(scene.seen)} points drawn: first, last, lowest and highest of each pixel, with every change point and outlier. Zoom in for all.`)
      }
      if (scene.hidden) told.push(state.log ? `${counted(scene.hidden)} points at zero or below have no place on a logarithmic axis.` : `${counted(scene.hidden)} points of a series without a level above zero cannot be shown as 100.`)
      for (const {y, text} of scene.limits) {
        if (y > scene.high) told.push(`Above the chart: ${text}.`)
        else if (y < scene.low) told.push(`Below the chart: ${text}.`)
      }
      for (const text of scene.untold) told.push(`A line across: ${text}.`)
      if (failed) told.push("A series to compare with could not be loaded.")
      const text = told.join(" ")
      if (this.note.textContent !== text) this.note.textContent = text
      this.note.hidden = !text
    }
  }

  Object.assign(chart, {Controls, markOf})
})()
