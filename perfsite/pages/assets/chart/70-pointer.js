/* perfsite: pointing at a chart by mouse, finger or keyboard: what a point says, and the way to its commit. */
(() => {
  "use strict"
  const chart = (window.perfsite.chart ??= {})
  const {VERDICTS, WORDS, format, node, percent} = window.perfsite.tools
  const {finite, lowerBound} = chart
  const REACH = {mouse: 32, pen: 32, touch: 44}

  class Pointer {
    constructor(trend) {
      this.trend = trend
      this.tip = node("div", "ps-tip")
      this.tip.setAttribute("role", "status")
      this.tip.hidden = true
      /* Beside the drawing, not in it: to follow the pointer it would have to be drawn anew each time. */
      this.ring = node("span", "ps-chart__ring")
      this.ring.hidden = true
      this.at = null
      const {plot} = trend
      plot.append(this.ring, this.tip)
      const on = (name, act) => plot.addEventListener(name, act)
      on("pointermove", event => event.buttons || event.pointerType === "touch" || this.point(event))
      on("pointerleave", event => event.pointerType === "touch" || this.hide())
      on("pointerdown", event => { this.pressed = [event.clientX, event.clientY] })
      on("click", event => this.click(event))
      on("dblclick", () => trend.showAll())
      on("keydown", event => this.key(event))
      on("focus", () => plot.matches(":focus-visible") && this.select(this.k ?? 0, this.i ?? Infinity))
      on("blur", () => this.hide())
    }

    get scene() { return this.trend.scene }

    /* Places of the drawing as pixels within the plot. */
    pixels([x, y]) {
      const {frame} = this.trend.canvas
      return [frame.x_scale.compute(x), frame.y_scale.compute(y)]
    }

    /* The drawn point nearest to the pointer, or the point of a mark on the axis. */
    nearest(event) {
      const box = this.trend.plot.getBoundingClientRect()
      const px = event.clientX - box.left, py = event.clientY - box.top
      const {frame} = this.trend.canvas
      const reach = REACH[event.pointerType] ?? 32
      const from = frame.x_scale.invert(px - reach), to = frame.x_scale.invert(px + reach)
      let best = null, least = reach
      this.scene.drawn.forEach((one, k) => {
        for (let c = lowerBoundOf(one, from); c < one.chosen.length && one.x[one.chosen[c]] <= to; c++) {
          const [x, y] = this.pixels(this.scene.placeOf(one, one.chosen[c]))
          const far = Math.hypot(x - px, (y - py) * 0.7) + (k ? 2 : 0)
          if (far < least) [best, least] = [{k, i: one.chosen[c]}, far]
        }
      })
      if (!best && py > frame.bbox.bottom - 16) {
        const {series, x} = this.scene.first
        const found = (series.facts ?? []).find(([i]) => Math.abs(frame.x_scale.compute(chart.edge(x, i)) - px) < 9)
        if (found) best = {k: 0, i: found[0]}
      }
      return best
    }

    point(event) {
      const found = this.nearest(event)
      if (found) this.show(found.k, found.i)
      else this.hide()
    }

    click(event) {
      const [x, y] = this.pressed ?? [event.clientX, event.clientY]
      if (Math.hypot(event.clientX - x, event.clientY - y) > 6) return
      const found = this.nearest(event)
      const isAgain = found && this.at && found.i === this.at.i && found.k === this.at.k && !this.tip.hidden
      if (!found) return this.hide()
      if (event.pointerType === "touch" && !isAgain) return this.show(found.k, found.i, true)
      return this.open(found.k, found.i, event.ctrlKey || event.metaKey)
    }

    /* ---- keyboard ---- */

    key(event) {
      if (event.altKey || event.ctrlKey || event.metaKey || event.target !== this.trend.plot) return
      const step = event.shiftKey ? 10 : 1
      const acts = {
        ArrowLeft: () => this.select(this.k, this.i - step), ArrowRight: () => this.select(this.k, this.i + step),
        PageUp: () => this.toChange(-1), PageDown: () => this.toChange(1),
        Home: () => this.select(this.k, 0), End: () => this.select(this.k, Infinity),
        ArrowUp: () => this.other(-1), ArrowDown: () => this.other(1),
        Enter: () => this.at && this.open(this.at.k, this.at.i, false), Escape: () => this.hide(),
        "+": () => this.trend.zoom(0.5, this.place), "-": () => this.trend.zoom(2, this.place), 0: () => this.trend.showAll(),
      }
      const act = acts[event.key === "=" ? "+" : event.key]
      if (!act) return
      event.preventDefault()
      act()
    }

    get place() { return this.at ? this.scene.drawn[this.at.k].x[this.at.i] : null }

    select(k = 0, i = Infinity) {
      const one = this.scene.drawn[k] ?? this.scene.first
      const at = Number.isNaN(i) || i === undefined ? one.series.values.length - 1 : i
      const way = at < (this.at?.i ?? -1) ? -1 : 1
      let found = Math.max(0, Math.min(one.series.values.length - 1, at))
      while (Number.isNaN(one.y[found]) && found + way >= 0 && found + way < one.y.length) found += way
      if (Number.isNaN(one.y[found])) return
      this.trend.bringIn(one.x[found])
      this.show(this.scene.drawn.indexOf(one), found)
    }

    toChange(way) {
      const one = this.scene.drawn[this.k ?? 0] ?? this.scene.first
      const at = this.i ?? (way < 0 ? Infinity : -1)
      const places = one.series.changes.map(change => change.index)
      const found = way > 0 ? places.find(i => i > at) : places.findLast(i => i < at)
      if (found !== undefined) this.select(this.k ?? 0, found)
    }

    /* The point of another series at the same place, or the one before it. */
    other(way) {
      const {drawn} = this.scene
      if (drawn.length < 2) return
      const k = ((this.k ?? 0) + way + drawn.length) % drawn.length
      this.select(k, Math.max(0, lowerBound(drawn[k].x, (this.place ?? Infinity) + 1e-9) - 1))
    }

    /* ---- the tip ---- */

    show(k, i, byTouch = false) {
      const one = this.scene.drawn[k]
      const isSame = this.at?.k === k && this.at?.i === i && !this.tip.hidden
      this.at = {k, i}
      this.k = k
      this.i = i
      const place = this.scene.placeOf(one, i)
      if (!isSame) this.tip.replaceChildren(...this.words(one, i, byTouch))
      this.tip.hidden = this.ring.hidden = false
      this.trend.plot.dataset.psPointed = "yes"
      this.put(place)
      this.tellCommit(one, i)
    }

    put(place) {
      const [left, top] = this.pixels(place)
      const wide = this.trend.plot.clientWidth, own = this.tip.offsetWidth
      this.ring.style.setProperty("left", `${left}px`)
      this.ring.style.setProperty("top", `${top}px`)
      const x = left + own + 16 > wide ? Math.max(0, left - own - 12) : left + 12
      this.tip.style.setProperty("left", `${x}px`)
      this.tip.style.setProperty("top", `${Math.max(0, top - this.tip.offsetHeight - 8)}px`)
    }

    words(one, i, byTouch) {
      const {series} = one
      const value = series.values[i], baseline = series.baselines[i], floor = series.floors[i]
      const state = one.out.has(i) ? "outlier" : VERDICTS[series.verdicts[i]] ?? "unsure"
      const delta = finite(baseline) && baseline > 0 ? value / baseline - 1 : null
      const told = [
        node("b", "ps-tip__value", format(value, series.unit)),
        node("span", `ps-tip__delta ps-delta--${state}`, delta === null ? "no baseline yet" : `${percent(delta, true)} against ${format(baseline, series.unit)}${series.pinned ? `, ${series.pinned}` : ""}`),
        node("span", "ps-tip__noise", finite(floor) ? `noise ±${percent(floor, false)}` : "noise not known yet"),
        node("span", "ps-tip__state", state === "outlier" ? "Outlier: it did not last" : WORDS[state]),
        ...this.notes(one, i).map(text => node("span", "ps-tip__note", text)),
      ]
      if (this.scene.drawn.length > 1) told.unshift(node("span", "ps-tip__series", one.name))
      const day = chart.dayOf(one.times?.get(series.commits[i]))
      this.commit = node("span", "ps-tip__commit", day || "…")
      this.subject = node("span", "ps-tip__subject")
      told.push(this.commit, this.subject)
      if (byTouch) told.push(node("span", "ps-tip__help", "Tap again to open the commit"))
      return told
    }

    /* What is marked at a point, in words. */
    notes(one, i) {
      const {series} = one
      const found = []
      const change = series.changes.find(({index}) => index === i)
      if (change) found.push(`Change point: ${percent(change.delta, true)}${change.confirmed === false ? ", suspected" : ""}`)
      else if (series.suspected?.includes(i)) found.push("Suspected: later runs confirm or withdraw it")
      if (series.withdrawn?.includes(i)) found.push("Was suspected, withdrawn since")
      const fact = series.facts?.find(([index]) => index === i)
      if (fact) found.push(`Changed here: ${fact[1]}`)
      if (series.machine) found.push(series.machines[series.machine[i]])
      const after = i + 1 < series.commits.length ? series.commits[i + 1] : Infinity
      const names = this.trend.data.releases?.filter(([at]) => at >= series.commits[i] && at < after).map(([, name]) => name)
      if (names?.length) found.push(`Newest of ${names.join(", ")}`)
      return found.filter(Boolean)
    }

    /* The list of commits comes when it is first asked for: it may be heavier than all the rest. */
    async tellCommit(one, i) {
      const {commit: line, subject} = this
      try {
        const commits = await this.trend.commits()
        const at = one.series.commits[i]
        line.textContent = `${String(commits.sha[at] ?? "").slice(0, 7)} · ${String(commits.time[at] ?? "").slice(0, 10)}`
        subject.textContent = commits.subject[at] ?? ""
        if (this.at && !this.tip.hidden) this.put(this.scene.placeOf(this.scene.drawn[this.at.k], this.at.i))
      } catch {
        line.textContent = "the list of commits cannot be loaded"
      }
    }

    hide() {
      if (this.tip.hidden) return
      this.tip.hidden = this.ring.hidden = true
      this.at = null
      delete this.trend.plot.dataset.psPointed
    }

    async open(k, i, isAside) {
      const commits = await this.trend.commits()
      const sha = commits.sha[this.scene.drawn[k].series.commits[i]]
      const link = node("a")
      link.href = `${this.trend.root}commits/${sha}/`
      if (isAside || this.trend.isEmbedded) Object.assign(link, {target: "_blank", rel: "noopener"})
      /* A link in the page, so that instant navigation takes it. */
      this.trend.figure.append(link)
      link.click()
      link.remove()
    }
  }

  /* Where in the drawn points of a series those from a place on begin. */
  const lowerBoundOf = (one, from) => {
    let low = 0, high = one.chosen.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (one.x[one.chosen[middle]] < from) low = middle + 1
      else high = middle
    }
    return low
  }

  chart.Pointer = Pointer
})()
