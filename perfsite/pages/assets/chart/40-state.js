/* perfsite: what the reader chose of a chart, read from the address and written to it, so that a view can be shared. */
(() => {
  "use strict"
  const chart = (window.perfsite.chart ??= {})
  const KEYS = ["environment", "metric", "parameters"]
  const NORMS = ["first", "baseline"]
  const PAGE = /^benchmarks\/[a-z0-9_-]{1,120}\/$/

  /* Names of a series as JSON; an address can hold anything, so what is no list of texts is passed over. */
  const namesIn = (state, key, length) => state.getAll(key).map(text => {
    try {
      return JSON.parse(text)
    } catch {
      return null
    }
  }).filter(names => Array.isArray(names) && names.length === length && names.every(name => typeof name === "string"))

  const windowIn = text => {
    const ends = (text ?? "").split("..").map(Number)
    return text && ends.length === 2 && ends.every(Number.isFinite) && ends[1] > ends[0] ? ends : null
  }

  /* What stands behind the hash counts before the query, which an embedded chart is called with. */
  const readState = () => {
    const state = new URLSearchParams(location.search)
    const own = new URLSearchParams(location.hash.slice(1))
    for (const key of new Set(own.keys())) state.delete(key)
    for (const [key, value] of own) state.append(key, value)
    const norm = state.get("norm")
    return {
      ...Object.fromEntries(KEYS.map(key => [key, state.get(key)])),
      isNamed: KEYS.some(key => state.has(key)),
      log: state.get("y") === "log",
      zero: state.get("y") === "zero",
      date: state.get("x") === "date",
      norm: NORMS.includes(norm) ? norm : "",
      also: namesIn(state, "also", 3),
      with: namesIn(state, "with", 4).filter(([url]) => PAGE.test(url)),
      hide: new Set((state.get("hide") ?? "").split(",").filter(Boolean)),
      window: windowIn(state.get("from")),
    }
  }

  const stateText = state => {
    const found = new URLSearchParams()
    if (state.isNamed) for (const key of KEYS) if (state[key] !== null) found.set(key, state[key])
    if (state.log || state.zero) found.set("y", state.log ? "log" : "zero")
    if (state.date) found.set("x", "date")
    if (state.norm) found.set("norm", state.norm)
    for (const key of ["also", "with"]) for (const names of state[key]) found.append(key, JSON.stringify(names))
    if (state.hide.size) found.set("hide", [...state.hide].sort().join(","))
    if (state.window) found.set("from", state.window.join(".."))
    return found.toString()
  }

  /* A hash that names a place of the page stays while nothing is chosen. */
  const writeState = state => {
    const text = stateText(state)
    const isAnchor = location.hash && !location.hash.includes("=")
    if (text === location.hash.slice(1) || (!text && isAnchor)) return
    history.replaceState(history.state, "", text ? `#${text}` : location.pathname + location.search)
  }

  Object.assign(chart, {KEYS, readState, stateText, writeState})
})()
