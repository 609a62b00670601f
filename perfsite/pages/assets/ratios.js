/* perfsite: ratios of two runs or releases: noise, verdicts, and the geometric mean as `perfsite.analysis.geometric` has it. */
(() => {
  "use strict"
  const NORMAL = 1.959964
  const SMALLEST = Math.log1p(0.02)
  const LARGEST_NOISE = Math.log1p(0.1)
  const SURE_OF_LEVELS = 3.3
  const SHOWN = 0.0005
  const LEAST_MEAN = 0.005
  const WIDE = 0.02

  /* Student's t for 95 %: exact for few degrees of freedom, Abramowitz and Stegun 26.7.5 beyond. */
  const FEW = [12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.306, 2.26216, 2.22814, 2.20099, 2.17881]
  const student = degrees => {
    if (degrees <= FEW.length) return FEW[degrees - 1]
    const z = NORMAL
    return z + (z ** 3 + z) / 4 / degrees + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96 / degrees ** 2 +
      (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384 / degrees ** 3
  }

  /* Series that one geometric mean may hold. */
  const familyOf = series => JSON.stringify([series.metric, series.unit, series.direction, series.environment])

  const sum = values => values.reduce((total, value) => total + value, 0)

  const mean = (logs, errors, together) => {
    const count = logs.length
    if (!count) return {delta: NaN, lower: NaN, upper: NaN, count}
    const centre = sum(logs) / count
    const known = errors.filter(Number.isFinite)
    const power = sum(known.map(error => error ** 2)) / known.length
    const typical = sum(known) / known.length
    let half = NORMAL * Math.sqrt(power)
    if (count > 1) {
      const spread = Math.sqrt(sum(logs.map(log => (log - centre) ** 2)) / (count - 1))
      half = student(count - 1) * spread / Math.sqrt(count)
      if (known.length) {
        const share = Math.min(Math.max(together, 0), 0.95)
        const own = NORMAL * Math.sqrt((1 - share) * power / count)
        half = Math.hypot(Math.max(half, own), NORMAL * Math.sqrt(share) * typical)
      }
    }
    return {delta: Math.expm1(centre), lower: Math.expm1(centre - half), upper: Math.expm1(centre + half), count}
  }

  const isTold = one => one.lower >= SHOWN || one.upper <= -SHOWN
  const SIGNS = {lower: 1, higher: -1, neither: 0}

  const meanState = (one, direction) => {
    if (!Number.isFinite(one.lower)) return "unsure"
    if (!isTold(one)) return one.upper - one.lower <= 2 * WIDE ? "no-change" : "unsure"
    if (Math.abs(one.delta) < LEAST_MEAN || !SIGNS[direction]) return "no-change"
    return one.delta * SIGNS[direction] > 0 ? "regression" : "improvement"
  }

  /* A floor is the smallest delta that a single run shows against its baseline. Two runs stray independently, so what
     their ratio must exceed is the root of the sum of squares, on logarithms. */
  const ofRuns = (base, head) => base === null || head === null ? NaN : Math.hypot(Math.log1p(base), Math.log1p(head))
  const ofLevels = (base, head) => base === null || head === null ? NaN : SURE_OF_LEVELS * Math.hypot(base, head)

  /* What can be said of a difference: nothing where its noise is not known, and no "no change" that noise would hide. */
  const verdictOf = (log, need, direction) => {
    if (!Number.isFinite(log) || !Number.isFinite(need)) return "unsure"
    if (Math.abs(log) <= need || Math.abs(log) < SMALLEST) return need <= LARGEST_NOISE ? "no-change" : "unsure"
    if (!SIGNS[direction]) return "no-change"
    return log * SIGNS[direction] > 0 ? "regression" : "improvement"
  }

  const WORDS = {__proto__: null, s: ["slower", "faster"], B: ["larger", "smaller"]}
  const comparative = (delta, unit) => {
    const [more, less] = unit.endsWith("/s") ? ["faster", "slower"] : WORDS[unit] ?? ["higher", "lower"]
    return delta > 0 ? more : less
  }

  const heat = (log, direction) => {
    const step = [0.01, 0.03, 0.1].filter(least => Math.abs(log) >= Math.log1p(least)).length
    if (!step) return ""
    const sign = SIGNS[direction]
    if (!sign) return `${log > 0 ? "more" : "less"}-${step}`
    return `${log * sign > 0 ? "worse" : "better"}-${step}`
  }

  /* One decimal; what rounds to zero has no sign. */
  const tenths = (fraction, sign = true) => {
    if (!Number.isFinite(fraction)) return "–"
    const size = Math.abs(fraction) * 100
    const text = size >= 100 ? Number(size.toPrecision(3)).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f") : size.toFixed(1)
    if (!sign || text === "0.0") return text
    return `${fraction < 0 ? "−" : "+"}${text}`
  }

  window.perfsite.ratios = {
    NORMAL, comparative, familyOf, heat, isTold, mean, meanState, ofLevels, ofRuns, tenths, verdictOf,
  }
})()
