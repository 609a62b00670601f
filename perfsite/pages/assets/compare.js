/* perfsite: any two commits, releases or environments, divided in the browser. */
(() => {
  "use strict"
  const {finder, identity, later, load, measurementsAt, node, readState, script} = window.perfsite.tools
  const here = document.currentScript.src

  const figure = text => text === "" || text === undefined ? null : Number(text)
  const without = one => JSON.stringify([one.benchmark, one.parameters, one.metric, one.unit])

  const NOT_SURE = "not sure that its level changed, or that the code did it"

  class Unknown extends Error {}

  /* ---- what a reader means by a text ---- */

  const resolver = (commits, releases) => {
    const tags = new Map(releases.map((release, i) => [release.tag, i]))
    return (text, what) => {
      const wanted = text.trim()
      if (!wanted) throw new Unknown(`Choose a ${what}: a release, or a commit by the beginning of its sha.`)
      if (tags.has(wanted)) {
        const release = releases[tags.get(wanted)]
        return {name: wanted, release, place: tags.get(wanted), position: release.commit}
      }
      const start = wanted.toLowerCase()
      const hits = /^[0-9a-f]{4,64}$/.test(start)
        ? commits.sha.map((sha, i) => i).filter(i => commits.sha[i].startsWith(start)) : []
      if (hits.length === 1) return {name: commits.sha[hits[0]].slice(0, 8), release: null, position: hits[0]}
      if (hits.length > 1) {
        throw new Unknown(`${hits.length} measured commits begin with ${wanted}, such as ` +
          `${hits.slice(0, 3).map(i => commits.sha[i].slice(0, 12)).join(", ")}: write more of the one you mean.`)
      }
      throw new Unknown(/^[0-9a-f]{4,64}$/.test(start)
        ? `No measured commit begins with ${wanted}: it was not measured, or the site has not been built since.`
        : `${wanted} is neither a release of this site nor the beginning (4 digits or more) of a measured commit's sha.`)
    }
  }

  /* ---- values of one side, by series ---- */

  const ofRelease = async (side, root, series) => {
    const got = await load(`${root}${side.release.url}data.json`)
    return series.map((one, i) => ({series: one, number: i, value: got.values[i], error: got.errors[i]}))
      .filter(row => row.value !== null)
  }

  /* Whether a series cannot be told between two releases, as the releases between them say, each of the one before. */
  const doubtBetween = async (base, head, root, releases) => {
    const [first, last] = [base.place, head.place].sort((a, b) => a - b)
    const between = await Promise.all(releases.slice(first + 1, last + 1).filter(one => one.data)
      .map(one => load(`${root}${one.url}data.json`)))
    const environments = new Set(between.flatMap(one => one.left_out))
    const doubted = new Set(between.flatMap(one => one.doubted))
    return (series, number) => environments.has(series.environment) || doubted.has(number)
  }

  const ofCommit = async (side, root, commits, known) => {
    const sha = commits.sha[side.position]
    let lines
    try {
      lines = await measurementsAt(`${root}commits/${sha}/data.csv`)
    } catch {
      throw new Unknown(`The measurements of ${side.name} cannot be loaded; try again.`)
    }
    return lines.map(line => ({
      series: known.get(identity(line)) ?? {...line, url: "", direction: "neither"},
      value: figure(line.value), floor: figure(line.noise_floor),
    }))
  }

  /* ---- which machine measured ---- */

  const machineAt = (machines, environment, position) => {
    const of = machines.environments.find(one => one.environment === environment)
    if (!of) return null
    let found = null
    for (let i = 0; i < of.commits.length && of.commits[i] <= position; i++) found = of.machines[i]
    return found
  }

  const machineChange = (machines, base, head, isOfLevels) => environment => {
    const [before, after] = [machineAt(machines, environment, base.position), machineAt(machines, environment, head.position)]
    if (before === after || before === null || after === null || before < 0 || after < 0) return ""
    const of = machines.environments.find(one => one.environment === environment)
    const first = Math.min(base.position, head.position)
    const isKnown = of.machines.some((machine, i) => of.commits[i] <= first && machine === (first === base.position ? after : before))
    // Levels of machines that take turns are those of the average machine.
    if (isOfLevels && isKnown) return ""
    const [was, is] = [before, after].map(machine => machines.machines[machine].split(", "))
    const only = (parts, others) => parts.filter(text => !others.includes(text)).join(", ") || parts.join(", ")
    return `not comparable: ${only(was, is)} → ${only(is, was)}`
  }

  /* ---- the comparison ---- */

  const compare = ({base, head, baseRows, headRows, choice, isOfLevels, machines, isDoubted}) => {
    const {ofLevels, ofRuns, verdictOf} = window.perfsite.ratios
    const isAcross = choice.base && choice.head && choice.base !== choice.head
    const key = row => isAcross ? without(row.series) : identity(row.series)
    const mine = (rows, environment) => environment ? rows.filter(row => row.series.environment === environment) : rows
    const before = new Map(mine(baseRows, choice.base).map(row => [key(row), row]))
    const after = mine(headRows, choice.head)
    const change = machineChange(machines, base, head, isOfLevels)
    const changes = new Map()
    const rows = []
    const onlyHead = []
    for (const row of after) {
      const old = before.get(key(row))
      if (!old) {
        onlyHead.push(row.series)
        continue
      }
      before.delete(key(row))
      const {series} = row
      const log = old.value > 0 && row.value > 0 ? Math.log(row.value) - Math.log(old.value) : NaN
      const need = isOfLevels ? ofLevels(old.error, row.error) : ofRuns(old.floor, row.floor)
      if (!changes.has(series.environment)) changes.set(series.environment, isAcross ? "" : change(series.environment))
      const machine = changes.get(series.environment)
      const isSame = base.position === head.position && !isAcross
      let verdict = isSame ? "no-change" : verdictOf(log, need, series.direction)
      let doubt = ""
      if (isAcross) [verdict, doubt] = ["unsure", "two environments: the machine and the code together"]
      else if (machine) [verdict, doubt] = ["unsure", "another machine"]
      else if (!isSame && isDoubted(series, row.number)) [verdict, doubt] = ["unsure", NOT_SURE]
      else if (!Number.isFinite(log)) doubt = "a value is zero or negative: no ratio exists"
      else if (!Number.isFinite(need)) doubt = "its noise is not known"
      else if (verdict === "unsure") doubt = "its noise hides changes that matter"
      rows.push({
        series, base: old.value, head: row.value, log, need, verdict, doubt,
        // A floor is 3.3 standard errors of a run, as what levels must exceed is of theirs.
        error: need / 3.3, isMeant: Number.isFinite(log) && !machine && doubt !== NOT_SURE,
        text: `${series.benchmark} ${series.parameters} ${series.metric} ${series.environment}`.toLowerCase(),
      })
    }
    return {rows, onlyBase: [...before.values()].map(row => row.series), onlyHead, isAcross, changes}
  }

  /* ---- choosing ---- */

  const suggest = (form, commits, releases) => {
    for (const field of [form.elements.base, form.elements.head]) {
      const list = document.getElementById(field.getAttribute("list"))
      const fill = () => {
        const isFound = finder(field.value)
        const options = []
        const add = (value, label) => {
          if (options.length >= 40 || !isFound(`${value} ${label}`.toLowerCase())) return
          options.push(Object.assign(node("option"), {value, label}))
        }
        for (const release of releases.toReversed()) {
          add(release.tag, `release · ${(commits.time[release.commit] ?? "").slice(0, 10)}`)
        }
        for (let i = commits.sha.length - 1; i >= 0 && options.length < 40; i--) {
          add(commits.sha[i].slice(0, 12), `${(commits.time[i] ?? "").slice(0, 10)} · ${commits.subject[i]}`)
        }
        list.replaceChildren(...options)
      }
      field.addEventListener("input", later(40, fill))
      field.addEventListener("focus", fill)
    }
  }

  const usual = (form, commits, releases) => {
    const last = commits.sha.length - 1
    if (!form.elements.head.value) form.elements.head.value = last >= 0 ? commits.sha[last].slice(0, 12) : ""
    if (form.elements.base.value) return
    const before = releases.filter(release => release.commit < last).at(-1)
    form.elements.base.value = before?.tag ?? (last > 0 ? commits.sha[last - 1].slice(0, 12) : "")
  }

  const environmentsOf = form => {
    const one = form.elements.environment.value
    return {base: form.elements.base_environment.value || one, head: form.elements.head_environment.value || one}
  }

  const remember = form => {
    const state = new URLSearchParams()
    for (const name of ["base", "head", "environment", "base_environment", "head_environment"]) {
      if (form.elements[name].value) state.set(name, form.elements[name].value)
    }
    for (const name of ["find", "verdict", "sort"]) {
      const value = document.querySelector(`.ps-compare__answer [name=${name}]`)?.value
      if (value) state.set(name, value)
    }
    history.replaceState(history.state, "", `${location.pathname}?${state}`)
  }

  const part = async (form, root) => {
    await script(new URL("ratios.js", here), () => window.perfsite.ratios)
    await script(new URL("compared.js", here), () => window.perfsite.compared)
    const answer = document.querySelector("[data-ps-answer]")
    const wait = document.querySelector("[data-ps-status]")
    const [commits, index, list, machines] = await Promise.all(
      ["commits", "series", "releases", "machines"].map(name => load(`${root}data/${name}.json`)))
    const known = new Map(index.series.map(series => [identity(series), series]))
    const resolve = resolver(commits, list.releases)
    readState(form)
    usual(form, commits, list.releases)
    suggest(form, commits, list.releases)
    let round = 0
    const show = async () => {
      const mine = ++round
      wait.textContent = "Comparing …"
      try {
        const base = resolve(form.elements.base.value, "base")
        const head = resolve(form.elements.head.value, "head")
        const isOfLevels = Boolean(base.release?.data && head.release?.data)
        const rowsOf = side => isOfLevels ? ofRelease(side, root, index.series) : ofCommit(side, root, commits, known)
        const [baseRows, headRows, isDoubted] = await Promise.all([rowsOf(base), rowsOf(head),
          isOfLevels ? doubtBetween(base, head, root, list.releases) : () => false])
        if (mine !== round) return
        const choice = environmentsOf(form)
        const found = compare({base, head, baseRows, headRows, choice, isOfLevels, machines, isDoubted})
        window.perfsite.compared(answer, {
          ...found, base, head, isOfLevels, choice, root, commits, index: index.series, groups: list.groups, machines,
          host: form.dataset.psHost, changed: () => remember(form),
        })
        wait.textContent = ""
        remember(form)
      } catch (error) {
        if (mine !== round) return
        answer.replaceChildren()
        wait.textContent = error instanceof Unknown ? error.message : "The figures cannot be loaded; try again."
        if (!(error instanceof Unknown)) console.warn("perfsite: no comparison:", error)
      }
    }
    form.addEventListener("submit", event => {
      event.preventDefault()
      show()
    })
    form.addEventListener("change", show)
    form.querySelector("[data-ps-swap]").addEventListener("click", () => {
      const {base, head, base_environment: was, head_environment: is} = form.elements
      ;[base.value, head.value] = [head.value, base.value]
      ;[was.value, is.value] = [is.value, was.value]
      show()
    })
    form.querySelector("details").open = Boolean(form.elements.base_environment.value || form.elements.head_environment.value)
    form.hidden = false
    await show()
  }

  window.perfsite.parts.compare = part
})()
