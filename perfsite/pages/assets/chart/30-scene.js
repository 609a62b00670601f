/* perfsite: what a chart shows of its series: the first in full detail, others as lines with marks of their own. */
(() => {
  "use strict"
  const chart = (window.perfsite.chart ??= {})
  const {format, percent, scaleFor} = window.perfsite.tools
  const {edge, finite, steps} = chart
  const SHAPES = ["circle", "square", "triangle", "diamond", "inverted_triangle", "hex", "star", "plus"]
  const SIGNS = {regression: "✕ ", improvement: "✓ "}
  /* Words of a line across that would hide more points than this stand below the chart. */
  const MOST_HIDDEN = 6
  const LOOKS = [
    {color: "regression", marker: "square", size: 7}, {color: "unsure", marker: "circle", size: 6, isHollow: true},
    {color: "improvement", marker: "diamond", size: 8}, {color: "series-1", marker: "circle", size: 6},
  ]

  /* What stands for 100: the newest baseline or the first level; NaN where there is none above 0. */
  const referenceOf = (series, norm) => {
    const found = norm === "baseline" ? series.baselines.findLast(finite) : series.levels.find(finite)
    const value = found ?? series.values.find(finite)
    return value > 0 ? value : NaN
  }

  const middleOf = values => {
    const sizes = values.filter(finite).map(Math.abs).sort((a, b) => a - b)
    return sizes[sizes.length >> 1] ?? 0
  }

  /* How values of a series become places on the y axis. */
  const mapping = (series, {log, norm}, scale) => {
    const by = norm ? referenceOf(series, norm) / 100 : scale
    return value => {
      if (!finite(value)) return NaN
      const scaled = value / by
      return !log ? scaled : scaled > 0 ? Math.log10(scaled) : NaN
    }
  }

  const seenIn = (x, start, end) => chart.lowerBound(x, end) - chart.lowerBound(x, start)

  class Scene {
    constructor(drawn, state) {
      this.drawn = drawn
      this.state = state
      this.first = drawn[0]
      const {series} = this.first
      ;[this.scale, this.unit] = scaleFor(middleOf(series.values), series.unit)
      this.axis = chart.axisOf(drawn, state.date)
      drawn.forEach((one, k) => {
        one.shape = SHAPES[k]
        one.color = `series-${k + 1}`
        one.map = mapping(one.series, state, this.scale)
        one.x = chart.placesOf(this.axis, one.series.commits)
        one.y = Float64Array.from(one.series.values, one.map)
        one.out = new Set(one.series.outliers)
        one.keep = chart.mattering(one.series)
      })
      this.hidden = drawn.reduce((sum, one) => sum + one.series.values.filter((value, i) => finite(value) && Number.isNaN(one.y[i])).length, 0)
      const {places} = this.axis
      const pad = state.date ? Math.max(30, (places.at(-1) - places[0]) * 0.015) : Math.max(0.6, places.length * 0.015)
      this.full = [places[0] - pad, places.at(-1) + pad]
    }

    has(layer) { return !this.state.hide.has(layer) }

    /* Choose the points to draw in a window of the x axis, and the range of the y axis that they need. */
    look(start, end, columns) {
      let low = Infinity, high = -Infinity
      const take = value => {
        if (!Number.isFinite(value)) return
        if (value < low) low = value
        if (value > high) high = value
      }
      const inView = seenIn(this.first.x, start, end)
      this.less = inView > columns ? 3 : inView > columns / 2 || columns < 500 ? 1 : 0
      this.start = start
      this.end = end
      this.seen = this.shown = 0
      for (const one of this.drawn) {
        const {chosen, seen} = chart.decimate(one.x, one.y, {start, end, columns, keep: one.keep})
        one.chosen = chosen
        this.seen += seen
        this.shown += chosen.length
        for (const i of chosen) if (!one.out.has(i)) take(one.y[i])
      }
      const {series, map, chosen} = this.first
      const levels = this.has("level") ? series.levels : []
      this.band = this.has("band") ? this.bandOf() : {x: [], lower: [], upper: []}
      for (const i of chosen) take(map(levels[i]))
      /* A wide band is cut where it would press the points flat. */
      const room = Math.max((high - low) * 0.6, Math.abs(map(series.baselines.findLast(finite)) || 0) * (this.state.log ? 0.01 : 0.02))
      const reach = [low - room, high + room]
      for (const value of [...this.band.lower, ...this.band.upper]) take(Math.max(reach[0], Math.min(reach[1], value)))
      if (this.has("baseline")) for (const i of chosen) take(map(series.baselines[i]))
      if (!(high >= low)) for (const one of this.drawn) one.chosen.forEach(i => take(one.y[i]))
      const near = [low - (high - low) * 0.5, high + (high - low) * 0.5]
      this.limits = this.limitsOf()
      for (const {y} of this.limits) if (y >= near[0] && y <= near[1]) take(y)
      const above = this.has("change") && series.changes.length ? 0.2 : 0.08
      ;[this.low, this.high] = chart.rangeOf(low, high, {...this.state, above, count: this.seen})
      this.rim = (this.high - this.low) * 0.03
      /* Points beyond the top stand below the row of the changes' sizes. */
      this.top = this.high - this.rim * (above > 0.1 ? 3.4 : 1)
    }

    bandOf() {
      const {series, map, x, chosen} = this.first
      const band = {x: [], lower: [], upper: []}
      chosen.forEach((i, k) => {
        const baseline = series.baselines[i], floor = series.floors[i]
        if (!finite(baseline) || !finite(floor)) return
        const reach = Math.abs(baseline) * floor
        const upper = map(baseline + reach)
        if (Number.isNaN(upper)) return
        const lower = map(baseline - reach)
        const right = k + 1 < chosen.length ? edge(x, chosen[k + 1]) : edge(x, i + 1)
        band.x.push(k ? edge(x, i) : edge(x, chosen[0]), right)
        /* On a logarithmic axis a band that reaches zero ends a decade below its middle. */
        const bottom = Number.isNaN(lower) ? map(baseline) - 1 : lower
        band.lower.push(bottom, bottom)
        band.upper.push(upper, upper)
      })
      return band
    }

    /* Thresholds and budgets as lines across, each with its words. */
    limitsOf() {
      const {series, map} = this.first
      const found = []
      const over = series.direction === "higher" ? "below" : "above"
      for (const [kind, color, dash] of [["warn", "unsure", "2 4"], ["fail", "regression", "2 4"]]) {
        const value = this.has("threshold") ? series.thresholds?.[kind] : null
        if (finite(value)) found.push({y: map(value), color, dash, text: `${kind}s ${over} ${format(value, series.unit)}`})
      }
      for (const budget of this.has("budget") ? series.budgets ?? [] : []) {
        for (const [bound, word] of [["highest", "at most"], ["lowest", "at least"]]) {
          if (finite(budget[bound])) {
            found.push({y: map(budget[bound]), color: "budget", dash: "solid", text: `budget ${budget.name}: ${word} ${format(budget[bound], series.unit)}`})
          }
        }
      }
      return found.filter(({y}) => Number.isFinite(y))
    }

    /* Where a point is drawn: what lies outside the range at the edge. */
    placeOf(one, i) {
      const y = one.y[i]
      return [one.x[i], y > this.top && one.out.has(i) ? this.top : y < this.low ? this.low + this.rim : y]
    }

    lines() {
      const {series, map, x, chosen} = this.first
      const none = {x: [], y: []}
      const drift = this.has("drift") && series.drift
      return {
        band: this.band,
        levels: this.has("level") ? steps(x, chosen, i => map(series.levels[i])) : none,
        baselines: this.has("baseline") ? steps(x, chosen, i => map(series.baselines[i])) : none,
        drift: drift ? {x: [x[drift.start], x.at(-1)], y: [map(drift.from), map(drift.to)]} : none,
      }
    }

    points(color) {
      const points = {x: [], y: [], color: [], fill: [], marker: [], size: [], at: []}
      const outliers = {x: [], y: [], marker: [], at: []}
      const {series, chosen, out} = this.first
      const looks = LOOKS.map(look => ({...look, color: color(look.color)}))
      const ground = color("ground")
      for (const i of chosen) {
        const [x, y] = this.placeOf(this.first, i)
        if (out.has(i)) {
          if (!this.has("outlier")) continue
          outliers.x.push(x)
          outliers.y.push(y)
          outliers.marker.push(y === this.first.y[i] ? "circle" : y > this.first.y[i] ? "inverted_triangle" : "triangle")
          outliers.at.push(i)
        } else if (this.has("point")) {
          const look = looks[series.verdicts[i]] ?? looks[3]
          points.x.push(x)
          points.y.push(y)
          points.color.push(look.color)
          points.fill.push(look.isHollow ? ground : look.color)
          points.marker.push(look.marker)
          points.size.push(look.size - this.less)
          points.at.push(i)
        }
      }
      return {points, outliers}
    }

    others(color) {
      const others = {xs: [], ys: [], color: []}
      const points = {x: [], y: [], color: [], marker: []}
      for (const one of this.drawn.slice(1)) {
        const own = color(one.color)
        const inner = one.chosen.filter(i => !one.out.has(i))
        others.xs.push(inner.map(i => one.x[i]))
        others.ys.push(inner.map(i => one.y[i]))
        others.color.push(own)
        for (const i of this.has("outlier") ? one.chosen : inner) {
          const [x, y] = this.placeOf(one, i)
          points.x.push(x)
          points.y.push(y)
          points.color.push(own)
          points.marker.push(one.shape)
        }
      }
      return {others, other_points: points}
    }

    /* Rings around what is suspected, crosses on what was withdrawn, marks on the axis for the environment. */
    marked() {
      const {series, y} = this.first
      const at = (layer, points, place) => {
        const found = this.has(layer) ? (points ?? []).filter(i => !Number.isNaN(y[i])) : []
        return {x: found.map(i => place(i)[0]), y: found.map(i => place(i)[1])}
      }
      const onPoint = i => this.placeOf(this.first, i)
      const facts = (series.facts ?? []).map(([i]) => i)
      return {
        suspected: at("suspected", series.suspected, onPoint),
        withdrawn: at("withdrawn", series.withdrawn, onPoint),
        facts: at("fact", facts, i => [edge(this.first.x, i), this.low + this.rim * 0.6]),
      }
    }

    /* Change points: a line, a triangle that points where the level went, and its size where there is room. */
    changes(color, pixels) {
      const {series, x} = this.first
      const found = this.has("change") ? series.changes : []
      const places = found.map(change => edge(x, change.index))
      const colors = found.map(change => color(change.verdict))
      const y = this.high - this.rim * 1.5
      const words = found.map(change => `${SIGNS[change.verdict] ?? ""}${percent(change.delta, true)}${change.confirmed === false ? " ?" : ""}`)
      const order = found.map((_, i) => i).sort((a, b) => this.weight(found[b]) - this.weight(found[a]))
      const spans = order.map(i => {
        const at = pixels(places[i]), wide = words[i].length * 7.2 + 16
        return [[at + 8, at + wide], [at - wide, at - 8]].filter(([from, to]) => from >= -8 && to <= pixels(this.end) + 4)
      })
      const side = new Map()
      const taken = places.map(place => [pixels(place) - 7, pixels(place) + 7])
      chart.placeable(spans, taken).forEach((choice, k) => {
        if (choice >= 0) side.set(order[k], spans[k][choice][0] < pixels(places[order[k]]) ? "right" : "left")
      })
      const told = [...side.keys()].filter(i => places[i] >= this.start && places[i] <= this.end)
      return {
        changes: {x: places, color: colors},
        marks: {
          x: places, y: places.map(() => y), color: colors,
          fill: found.map((change, i) => change.confirmed === false ? color("ground") : colors[i]),
          marker: found.map(change => change.delta < 0 ? "inverted_triangle" : "triangle"),
        },
        labels: {
          x: told.map(i => places[i]), y: told.map(() => y), text: told.map(i => words[i]),
          color: told.map(i => colors[i]), align: told.map(i => side.get(i)),
          offset: told.map(i => side.get(i) === "left" ? 9 : -9),
        },
      }
    }

    weight(change) { return Math.min(Math.abs(change.delta ?? 0), 1e5) + (change.verdict === "regression" ? 1e6 : 0) }

    /* Lines across, with their words above or below either end: where they hide least. */
    limitData(color, pixels, height) {
      const inside = this.limits.filter(({y}) => y >= this.low && y <= this.high)
      const tall = 18 * (this.high - this.low) / height
      const {x, y, chosen} = this.first
      const taken = []
      const seats = inside.map(one => {
        const wide = one.text.length * 6.2 + 10
        const whole = pixels(this.end)
        const seats = [[whole - wide, whole, "right"], [0, wide, "left"]].flatMap(([from, to, align]) => [1, -1].map(way => {
          const [low, high] = way > 0 ? [one.y, one.y + tall] : [one.y - tall, one.y]
          const isOver = (a, b, c, d) => pixels(a) > from && pixels(b) < to && d > low && c < high
          const hidden = chosen.filter(i => isOver(x[i], x[i], y[i], y[i])).length
          const clash = taken.some(([a, b, c, d]) => a < to && b > from && d > low && c < high)
          return {align, way, box: [from, to, low, high], cost: hidden + (clash ? 1e6 : 0)}
        }))
        const best = seats.reduce((least, seat) => seat.cost < least.cost ? seat : least)
        taken.push(best.box)
        return best
      })
      const told = seats.map(seat => seat.cost <= MOST_HIDDEN)
      this.untold = inside.filter((_, i) => !told[i]).map(one => one.text)
      return {
        limits: {y: inside.map(one => one.y), color: inside.map(one => color(one.color)), dash: inside.map(one => one.dash)},
        limit_labels: {
          x: seats.map(seat => seat.align === "left" ? this.start : this.end), y: inside.map(one => one.y),
          text: inside.map((one, i) => told[i] ? one.text : ""), color: inside.map(one => color(one.color)), align: seats.map(seat => seat.align),
          offset: seats.map(seat => seat.align === "left" ? 4 : -4), rise: seats.map(seat => -10 * seat.way),
        },
      }
    }

    /* Releases stand after the newest measured commit that they hold; names where there is room, the newest first. */
    releases(list, pixels) {
      if (!this.has("release")) return {data: {x: []}, ticks: {places: [], words: []}}
      const {positions, places} = this.axis
      const at = new Map()
      for (const [position, name] of list) {
        const i = chart.lowerBound(positions, position + 1) - 1
        if (i >= 0) at.set(places[i], at.has(places[i]) ? `${at.get(places[i])}, ${name}` : name)
      }
      const seen = [...at].filter(([x]) => x >= this.start && x <= this.end).reverse()
      const room = chart.placeable(seen.map(([x, name]) => {
        const half = name.length * 3.4 + 6
        return [[pixels(x) - half, pixels(x) + half]]
      }))
      const told = seen.filter((_, i) => room[i] === 0)
      return {data: {x: told.map(([x]) => x)}, ticks: {places: told.map(([x]) => x), words: told.map(([, name]) => name)}}
    }

    ticks(width, height) {
      const {log, date} = this.state
      const across = Math.max(2, Math.floor(width / 105)), up = Math.max(3, Math.floor(height / 55))
      return {
        x: date ? chart.dateTicks(this.start, this.end, across) : chart.commitTicks(this.axis, this.start, this.end, across),
        y: (log ? chart.logTicks : chart.numberTicks)(this.low, this.high, up),
      }
    }

    /* The whole of the first series, for the strip below. */
    overview(columns) {
      const {x, y, keep, out} = this.first
      const [start, end] = this.full
      const {chosen} = chart.decimate(x, y, {start, end, columns, keep, most: columns * 2})
      const kept = chosen.filter(i => !out.has(i))
      return {x: kept.map(i => x[i]), y: kept.map(i => y[i])}
    }
  }

  Object.assign(chart, {SHAPES, Scene, referenceOf})
})()
