/* perfsite: what opens above a chart: more series, another benchmark to compare with, and the ways to share a view. */
(() => {
  "use strict"
  const chart = (window.perfsite.chart ??= {})
  const {later, load, node} = window.perfsite.tools
  const {KEYS} = chart
  const MOST_FOUND = 12
  const FILTER_FROM = 10

  class Panels {
    constructor(controls) {
      this.controls = controls
      this.trend = controls.trend
      const {figure} = this.trend
      this.buttons = new Map()
      for (const button of figure.querySelectorAll("[data-ps-opens]")) {
        const name = button.dataset.psOpens
        const panel = figure.querySelector(`[data-ps-panel="${name}"]`)
        this.buttons.set(name, {button, panel})
        button.addEventListener("click", () => this.open(panel.hidden ? name : null))
        panel.addEventListener("keydown", event => {
          if (event.key !== "Escape") return
          this.open(null)
          button.focus()
        })
      }
      this.panel("series").querySelector("input").addEventListener("input", () => this.listSeries())
      this.panel("compare").querySelector("input").addEventListener("input", later(120, () => this.find()))
      for (const button of figure.querySelectorAll("[data-ps-copies]")) {
        button.addEventListener("click", () => this.copy(button))
      }
      this.buttons.get("series").button.hidden = this.trend.data.series.length < 2
      this.buttons.get("compare").button.hidden = !figure.dataset.psSeries
    }

    panel(name) { return this.buttons.get(name).panel }

    open(name) {
      for (const [own, {button, panel}] of this.buttons) {
        panel.hidden = own !== name
        button.setAttribute("aria-expanded", String(own === name))
      }
      this.update()
      if (name) this.panel(name).querySelector("input:not([hidden])")?.focus()
      if (name === "compare") this.find()
    }

    update() {
      if (!this.panel("series").hidden) this.listSeries()
      if (!this.panel("share").hidden) this.tellShare()
    }

    /* ---- more series of this benchmark ---- */

    listSeries() {
      const {data, scene} = this.trend
      const panel = this.panel("series")
      const field = panel.querySelector("input"), list = panel.querySelector("ul")
      field.closest("label").hidden = data.series.length < FILTER_FROM
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean)
      const others = data.series.filter(series => series !== scene.first.series)
        .filter(series => words.every(word => series.label.toLowerCase().includes(word)))
        .sort((a, b) => (a.unit !== scene.first.series.unit) - (b.unit !== scene.first.series.unit))
      const drawn = new Map(scene.drawn.map(one => [one.series, one]))
      const focused = list.contains(document.activeElement) ? document.activeElement.value : null
      list.replaceChildren(...others.map(series => {
        const box = node("input")
        Object.assign(box, {type: "checkbox", checked: drawn.has(series), value: series.label})
        box.addEventListener("change", () => this.also(series, box.checked))
        const one = drawn.get(series)
        const unit = series.unit === scene.first.series.unit ? null : node("span", "ps-note", "other unit: drawn as 100")
        return node("li", "", node("label", "", box, one ? chart.markOf(one) : null, node("span", "ps-chart__name", series.label), unit))
      }))
      if (focused !== null) [...list.querySelectorAll("input")].find(box => box.value === focused)?.focus()
    }

    also(series, isWanted) {
      const names = KEYS.map(key => series[key]), key = JSON.stringify(names)
      const rest = this.trend.state.also.filter(one => JSON.stringify(one) !== key)
      this.controls.change({also: isWanted ? [...rest, names] : rest})
    }

    /* ---- another benchmark ---- */

    async find() {
      const panel = this.panel("compare")
      const field = panel.querySelector("input"), list = panel.querySelector("ul"), told = panel.querySelector("output")
      let all
      try {
        all = (await load(this.trend.figure.dataset.psSeries)).series
      } catch {
        told.textContent = "The list of series cannot be loaded."
        return
      }
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean)
      const taken = new Set(this.trend.scene.drawn.map(one => one.key))
      const {series: own} = this.trend.scene.first
      const namesOf = one => [one.url, ...KEYS.map(key => one[key])]
      const text = one => [one.benchmark, ...KEYS.map(key => one[key])].join(" ").toLowerCase()
      const found = all.filter(one => one.benchmark !== this.trend.data.benchmark && !taken.has(JSON.stringify(namesOf(one))) && words.every(word => text(one).includes(word)))
      const near = one => (one.environment === own.environment) + (one.metric === own.metric) + 2 * (one.unit === own.unit)
      found.sort((a, b) => near(b) - near(a))
      told.textContent = found.length > MOST_FOUND ? `${MOST_FOUND} of ${found.length} series that fit` : found.length ? "" : "No other series fits."
      list.replaceChildren(...found.slice(0, MOST_FOUND).map(one => {
        const label = [one.parameters, one.metric, one.environment].filter(Boolean).join(" · ")
        const button = node("button", "ps-chart__pick", node("span", "ps-chart__name", one.benchmark), node("span", "ps-of", label))
        button.type = "button"
        button.addEventListener("click", async () => {
          await this.controls.change({with: [...this.trend.state.with, namesOf(one)]})
          this.find()
        })
        return node("li", "", button)
      }))
    }

    /* ---- share ---- */

    tellShare() {
      const {figure, data, state} = this.trend
      const panel = this.panel("share")
      const hash = chart.stateText(state)
      const page = new URL(location.href)
      if (this.trend.isEmbedded) page.href = new URL(`${this.trend.root}benchmarks/${figure.dataset.psBenchmark}/`, location.href).href
      page.hash = hash
      const frame = new URL(figure.dataset.psEmbed, location.href)
      frame.search = `?benchmark=${encodeURIComponent(figure.dataset.psBenchmark)}`
      frame.hash = hash
      const quoted = text => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")
      panel.querySelector("[name=link]").value = page.href
      panel.querySelector("[name=frame]").value =
        `<iframe src="${quoted(frame.href)}" width="100%" height="420" loading="lazy" title="${quoted(data.benchmark)}"></iframe>`
    }

    async copy(button) {
      const field = this.panel("share").querySelector(`[name=${button.dataset.psCopies}]`)
      field.select()
      const told = this.panel("share").querySelector("output")
      try {
        await navigator.clipboard.writeText(field.value)
        told.textContent = "Copied."
      } catch {
        told.textContent = "Selected: copy it with the keyboard."
      }
    }
  }

  chart.Panels = Panels
})()
