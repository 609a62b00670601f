/* perfsite: every measurement of a commit, on demand. */
(() => {
  "use strict"
  const {Listing, VERDICTS, cell, format, identity, load, measurementsAt, name, node, percent, verdict} = window.perfsite.tools

  const measurementRow = root => row => {
    const {series} = row
    const delta = row.baseline ? row.value / row.baseline - 1 : null
    return node("tr", "",
      cell("Verdict", "", ...verdict(row.verdict, row.standing)),
      cell("Series", "", ...name(series, root)),
      cell("Baseline → here", "ps-num", `${format(row.baseline, series.unit)} → `, node("b", "", format(row.value, series.unit)),
        series.pinned ? node("span", "ps-of ps-pinned", series.pinned) : null),
      cell("Delta", "ps-num", node("b", `ps-delta ps-delta--${row.verdict}`, percent(delta, true))),
      cell("Noise", "ps-num", row.floor === null ? "–" : `±${percent(row.floor, false)}`))
  }

  const measurements = (place, root) => {
    const button = place.querySelector("button")
    button.hidden = false
    button.addEventListener("click", async () => {
      button.disabled = true
      try {
        const [got, index] = await Promise.all([
          measurementsAt(place.dataset.psMeasurements), load(place.dataset.psIndex)])
        const known = new Map(index.series.map(series => [identity(series), series]))
        const figure = text => text === "" ? null : Number(text)
        const rows = got.map(line => ({
          series: known.get(identity(line)) ?? {...line, url: ""}, value: figure(line.value),
          baseline: figure(line.baseline), floor: figure(line.noise_floor), verdict: line.verdict, standing: line.standing,
        }))
        rows.sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict))
        const head = node("tr", "", ...["Verdict", "Series", "Baseline → here", "Delta", "Noise"].map((text, i) => {
          const made = node("th", i > 1 ? "ps-num" : "", text)
          made.scope = "col"
          return made
        }))
        const table = node("table", "ps-table ps-table--rows", node("thead", "", head), node("tbody"))
        const box = node("div", "ps-scroll", table)
        const title = node("h2", "", `All ${rows.length} measurements`)
        place.before(title, box)
        new Listing(table.tBodies[0], measurementRow(root)).show(rows)
        button.remove()
        title.tabIndex = -1
        title.focus()
      } catch {
        button.disabled = false
        button.textContent = "The measurements cannot be loaded; try again"
      }
    })
  }

  window.perfsite.parts.commit = measurements
})()
