/* perfsite: the matrix of releases: filtered, against any base, with older releases and every series on demand. */
(() => {
  "use strict"
  const {Listing, finder, follow, link, load, node, readState, script, writeState} = window.perfsite.tools
  const here = document.currentScript.src
  const MORE = 10

  /* What the machine may have done between two releases: all series of some environments, and single ones. */
  const excluded = (values, from, to) => {
    const environments = new Set()
    const series = new Set()
    for (let i = from + 1; i <= to; i++) {
      for (const name of values[i]?.left_out ?? []) environments.add(name)
      for (const number of values[i]?.doubted ?? []) series.add(number)
    }
    return (one, number) => environments.has(one.environment) || series.has(number)
  }

  const matrix = async (place, root) => {
    await script(new URL("ratios.js", here), () => window.perfsite.ratios)
    const {NORMAL, familyOf, heat, isTold, mean, tenths} = window.perfsite.ratios
    const form = place.querySelector("form")
    const table = place.querySelector("table")
    const [groupBody, rowBody] = table.tBodies
    const statics = new Set([...rowBody.rows].map(row => row.cells[0].textContent))
    const count = form.querySelector("output")
    const older = form.querySelector("[data-ps-older]")
    let wanted = table.tHead.rows[0].cells.length - 1
    let listing = null
    let round = 0

    const column = (state, i, base) => {
      const {values, index} = state
      const [now, old] = [values[i], values[base]]
      const isOut = excluded(values, base, i)
      const logs = index.map((one, s) => {
        const isCompared = now.values[s] > 0 && old.values[s] > 0 && now.points[s] > old.points[s] && !isOut(one, s)
        return isCompared ? Math.log(now.values[s] / old.values[s]) : NaN
      })
      const errors = index.map((_, s) => Math.hypot(now.errors[s] ?? NaN, old.errors[s] ?? NaN))
      return {logs, errors}
    }

    const cell = (log, direction, isSure) => {
      const made = node("td", "", Number.isFinite(log) ? tenths(Math.expm1(log)) : "·")
      const hot = Number.isFinite(log) && isSure ? heat(log, direction) : ""
      if (hot) made.className = `ps-heat--${hot}`
      return made
    }

    const rowHead = (name, of, url) => {
      const made = node("th", "", url ? link(`${root}${url}`, "ps-name", name) : node("span", "ps-name", name), node("span", "ps-of", of))
      made.scope = "row"
      return made
    }

    const wordsOf = one => [one.parameters, one.metric, one.environment].filter(Boolean).join(" · ")

    const groupRows = (state, columns) => state.groups.flatMap(group => {
      const families = Map.groupBy(group.series, s => familyOf(state.index[s]))
      return [...families.values()].map(members => {
        const one = state.index[members[0]]
        const cells = columns.map(({logs, errors}) => {
          const known = members.filter(s => Number.isFinite(logs[s]))
          const share = state.shares.get(familyOf(one)) ?? 0
          const got = mean(known.map(s => logs[s]), known.map(s => errors[s]), share)
          return cell(Math.log1p(got.delta), one.direction, isTold(got))
        })
        const of = `${one.metric} · ${one.environment}`
        const name = group.name || "all benchmarks"
        return {text: `${name} ${of}`.toLowerCase(), row: node("tr", "", rowHead(name, of, ""), ...cells)}
      })
    })

    const seriesRow = columns => ({one, s}) => node("tr", "", rowHead(one.benchmark, wordsOf(one), one.url),
      ...columns.map(({logs, errors}) => cell(logs[s], one.direction, Math.abs(logs[s]) > NORMAL * errors[s])))

    const gather = async () => {
      const [list, series, machines] = await Promise.all(
        [place.dataset.psReleases, place.dataset.psIndex, `${root}data/machines.json`].map(url => load(url)))
      const {releases} = list
      const shown = releases.map((_, i) => i).filter(i => releases[i].previous !== null && releases[i].data).reverse().slice(0, wanted)
      const isFirst = form.elements.against.value === "first"
      const first = shown.at(-1)
      const pairs = shown.map(i => [i, isFirst ? first : releases[i].previous]).filter(([i, base]) => i !== base && releases[base].data)
      const values = []
      const from = Math.min(...pairs.flat())
      await Promise.all(releases.map(async (release, i) => {
        if (i >= from && release.data) values[i] = await load(`${root}${release.url}data.json`)
      }))
      const shares = new Map(machines.together.map(one => [familyOf(one), one.share]))
      const more = releases.filter(release => release.previous !== null && release.data).length > shown.length
      return {releases, pairs, values, index: series.series, groups: list.groups, shares, more}
    }

    const apply = async () => {
      const mine = ++round
      count.value = "Loading …"
      try {
        const state = await gather()
        if (mine !== round) return
        const columns = state.pairs.map(([i, base]) => column(state, i, base))
        const heads = state.pairs.map(([i, base]) => {
          const made = node("th", "", link(`${root}${state.releases[i].url}`, "ps-tag", state.releases[i].tag),
            node("span", "ps-of ps-tag", state.releases[base].tag))
          made.scope = "col"
          return made
        })
        table.tHead.rows[0].replaceChildren(table.tHead.rows[0].cells[0], ...heads)
        const fits = finder(form.elements.find.value)
        const groups = groupRows(state, columns).filter(one => fits(one.text))
        groupBody.replaceChildren(...groups.map(one => one.row))
        const isAll = form.elements.rows.value === "all" || form.elements.find.value.trim() !== ""
        const rows = state.index.map((one, s) => ({one, s}))
          .filter(({one}) => isAll || statics.has(`${one.benchmark}${wordsOf(one)}`))
          .filter(({one}) => fits(`${one.benchmark} ${wordsOf(one)}`.toLowerCase()))
        listing ??= new Listing(rowBody, null)
        listing.make = seriesRow(columns)
        listing.show(rows)
        older.hidden = !state.more
        count.value = `${groups.length} groups, ${rows.length} series, ${state.pairs.length} releases`
      } catch (error) {
        count.value = "The figures cannot be loaded; try again."
        console.warn("perfsite: no matrix:", error)
      }
    }

    const act = () => {
      writeState(form)
      apply()
    }
    follow(form, act)
    older.addEventListener("click", () => {
      wanted += MORE
      act()
    })
    if (readState(form)) await apply()
  }

  window.perfsite.parts.matrix = matrix
})()
