/* perfsite: the trend chart: which series it draws, when, and which part of them. */
(() => {
  "use strict"
  const chart = (window.perfsite.chart ??= {})
  const {load, node, script} = window.perfsite.tools
  const MOST_DRAWN = 8
  const STRIP_FROM = 60

  /* What one page needs is left to the browser's own cache: kept here it would pile up from page to page. */
  const fresh = async url => {
    const got = await fetch(url)
    if (!got.ok) throw new Error(`${url}: ${got.status}`)
    return got.json()
  }

  class Trend {
    constructor(figure, data, template, root) {
      Object.assign(this, {figure, data, root})
      this.plot = figure.querySelector(".ps-chart__plot")
      this.strip = figure.querySelector(".ps-chart__overview")
      this.isEmbedded = "psEmbedded" in figure.dataset
      this.times = chart.minutesOf(data)
      this.loaded = new Map()
      this.canvas = chart.takeCanvas(template, this)
      this.state = chart.readState()
    }

    commits() { return load(this.figure.dataset.psCommits) }

    async start() {
      this.plot.replaceChildren()
      this.strip.hidden = !this.data.series.some(series => series.values.length > STRIP_FROM)
      this.controls = new chart.Controls(this)
      this.canvas.paint(this.color(), getComputedStyle(this.figure).fontFamily)
      await this.canvas.show(this.plot, this.strip)
      this.pointer = new chart.Pointer(this)
      await this.update()
      this.stopped = new AbortController()
      addEventListener("hashchange", () => this.follow(), {signal: this.stopped.signal})
      addEventListener("resize", () => this.fit(), {signal: this.stopped.signal})
      this.schemes = new MutationObserver(() => this.paint())
      this.schemes.observe(document.body, {attributes: true, attributeFilter: ["data-md-color-scheme"]})
      this.sizes = new ResizeObserver(() => this.later())
      this.sizes.observe(this.plot)
      /* The words on the axes may have changed the room that is left for the drawing. */
      requestAnimationFrame(() => {
        if (this.canvas.owner !== this) return
        if (Math.abs(this.canvas.width - this.width) > 2) this.draw()
        this.figure.dataset.psState = "ready"
        this.figure.dispatchEvent(new CustomEvent("perfsite:ready", {detail: this.data.benchmark}))
      })
    }

    stop() {
      this.stopped?.abort()
      this.schemes?.disconnect()
      this.sizes?.disconnect()
      cancelAnimationFrame(this.frame)
      clearTimeout(this.writing)
      if (this.canvas.owner === this) this.canvas.owner = null
      /* Material keeps pages that were left: they should not keep what they showed. */
      if (this.figure.isConnected) return
      this.figure.replaceChildren()
      Object.assign(this, {scene: null, stripScene: null, data: null, times: null, controls: null, pointer: null})
    }

    follow() {
      this.state = chart.readState()
      this.update()
    }

    /* ---- which series ---- */

    chosen() {
      const {state, data} = this
      const fits = state.isNamed && data.series.find(series => chart.KEYS.every(key => state[key] === null || state[key] === series[key]))
      const badness = series => series.verdicts.at(-1) ?? 3
      return fits || data.series.reduce((best, series) => badness(series) < badness(best) ? series : best)
    }

    own(series) {
      return {series, times: this.times, url: null, name: series.label, key: JSON.stringify(chart.KEYS.map(k => series[k]))}
    }

    /* A series of another benchmark, from that benchmark's own document. */
    async foreign([url, ...names]) {
      const data = await fresh(`${this.root}${url}data.json`)
      const series = data.series.find(one => chart.KEYS.every((key, i) => one[key] === names[i]))
      if (!series) throw new Error(`${url} has no such series`)
      const key = JSON.stringify([url, ...names])
      return {series, times: chart.minutesOf(data), url, name: `${data.benchmark} · ${series.label}`, key}
    }

    async drawn() {
      const first = this.own(this.chosen())
      const own = this.state.also.map(names => this.data.series.find(one => chart.KEYS.every((key, i) => one[key] === names[i])))
      const others = own.filter(series => series && series !== first.series).map(series => this.own(series))
      this.failed = false
      for (const wanted of this.state.with) {
        try {
          others.push(await this.foreign(wanted))
        } catch (error) {
          this.failed = true
          console.warn("perfsite: no series to compare with:", error)
        }
      }
      const found = [first, ...others].slice(0, MOST_DRAWN)
      if (found.some(one => one.series.unit !== first.series.unit) && !this.state.norm) this.state.norm = "first"
      return found
    }

    /* ---- drawing ---- */

    async update() {
      const asked = (this.asked = {})
      const drawn = await this.drawn()
      if (asked !== this.asked || this.canvas.owner !== this) return
      if (!this.times) this.state.date = false
      this.scene = new chart.Scene(drawn, this.state)
      const [start, end] = this.scene.full
      const isLong = this.scene.first.series.values.length > STRIP_FROM
      this.strip.hidden = !isLong
      const window = this.state.window && this.placesOfWindow(this.state.window)
      const least = this.state.date ? 60 : Math.min(5, end - start)
      this.canvas.setRange("strip-x", start, end)
      this.canvas.setRange("x", ...(window || [start, end]), {bounds: [start, end], min_interval: least})
      this.pointer.hide()
      this.controls.update()
      this.fit()
      this.draw()
    }

    color() {
      const style = getComputedStyle(this.figure)
      const known = new Map()
      return name => {
        if (!known.has(name)) known.set(name, style.getPropertyValue(`--ps-${name}`).trim())
        return known.get(name)
      }
    }

    paint() {
      if (!this.figure.isConnected) return chart.sweep()
      this.canvas.paint(this.color(), getComputedStyle(this.figure).fontFamily)
      return this.draw()
    }

    /* In a frame of another page the drawing takes the height that the rest leaves. */
    fit() {
      if (!this.isEmbedded) return
      const rest = document.body.firstElementChild.offsetHeight - this.plot.offsetHeight
      this.canvas.model("trend").height = Math.max(160, Math.min(800, innerHeight - rest))
    }

    later() {
      if (!this.scene) return
      cancelAnimationFrame(this.frame)
      this.frame = requestAnimationFrame(() => this.figure.isConnected ? this.draw() : chart.sweep())
    }

    onRange() {
      if (!this.scene) return
      this.pointer.hide()
      this.later()
      clearTimeout(this.writing)
      this.writing = setTimeout(() => this.canvas.owner === this && this.keepWindow(), 300)
    }

    draw() {
      const {canvas, scene} = this
      const color = this.color()
      const [start, end] = canvas.range
      const {width, height} = canvas
      this.width = width
      scene.look(start, end, Math.max(100, Math.round(width)))
      const pixels = x => (x - start) / (end - start) * width
      const releases = scene.releases(this.data.releases ?? [], pixels)
      const {points, outliers} = scene.points(color)
      const data = {
        ...scene.lines(), ...scene.marked(), ...scene.others(color), ...scene.changes(color, pixels),
        ...scene.limitData(color, pixels, height), points, outliers, releases: releases.data,
      }
      canvas.style("r-other-points", {size: {value: 6 - scene.less / 2}})
      canvas.setRange("trend-y", scene.low, scene.high)
      for (const [name, columns] of Object.entries(data)) canvas.fill(name, columns)
      const ticks = scene.ticks(width, height)
      canvas.setTicks("x-axis", ticks.x)
      canvas.setTicks("y-axis", ticks.y)
      canvas.setTicks("release-axis", releases.ticks)
      canvas.model("release-axis").visible = releases.ticks.places.length > 0
      if (!this.strip.hidden) this.drawStrip(width)
      this.controls.tell()
    }

    drawStrip(width) {
      if (this.strip.dataset.psWidth === String(width) && this.stripScene === this.scene) return
      this.strip.dataset.psWidth = width
      this.stripScene = this.scene
      const overview = this.scene.overview(Math.round(width))
      let low = Infinity, high = -Infinity
      for (const y of overview.y) [low, high] = [Math.min(low, y), Math.max(high, y)]
      this.canvas.fill("overview", overview)
      this.canvas.setRange("strip-y", ...chart.rangeOf(low, high, {above: 0.08}))
      this.canvas.model("strip").min_border_left = Math.round(this.canvas.frame.bbox.left)
    }

    /* ---- zooming ---- */

    zoom(factor, around = null) {
      const [start, end] = this.canvas.range
      const [first, last] = this.scene.full
      const middle = around ?? (start + end) / 2
      const wide = Math.max(Math.min((end - start) * factor, last - first), Math.min(this.state.date ? 60 : 5, last - first))
      const share = (middle - start) / (end - start)
      const from = Math.max(first, Math.min(last - wide, middle - wide * share))
      this.show(from, from + wide)
    }

    show(start, end) {
      this.canvas.setRange("x", start, end)
      this.onRange()
    }

    showAll() { this.show(...this.scene.full) }

    bringIn(x) {
      const [start, end] = this.canvas.range
      if (x >= start && x <= end) return
      const [first, last] = this.scene.full
      const wide = end - start
      const from = Math.max(first, Math.min(last - wide, x - wide / 2))
      this.canvas.setRange("x", from, from + wide)
      this.draw()
      this.keepWindow()
    }

    /* A part of the trend is remembered by the times of its outermost commits, which stay when commits are added. */
    keepWindow() {
      const [start, end] = this.canvas.range
      const [first, last] = this.scene.full
      const {places, minutes} = this.scene.axis
      const a = Math.min(places.length - 1, chart.lowerBound(places, start)), b = Math.max(a, chart.lowerBound(places, end + 1e-9) - 1)
      const isWhole = start <= first + 1e-6 && end >= last - 1e-6
      this.state.window = isWhole ? null : this.times ? [minutes[a], minutes[b]] : [a, b]
      chart.writeState(this.state)
    }

    placesOfWindow([from, to]) {
      const {places, minutes} = this.scene.axis
      const rising = this.times ? Float64Array.from(minutes).sort() : places.map((_, i) => i)
      const a = chart.lowerBound(rising, from), b = chart.lowerBound(rising, to + 1e-9) - 1
      if (!(b > a) || b >= places.length) return null
      const [first, last] = this.scene.full
      return [Math.max(first, places[a] - 0.5), Math.min(last, places[b] + 0.5)]
    }
  }

  window.perfsite.parts.chart = async (figure, root) => {
    const {psChart, psTemplate, psBokeh} = figure.dataset
    try {
      const [data, template] = await Promise.all([
        fresh(psChart), load(psTemplate), script(psBokeh, () => window.Bokeh)])
      if (!figure.isConnected) return
      if (!data.series.length) throw new Error("there is no series")
      await new Trend(figure, data, template, root).start()
    } catch (error) {
      figure.dataset.psState = "failed"
      figure.querySelector(".ps-chart__plot").replaceChildren(
        node("p", "ps-empty", "The chart cannot be drawn here; the tables below hold what it shows."))
      console.warn("perfsite: no chart:", error)
    }
  }
})()
