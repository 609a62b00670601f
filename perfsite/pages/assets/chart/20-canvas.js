/* perfsite: the drawing itself. One Bokeh document is filled again and again, on whatever page it is shown: what BokehJS
   3.9 makes it never lets go of (its plots listen to `visualViewport` for ever), so it makes it once. */
(() => {
  "use strict"
  const chart = (window.perfsite.chart ??= {})
  const {node} = window.perfsite.tools
  const GLYPHS = ["glyph", "nonselection_glyph", "muted_glyph", "selection_glyph", "hover_glyph"]

  class Canvas {
    constructor(template) {
      this.document = window.Bokeh.require("document").Document.from_json(template.doc ?? template)
      this.plot = node("div", "ps-chart__trend")
      this.strip = node("div", "ps-chart__strip")
      this.models = new Map()
      this.owner = null
      this.isSetting = false
      for (const edge of ["start", "end"]) {
        this.model("x").properties[edge].change.connect(() => this.isSetting || this.owner?.onRange())
      }
    }

    model(name) {
      if (!this.models.has(name)) this.models.set(name, this.document.get_model_by_name(name))
      return this.models.get(name)
    }

    async show(holder, strip) {
      holder.prepend(this.plot)
      strip.append(this.strip)
      if (this.views) return
      this.views = await window.Bokeh.embed.add_document_standalone(this.document, this.plot, [this.plot, this.strip])
      for (const name of ["trend", "strip"]) {
        const {events_el: surface} = this.view(name).canvas_view
        /* Nothing in the drawing answers the keyboard: what holds it does. A finger still scrolls the page. */
        surface.tabIndex = -1
        surface.style.setProperty("touch-action", name === "trend" ? "pan-y pinch-zoom" : "pan-y")
      }
    }

    view(name) { return this.views.get_one(this.model(name)) }

    get frame() { return this.view("trend").frame }

    get width() { return Math.max(100, this.frame.bbox.width) }

    get height() { return Math.max(100, this.frame.bbox.height) }

    fill(name, data) { this.model(name).data = data }

    /* With the limits of before in force, BokehJS would bend the new range to them. */
    setRange(name, start, end, limits = null) {
      this.isSetting = true
      const range = this.model(name)
      if (limits) range.setv({bounds: null, min_interval: null})
      range.setv({start, end})
      if (limits) range.setv(limits)
      this.isSetting = false
    }

    get range() {
      const {start, end} = this.model("x")
      return [start, end]
    }

    setTicks(name, {places, words}) {
      const axis = this.model(name)
      axis.formatter.doFormat = ticks => ticks.map(tick => words[places.indexOf(tick)] ?? "")
      axis.ticker.ticks = places
    }

    style(name, values) {
      const renderer = this.model(name)
      for (const key of GLYPHS) renderer[key]?.setv?.(values)
    }

    paint(color, font) {
      const text = color("muted")
      for (const name of ["x-axis", "y-axis", "release-axis"]) {
        this.model(name).setv({major_label_text_color: text, major_label_text_font: font})
      }
      this.model("y-grid").grid_line_color = color("line")
      for (const name of ["r-labels", "r-limit-labels"]) this.style(name, {text_font: {value: font}})
      this.style("r-limit-labels", {background_fill_color: {value: color("ground")}})
      this.style("r-band", {fill_color: color("accent")})
      this.style("r-releases", {line_color: color("line-strong")})
      this.style("r-baselines", {line_color: text})
      this.style("r-levels", {line_color: color("accent")})
      this.style("r-drift", {line_color: color("unsure")})
      this.style("r-outliers", {line_color: color("unsure")})
      this.style("r-suspected", {line_color: color("unsure")})
      this.style("r-withdrawn", {line_color: text})
      this.style("r-facts", {fill_color: color("unsure")})
      this.style("r-overview", {line_color: text})
      this.model("range-tool").overlay.setv({
        fill_color: color("accent"), fill_alpha: 0.12, line_color: color("accent"), line_alpha: 0.7, line_dash: "solid",
      })
    }
  }

  /* A drawing whose chart has left the page serves the next one. */
  const pool = []

  const takeCanvas = (template, owner) => {
    sweep()
    let canvas = pool.find(one => !one.owner)
    if (!canvas) pool.push(canvas = new Canvas(template))
    canvas.owner = owner
    return canvas
  }

  const sweep = () => pool.forEach(canvas => canvas.owner && !canvas.owner.figure.isConnected && canvas.owner.stop())

  window.document$?.subscribe(sweep)

  Object.assign(chart, {sweep, takeCanvas})
})()
