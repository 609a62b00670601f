/* perfsite: the list of commits. The newest stand in the page; what is older or looked for comes from two documents. */
(() => {
  "use strict"
  const {later, link, load, node, readState, writeState} = window.perfsite.tools
  const STEP = 150
  const KINDS = {
    __proto__: null,
    trend: line => !line.aside,
    pull: line => line.pull !== null,
    off: line => line.aside && line.pull === null,
  }
  const VERDICTS = {
    __proto__: null,
    regression: line => line.regression > 0,
    improvement: line => line.improvement > 0,
    unsure: line => line.unsure > 0,
    "no-change": line => !line.regression && !line.improvement && line.unsure < line.total,
  }

  const linesOf = (index, told) => {
    const tags = new Map()
    for (const [at, name, url] of told.releases) tags.set(at, [...tags.get(at) ?? [], {name, url}])
    const lines = index.sha.map((sha, i) => {
      const pull = told.pull_request[i]
      const line = {
        sha, subject: index.subject[i] ?? "", date: index.time[i]?.slice(0, 10) ?? "", author: told.author[i], pull,
        aside: told.aside[i], regression: told.regression[i], improvement: told.improvement[i], unsure: told.unsure[i],
        total: told.total[i], releases: (tags.get(i) ?? []).reverse(),
      }
      line.text = `${sha} ${line.subject} ${line.author} ${line.date} ${pull === null ? "" : `#${pull}`} ` +
        line.releases.map(release => release.name).join(" ")
      line.text = line.text.toLowerCase()
      return line
    })
    return lines.reverse()
  }

  const badge = (count, state, word) => count
    ? node("b", `ps-verdict ps-verdict--${state}`, `${count} ${word}${word === "unsure" || count === 1 ? "" : "s"}`)
    : null

  const item = (line, root) => {
    const kind = line.pull !== null ? `#${line.pull}` : line.aside ? "off-branch" : ""
    return node("li", "ps-commits__line",
      link(`${root}commits/${line.sha}/`, "ps-sha", line.sha.slice(0, 8)),
      node("span", "ps-commits__subject", line.subject),
      node("span", "ps-commits__verdict", badge(line.regression, "regression", "regression"),
        badge(line.improvement, "improvement", "improvement"), badge(line.unsure, "unsure", "unsure")),
      node("span", "ps-commits__who", line.author, ...kind ? [" ", node("span", "ps-note", kind)] : []),
      node("span", "ps-commits__date", line.date))
  }

  const items = root => line => [
    ...line.releases.map(({name, url}) => node("li", "ps-commits__release", link(`${root}${url}`, "ps-subject", name))),
    item(line, root),
  ]

  const list = (place, root) => {
    const form = document.querySelector(".ps-page--commits .ps-filter")
    const count = form.querySelector("output")
    const rest = document.querySelector("[data-ps-rest]")
    const end = node("div", "ps-end")
    const make = items(root)
    let found = null
    let shown = 0
    const lines = async () => {
      const [index, told] = await Promise.all([load(place.dataset.psIndex), load(place.dataset.psLines)])
      return told.ready ??= linesOf(index, told)
    }
    const more = () => {
      const next = found?.slice(shown, shown + STEP) ?? []
      shown += next.length
      place.append(...next.flatMap(make))
      if (next.length) {
        watcher.unobserve(end)
        watcher.observe(end)
      }
    }
    const watcher = new IntersectionObserver(async entries => {
      if (!entries.some(entry => entry.isIntersecting)) return
      if (!found) {
        if (!rest?.isConnected) return
        const all = await lines().catch(() => null)
        if (!all || found) return
        found = all
        shown = place.querySelectorAll(".ps-commits__line").length
        rest.remove()
      }
      more()
    }, {rootMargin: "800px"})
    const apply = async () => {
      const all = await lines()
      const words = form.elements.find.value.toLowerCase().split(/\s+/).filter(Boolean)
      const {verdict, kind} = form.elements
      const isFiltered = words.length || verdict.value || kind.value
      const fits = line => words.every(word => line.text.includes(word)) &&
        (!VERDICTS[verdict.value] || VERDICTS[verdict.value](line)) && (!KINDS[kind.value] || KINDS[kind.value](line))
      found = isFiltered ? all.filter(fits) : all
      shown = 0
      place.replaceChildren()
      rest?.remove()
      more()
      count.value = isFiltered ? `${found.length} of ${all.length} commits` : ""
    }
    place.after(end)
    watcher.observe(end)
    form.hidden = false
    form.addEventListener("submit", event => event.preventDefault())
    form.addEventListener("input", later(60, () => {
      writeState(form)
      apply()
    }))
    if (readState(form)) return apply()
    return null
  }

  window.perfsite.parts.commits = list
})()
