/* perfsite: the list of incidents: static lines, shown and hidden; what is folded opens where it holds a match. */
(() => {
  "use strict"
  const {chosen, follow, matcher, readState, writeState} = window.perfsite.tools

  const lines = form => {
    const all = [...document.querySelectorAll(".ps-incidents__line")]
    const folds = [...document.querySelectorAll("details.ps-more--group")]
    const count = form.querySelector("output")
    let texts = null
    const apply = () => {
      texts ??= all.map(line => `${line.textContent} ${line.querySelector("a").getAttribute("href")}`.toLowerCase())
      const fits = matcher(form)
      const state = form.elements.state.value
      let shown = 0
      all.forEach((line, i) => {
        line.hidden = !fits({}, texts[i]) || (state !== "" && line.dataset.state !== state)
        shown += line.hidden ? 0 : 1
      })
      const isFiltered = chosen(form).length > 0
      for (const fold of folds) {
        const hits = fold.querySelectorAll(".ps-incidents__line:not([hidden])").length
        fold.hidden = isFiltered && hits === 0
        fold.open = isFiltered && hits > 0
      }
      count.value = isFiltered ? `${shown} of ${all.length} incidents` : ""
    }
    follow(form, () => {
      writeState(form)
      apply()
    })
    if (readState(form)) apply()
  }

  window.perfsite.parts.incidents = lines
})()
