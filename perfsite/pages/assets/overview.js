/* perfsite: every series of the overview, filtered and sorted. */
(() => {
  "use strict"
  const {
    Listing, byText, cell, chosen, finder, follow, link, load, name, node, number, readState, verdict, watch, whenNear,
    writeState,
  } = window.perfsite.tools

  const here = document.currentScript.src

  /* ---- rows ---- */

  const sinceOf = (row, root) => {
    if (!row.since) return null
    const [sha, date] = row.since
    const made = node("span", "ps-of", "since ", link(`${root}commits/${sha}/`, "ps-sha", sha.slice(0, 8)), ` ${date}`)
    if (row.incident) made.append(" · ", link(`${root}${row.incident}`, "", row.decision || "incident"))
    return made
  }

  const noteOf = row => {
    if (row.standing === "retired") return `retired, last measured ${row.last?.[1] ?? ""}`
    return row.standing === "long-standing" ? "long-standing" : row.missing
  }

  const overviewRow = (root, sparkOf) => row => {
    const spark = cell("Trend", "ps-spark")
    Object.assign(spark.dataset, {mark: row.mark, state: row.verdict})
    const rule = {fail: "fails the check", warn: "warns"}[row.rule] ?? ""
    const note = noteOf(row)
    const made = node("tr", ["long-standing", "retired"].includes(row.standing) ? "ps-row--quiet" : "",
      cell("Series", "", ...name(row, root)),
      spark,
      cell("Current", "ps-num", row.current, node("span", "ps-of", row.baseline)),
      cell("Delta", "ps-num", node("b", `ps-delta ps-delta--${row.verdict}`, row.delta)),
      cell("Noise", "ps-num", row.noise),
      cell("30 days", ["steady", "new", "unsure"].includes(row.trend) ? "ps-num ps-steady" : "ps-num", row.trend),
      cell("Verdict", "", ...verdict(row.verdict, row.severity === "none" ? "" : row.severity, rule),
        row.level ? node("span", "ps-of", row.level) : null, sinceOf(row, root), note ? node("span", "ps-of", note) : null))
    sparkOf(row, code => {
      spark.dataset.spark = code
    })
    return made
  }

  /* What repeats stands once in the document; a row is made whole when it is first asked for. */
  const unfold = got => got.ready ??= got.rows.map((values, position) => {
    const row = {position}
    got.columns.forEach((column, i) => {
      row[column] = column in got.texts ? got.texts[column][values[i]] : values[i]
    })
    row.since = got.commits[row.since]
    row.last = got.commits[row.last]
    row.groups = row.groups.map(group => got.groups[group])
    row.text = `${row.benchmark} ${row.parameters} ${row.metric} ${row.environment}`.toLowerCase()
    return row
  })

  /* ---- sparklines: a document for some hundred rows, loaded when one of them is shown ---- */

  const sparks = size => {
    const known = new Map()
    return (row, give) => {
      const piece = Math.floor(row.position / size)
      const code = known.get(piece)?.[row.position % size]
      if (code !== undefined) return give(code)
      load(new URL(`sparks/${piece}.json`, here)).then(got => {
        known.set(piece, got.sparks)
        give(got.sparks[row.position % size])
        const body = document.querySelector(".ps-table--series tbody")
        if (body) watch(body)
      }, () => undefined)
      return undefined
    }
  }

  /* ---- filter and order ---- */

  const REGRESSED = ["new", "standing", "long-standing"]
  const fits = state => {
    const isFound = finder(state.get("find"))
    const wanted = ["environment", "metric"].filter(key => state.has(key)).map(key => [key, state.get(key)])
    const standing = state.get("verdict")
    const group = state.get("group")
    return row => wanted.every(([key, value]) => row[key] === value)
      && (!standing || row.standing === standing || standing === "regression" && REGRESSED.includes(row.standing))
      && (!group || row.groups.includes(group))
      && isFound(row.text)
  }

  const figure = text => Number.isFinite(number(text)) ? number(text) : -Infinity
  const ORDERS = {
    __proto__: null,
    benchmark: byText,
    delta: (a, b) => figure(b.delta) - figure(a.delta) || 0,
    noise: (a, b) => figure(b.noise) - figure(a.noise) || 0,
    trend: (a, b) => figure(b.trend) - figure(a.trend) || 0,
    rank: (a, b) => a.position - b.position,
  }

  /* ---- keyboard: down from the filter into the list, and along it ---- */

  const walk = (form, table) => event => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.altKey || event.ctrlKey || event.metaKey) return
    const names = [...table.tBodies[0].querySelectorAll("a.ps-name")]
    const find = form.elements.find
    const at = event.target === find ? -1 : names.indexOf(event.target)
    if (at < 0 && event.target !== find) return
    const next = at + (event.key === "ArrowDown" ? 1 : -1)
    const target = next < 0 ? find : names[next]
    if (!target || target === event.target) return
    event.preventDefault()
    target.focus()
  }

  const overview = (table, root) => {
    const form = document.querySelector("[data-ps-filter]")
    const count = form.querySelector("output")
    const rest = document.querySelector("[data-ps-rest]")
    const total = Number(table.dataset.psTotal)
    const page = table.closest(".ps-page")
    let sort = new URLSearchParams(location.search).get("sort") ?? ""
    let listing = null
    let make = null

    const rows = async () => {
      const got = await load(table.dataset.psSeries)
      make ??= overviewRow(root, sparks(got.sparks))
      return unfold(got)
    }

    const apply = async () => {
      const all = await rows()
      const state = new Map(chosen(form))
      const found = all.filter(fits(state))
      const key = sort.replace(/^-/, "")
      if (ORDERS[key]) found.sort(ORDERS[key])
      if (sort.startsWith("-")) found.reverse()
      listing ??= new Listing(table.tBodies[0], row => make(row))
      listing.show(found)
      rest?.remove()
      count.value = found.length === all.length ? `${all.length} series` : `${found.length} of ${all.length} series`
      form.querySelector(".ps-filter__reset").hidden = !state.size && !sort
      for (const head of table.querySelectorAll("th[data-sort]")) {
        const mine = head.dataset.sort === (key || "rank")
        head.ariaSort = mine ? (sort.startsWith("-") ? "descending" : "ascending") : null
      }
    }

    const changed = () => {
      writeState(form, {sort})
      apply()
    }

    for (const head of table.querySelectorAll("th[data-sort]")) {
      const button = node("button", "ps-sort", head.textContent)
      button.type = "button"
      head.replaceChildren(button)
      button.addEventListener("click", () => {
        sort = sort === head.dataset.sort || (!sort && head.dataset.sort === "rank") ? `-${head.dataset.sort}` : head.dataset.sort
        changed()
      })
    }
    follow(form, changed)
    form.addEventListener("reset", () => setTimeout(() => {
      sort = ""
      changed()
    }))
    page.addEventListener("keydown", walk(form, table))

    /* A link to a view of this very list needs no new page. */
    page.addEventListener("click", event => {
      const target = event.target.closest?.('a[href^="?"]')
      if (!target || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return
      event.preventDefault()
      event.stopPropagation()
      form.reset()
      history.replaceState(history.state, "", new URL(target.href).search)
      readState(form)
      document.getElementById("series").scrollIntoView()
      changed()
    })

    count.value = `${total} series`
    if (readState(form) || sort) {
      apply()
      return
    }
    if (!rest) return
    whenNear(rest, () => rows().then(all => {
      if (listing) return
      listing = new Listing(table.tBodies[0], row => make(row))
      rest.remove()
      listing.resume(all, table.tBodies[0].rows.length)
    }, () => undefined))
  }

  window.perfsite.parts.overview = overview
})()
