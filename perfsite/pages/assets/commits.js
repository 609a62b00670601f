/* perfsite: the list of commits. The newest stand in the page; what is older or looked for comes from two documents. */
(() => {
  "use strict"
  const {Listing, finder, follow, link, load, node, readState, whenNear, writeState} = window.perfsite.tools
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
    const listing = new Listing(place, items(root), STEP)
    const lines = async () => {
      const [index, told] = await Promise.all([load(place.dataset.psIndex), load(place.dataset.psLines)])
      return told.ready ??= linesOf(index, told)
    }
    const apply = async () => {
      const all = await lines()
      const {find, verdict, kind} = form.elements
      const isFound = finder(find.value)
      const isFiltered = Boolean(find.value.trim() || verdict.value || kind.value)
      const fits = line => isFound(line.text) && (!VERDICTS[verdict.value] || VERDICTS[verdict.value](line)) &&
        (!KINDS[kind.value] || KINDS[kind.value](line))
      const found = isFiltered ? all.filter(fits) : all
      rest?.remove()
      listing.show(found)
      count.value = isFiltered ? `${found.length} of ${all.length} commits` : ""
    }
    follow(form, () => {
      writeState(form)
      apply()
    })
    if (readState(form)) return apply()
    if (rest) {
      whenNear(rest, () => lines().then(all => {
        if (!rest.isConnected) return
        rest.remove()
        listing.resume(all, place.querySelectorAll(".ps-commits__line").length)
      }, () => undefined))
    }
    return null
  }

  window.perfsite.parts.commits = list
})()
