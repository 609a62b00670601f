/* perfsite: every point of a benchmark as one file of lines, made in the browser from what the page publishes. */
(() => {
  "use strict"
  const {VERDICTS, csvCell, load, node} = window.perfsite.tools
  const HEAD = ["commit", "time", "environment", "metric", "unit", "parameters", "value", "baseline", "noise_floor", "verdict", "level", "outlier"]

  const lines = (data, commits) => {
    const made = [HEAD.join(",")]
    for (const series of data.series) {
      const outliers = new Set(series.outliers)
      const same = [series.environment, series.metric, series.unit, series.parameters].map(csvCell).join(",")
      series.commits.forEach((at, i) => {
        const values = [series.values[i], series.baselines[i], series.floors[i], VERDICTS[series.verdicts[i]], series.levels[i], outliers.has(i) ? "yes" : ""]
        made.push([commits.sha[at], commits.time[at]].map(csvCell).concat(same, values.map(csvCell)).join(","))
      })
    }
    return `${made.join("\r\n")}\r\n`
  }

  window.perfsite.parts.csv = place => {
    const {psData, psCommits, psName} = place.dataset
    const button = node("button", "ps-button", "CSV")
    button.type = "button"
    button.addEventListener("click", async () => {
      button.disabled = true
      try {
        const [data, commits] = await Promise.all([load(psData), load(psCommits)])
        const made = document.createElement("a")
        made.href = URL.createObjectURL(new Blob([lines(data, commits)], {type: "text/csv"}))
        made.download = psName
        made.click()
        setTimeout(() => URL.revokeObjectURL(made.href), 10_000)
      } finally {
        button.disabled = false
      }
    })
    place.replaceChildren("or ", button)
  }
})()
