/* perfsite: what a chart is made of, computed: places on the axes, fewer points without losing one that matters, ticks. */
(() => {
  "use strict"
  const chart = (window.perfsite.chart ??= {})
  const MOST = 2500
  const MINUTES = {hour: 60, day: 1440, month: 43_830, year: 525_960}
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  const finite = value => value !== null && value !== undefined && Number.isFinite(value)

  /* ---- places along the x axis ---- */

  const unionOf = arrays => {
    if (arrays.length === 1) return arrays[0]
    const all = Float64Array.from(arrays.flat()).sort()
    return [...all.filter((value, i) => i === 0 || value !== all[i - 1])]
  }

  /* When the commits of a document were made, by position; null where no commit says. */
  const minutesOf = data => {
    if (!data.minutes?.length) return null
    const times = new Map()
    let minute = 0
    unionOf(data.series.map(series => series.commits)).forEach((position, i) => {
      minute += data.minutes[i]
      times.set(position, minute)
    })
    return times
  }

  /* One place for each commit that any of some series has. A commit dated before its parent stands at its parent's
     date, so that the order stays that of the code. */
  const axisOf = (drawn, byDate) => {
    const positions = unionOf(drawn.map(one => one.series.commits))
    const minutes = positions.map(position => {
      for (const one of drawn) {
        const minute = one.times?.get(position)
        if (minute !== undefined) return minute
      }
      return NaN
    })
    let latest = -Infinity
    const places = byDate
      ? minutes.map(minute => (latest = Math.max(latest, minute || latest)))
      : positions.map((_, i) => i)
    return {positions, minutes, places, byDate}
  }

  const placesOf = (axis, commits) => {
    const places = new Float64Array(commits.length)
    for (let i = 0, at = 0; i < commits.length; i++) {
      while (axis.positions[at] < commits[i]) at++
      places[i] = axis.places[at]
    }
    return places
  }

  /* The first of rising numbers that is not below a value. */
  const lowerBound = (numbers, value) => {
    let low = 0, high = numbers.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (numbers[middle] < value) low = middle + 1
      else high = middle
    }
    return low
  }

  /* ---- fewer points ---- */

  /* Which points to draw: all where they are few, else of each column of pixels the first, last, lowest and highest,
     and all of `keep`. One point beyond either end is drawn, too, so that lines leave the picture. */
  const decimate = (x, y, {start, end, columns, keep, most = MOST}) => {
    const a = Math.max(0, lowerBound(x, start) - 1), b = Math.min(x.length, lowerBound(x, end) + 2)
    const chosen = []
    if (b - a <= most) {
      for (let i = a; i < b; i++) if (!Number.isNaN(y[i])) chosen.push(i)
      return {chosen, seen: chosen.length}
    }
    const wide = (end - start) / columns
    let column = NaN, first = -1, last = -1, low = -1, high = -1, kept = [], seen = 0
    const flush = () => {
      if (first < 0) return
      chosen.push(...[...new Set([first, low, high, last, ...kept])].sort((p, q) => p - q))
      first = -1
      kept = []
    }
    for (let i = a; i < b; i++) {
      if (Number.isNaN(y[i])) continue
      seen++
      const at = Math.floor((x[i] - start) / wide)
      if (at !== column) {
        flush()
        column = at
      }
      if (first < 0) first = low = high = i
      if (y[i] < y[low]) low = i
      if (y[i] > y[high]) high = i
      if (keep.has(i)) kept.push(i)
      last = i
    }
    flush()
    return {chosen, seen}
  }

  /* What must never vanish: both sides of each change, outliers, what is suspected or was, and the newest points. */
  const mattering = series => {
    const keep = new Set([...series.outliers, ...series.suspected ?? [], ...series.withdrawn ?? []])
    for (const {index} of series.changes) keep.add(index).add(index - 1)
    for (const [index] of series.facts ?? []) keep.add(index)
    for (let i = Math.max(0, series.values.length - 30); i < series.values.length; i++) keep.add(i)
    return keep
  }

  /* ---- lines in steps ---- */

  const edge = (x, i) => {
    if (i > 0 && i < x.length) return (x[i - 1] + x[i]) / 2
    const gap = x.length > 1 ? (i ? x[i - 1] - x[i - 2] : x[1] - x[0]) : 1
    return i ? x[i - 1] + Math.min(gap, 1440) / 2 : x[0] - Math.min(gap, 1440) / 2
  }

  /* A value lasts from halfway to the point before until halfway to the next one drawn. */
  const steps = (x, chosen, valueAt) => {
    const line = {x: [], y: []}
    chosen.forEach((i, k) => {
      const y = valueAt(i)
      const right = k + 1 < chosen.length ? edge(x, chosen[k + 1]) : edge(x, i + 1)
      const before = line.y.at(-1)
      if (k && (y === before || (Number.isNaN(y) && Number.isNaN(before)))) {
        line.x[line.x.length - 1] = right
        return
      }
      line.x.push(k ? edge(x, i) : edge(x, chosen[0]), right)
      line.y.push(y, y)
    })
    return line
  }

  /* ---- ranges ---- */

  /* The range of the y axis for values from low to high. What hardly differs is not blown up to fill the chart: a few
     points span at least a fiftieth of their value, many a hundredth of a percent. */
  const rangeOf = (low, high, {log, zero, above, count = Infinity}) => {
    if (!(high >= low)) return [0, 1]
    const size = Math.max(Math.abs(low), Math.abs(high))
    const share = count < 6 ? 0.02 : 1e-4
    const least = (log ? share / 2 : size * share) || 1
    if (high - low < least) {
      const middle = (low + high) / 2
      const half = high > low || count >= 6 ? least / 2 : log ? 0.05 : size * 0.1 || 1
      low = middle - half
      high = middle + half
    }
    if (zero && !log) {
      low = Math.min(0, low)
      high = Math.max(0, high)
    }
    const room = high - low
    return [low === 0 && zero ? 0 : low - room * 0.08, high + room * above]
  }

  /* ---- ticks: places and their words ---- */

  const niceStep = (span, count) => {
    const rough = span / Math.max(1, count)
    const power = 10 ** Math.floor(Math.log10(rough))
    return power * [1, 2, 5, 10].find(factor => factor * power >= rough * 0.999)
  }

  const numberTicks = (low, high, count) => {
    if (!(high > low)) return {places: [], words: []}
    const step = niceStep(high - low, count)
    const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))
    const places = []
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-12) && places.length < 50; i++) places.push(i * step)
    const large = Math.max(Math.abs(low), Math.abs(high)) >= 1e6 || step < 1e-6
    return {places, words: places.map(at => large ? String(Number(at.toPrecision(6))) : at.toFixed(decimals))}
  }

  const logTicks = (low, high, count) => {
    const decades = high - low
    if (decades < 0.7) {
      const {places, words} = numberTicks(10 ** low, 10 ** high, count)
      return {places: places.filter(at => at > 0).map(Math.log10), words: words.filter((_, i) => places[i] > 0)}
    }
    const every = Math.max(1, Math.ceil(decades / count))
    const factors = decades < 2.5 ? [1, 2, 5] : decades < 4.5 ? [1, 3] : [1]
    const places = []
    for (let power = Math.floor(low); power <= high; power++) {
      if (power % every) continue
      for (const factor of factors) {
        const at = power + Math.log10(factor)
        if (at >= low && at <= high) places.push(at)
      }
    }
    return {places, words: places.map(at => String(Number((10 ** at).toPrecision(1))))}
  }

  const STEPS = [
    ...[1, 3, 6, 12].map(n => [n * MINUTES.hour, "hour", n]), ...[1, 2, 7, 14].map(n => [n * MINUTES.day, "day", n]),
    ...[1, 3, 6].map(n => [n * MINUTES.month, "month", n]), ...[1, 2, 5, 10].map(n => [n * MINUTES.year, "year", n]),
  ]

  const dateTicks = (low, high, count) => {
    const [, unit, n] = STEPS.find(([size]) => (high - low) / size <= count) ?? STEPS.at(-1)
    const at = new Date(low * 60_000)
    at.setUTCMinutes(0, 0, 0)
    if (unit !== "hour") at.setUTCHours(0)
    else at.setUTCHours(Math.floor(at.getUTCHours() / n) * n)
    if (unit === "day" && n % 7 === 0) at.setUTCDate(at.getUTCDate() - (at.getUTCDay() + 6) % 7)
    if (unit === "month") at.setUTCMonth(Math.floor(at.getUTCMonth() / n) * n, 1)
    if (unit === "year") at.setUTCFullYear(Math.floor(at.getUTCFullYear() / n) * n, 0, 1)
    const next = {
      hour: () => at.setUTCHours(at.getUTCHours() + n), day: () => at.setUTCDate(at.getUTCDate() + n),
      month: () => at.setUTCMonth(at.getUTCMonth() + n), year: () => at.setUTCFullYear(at.getUTCFullYear() + n),
    }[unit]
    const word = {
      hour: () => at.getUTCHours() ? `${String(at.getUTCHours()).padStart(2, "0")}:00` : `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`,
      day: () => `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}${high - low > 300 * MINUTES.day ? ` ${at.getUTCFullYear()}` : ""}`,
      month: () => `${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`, year: () => String(at.getUTCFullYear()),
    }[unit]
    const places = [], words = []
    for (let i = 0; at.getTime() / 60_000 <= high && i < 100; i++) {
      if (at.getTime() / 60_000 >= low) {
        places.push(at.getTime() / 60_000)
        words.push(word())
      }
      next()
    }
    return {places, words}
  }

  const FARTHEST = 1e11
  const isoOf = minute => finite(minute) && Math.abs(minute) < FARTHEST ? new Date(minute * 60_000).toISOString() : ""
  const dayOf = minute => isoOf(minute).slice(0, 10)

  /* Commits at equal steps, each with its day, or its hour where all are of one day; a number where no commit says. */
  const commitTicks = (axis, low, high, count) => {
    const first = Math.max(0, Math.ceil(low)), last = Math.min(axis.places.length - 1, Math.floor(high))
    if (last < first) return {places: [], words: []}
    const step = Math.max(1, Math.round(niceStep(last - first || 1, count)))
    const places = []
    for (let at = Math.ceil(first / step) * step; at <= last; at += step) places.push(at)
    const days = new Set(places.map(at => dayOf(axis.minutes[at])))
    const word = at => {
      const minute = axis.minutes[at]
      if (!finite(minute)) return String(at + 1)
      return days.size === 1 && places.length > 1 ? isoOf(minute).slice(11, 16) : dayOf(minute)
    }
    return {places, words: places.map(word)}
  }

  /* Which texts have room beside each other and what is taken, the first ones before the later; each may stand in one
     of several places, [from, to] in pixels. Gives the number of the place, -1 where none is free. */
  const placeable = (spans, taken = []) => {
    const placed = [...taken]
    return spans.map(choices => {
      const found = choices.findIndex(([from, to]) => placed.every(([a, b]) => to <= a || from >= b))
      if (found >= 0) placed.push(choices[found])
      return found
    })
  }

  Object.assign(chart, {
    MOST, axisOf, commitTicks, dateTicks, dayOf, decimate, edge, finite, logTicks, lowerBound, mattering, minutesOf,
    numberTicks, placeable, placesOf, rangeOf, steps,
  })
})()
