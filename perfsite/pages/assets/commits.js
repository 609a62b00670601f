/* perfsite: the list of commits: static lines, shown and hidden. */
(() => {
  "use strict"
  const {later, matcher, readState, writeState} = window.perfsite.tools

  const lines = form => {
    const all = [...document.querySelectorAll(".ps-commits__line")]
    const count = form.querySelector("output")
    let texts = null
    const apply = () => {
      texts ??= all.map(line => `${line.textContent} ${line.querySelector("a").getAttribute("href")}`.toLowerCase())
      const fits = matcher(form)
      let shown = 0
      all.forEach((line, i) => {
        const verdict = /--(\S+)/.exec(line.className)[1]
        line.hidden = !fits({verdict}, texts[i])
        shown += line.hidden ? 0 : 1
      })
      count.value = shown === all.length ? "" : `${shown} of ${all.length} commits`
    }
    form.hidden = false
    form.addEventListener("submit", event => event.preventDefault())
    form.addEventListener("input", later(60, () => {
      writeState(form)
      apply()
    }))
    if (readState(form)) apply()
  }

  window.perfsite.parts.commits = lines
})()
