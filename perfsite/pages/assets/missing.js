/* perfsite: the 404 page: short shas, tags, names and incidents of before, and commits that are not published yet. */
(() => {
  "use strict"
  const {link, load, node, script} = window.perfsite.tools
  const here = document.currentScript.src
  const WAIT_S = 30, MOST_WAITS = 20, MOST_FOUND = 20

  /* What stands before the kind of page is the root. It is never taken for a host: a path may begin with two slashes. */
  const address = () => {
    const path = location.pathname.replace(/\/index\.html$/, "/")
    const found = /^(.*\/)(commits?|incidents|benchmarks|releases)\/(.+?)\/?$/.exec(path)
    if (!found) return null
    const [, root, kind, rest] = found
    let text = rest
    try {
      text = decodeURIComponent(rest)
    } catch { /* As it is. */ }
    return {root: new URL(`${location.origin}${root}`), kind, text}
  }
  const inside = (root, url) => `${root.href}${url}`
  /* Where the page asked for is the one that is missing, going there would go on for ever. */
  const go = (root, url) => {
    const target = new URL(url, root)
    if (target.pathname === location.pathname) return false
    location.replace(target)
    return true
  }
  const say = (page, title, text) => {
    page.querySelector("h1").textContent = title
    page.querySelector("[data-ps-answer]").textContent = text
  }
  const offer = (page, links) => page.querySelector("[data-ps-found]").replaceChildren(
    node("ul", "ps-list ps-list--plain", ...links.slice(0, MOST_FOUND).map(([href, text, more]) =>
      node("li", "", link(href, "", text), more ? node("span", "ps-of ps-subject", more) : null))),
    ...links.length > MOST_FOUND ? [node("p", "ps-of", `and ${links.length - MOST_FOUND} more`)] : [])

  /* ---- commits ---- */

  /* Asks for the page itself now and then, so that whoever came too early need not come back; not where data is dear. */
  const wait = (page, url) => {
    const told = node("p", "ps-of")
    page.querySelector("[data-ps-found]").after(told)
    if (navigator.connection?.saveData || matchMedia("(prefers-reduced-data: reduce)").matches) {
      told.textContent = "Reload the page to look again."
      return
    }
    let left = MOST_WAITS
    const look = async () => {
      if (!page.isConnected) return
      if (document.hidden) {
        document.addEventListener("visibilitychange", look, {once: true})
        return
      }
      left -= 1
      const answer = await fetch(url, {method: "HEAD", cache: "no-store"}).catch(() => null)
      if (answer?.ok) location.reload()
      else if (left > 0) setTimeout(look, WAIT_S * 1000)
      else told.textContent = "It is not there after ten minutes. Reload the page to look again."
    }
    told.textContent = `Looking again every ${WAIT_S} seconds, for ten minutes; the page opens once it is there.`
    setTimeout(look, WAIT_S * 1000)
  }

  const unpublished = (page, {root}, wanted, host, isListed) => {
    const short = wanted.slice(0, 12)
    say(page, "This commit is not published yet", isListed
      ? `Commit ${short} was measured, but its page is not here: the site is just being published, or keeps the pages of newer commits only.`
      : `Commit ${short} has no page here. Its benchmarks have not run yet, are still running, or the site has not been built since.`)
    if (/^https?:\/\//i.test(host ?? "")) offer(page, [[`${host}/commit/${wanted}`, "Show the change at its host"]])
    wait(page, inside(root, `commits/${wanted}/`))
  }

  /* A commit that the list knows has no page where old pages were thinned: its values are published all the same. */
  const thinned = async (page, {root}, {sha, subject, time}) => {
    const packed = inside(root, `commits/${sha}.csv.gz`)
    const found = await fetch(packed, {method: "HEAD"})
    if (!found.ok) return false
    const at = time ? ` on ${time.slice(0, 10)}` : ""
    say(page, `${sha.slice(0, 8)} ${subject ?? ""}`,
      `Measured${at}. The pages of old commits are left out to keep the site small. Here is every value.`)
    const button = node("button", "ps-button", "Show all measurements")
    button.type = "button"
    const rest = node("div", "ps-rest", button, " ", link(packed, "", "All as CSV, packed"))
    Object.assign(rest.dataset, {psMeasurements: packed, psIndex: inside(root, "data/series.json")})
    page.append(rest)
    await script(new URL("commit.js", here), () => window.perfsite.parts.commit)
    window.perfsite.parts.commit(rest, root.href)
    return true
  }

  const commit = async (page, place) => {
    const wanted = place.text.toLowerCase().replace(/\.html$/, "")
    if (!/^[0-9a-f]{4,64}$/.test(wanted)) {
      const isShort = /^[0-9a-f]{1,3}$/.test(wanted)
      say(page, "This is no commit", isShort ? "Give at least four digits of its sha." : "A commit's address ends in its sha.")
      return
    }
    say(page, "Looking for this commit", `Which commit begins with ${wanted}?`)
    const {sha, subject, time, host} = await load(inside(place.root, "data/commits.json"))
    const hits = sha.flatMap((one, i) => one.startsWith(wanted) ? [{sha: one, subject: subject[i], time: time[i]}] : [])
    if (hits.length === 1 && go(place.root, `commits/${hits[0].sha}/`)) return
    if (hits.length > 1) {
      say(page, `${hits.length} commits begin with ${wanted}`, "Which of them is it?")
      offer(page, hits.map(hit => [inside(place.root, `commits/${hit.sha}/`), hit.sha.slice(0, 12), hit.subject]))
      return
    }
    if (hits.length && await thinned(page, place, hits[0])) return
    if (wanted.length >= 40) unpublished(page, place, wanted, host, hits.length)
    else say(page, "No such commit", `No measured commit begins with ${wanted}. Either it was not measured, or the site ` +
      "has not been built since.")
  }

  /* ---- incidents: an id begins a commit's sha; one of before lies in the range of today's, or a few commits beside ---- */

  const incident = async (page, {root, text}) => {
    const wanted = text.toLowerCase()
    say(page, "This incident is not there any more",
      `What was incident ${wanted} is no change any more, now that more runs are known.`)
    const [{incidents}, {sha}] = await Promise.all([
      load(inside(root, "data/incidents.json")), load(inside(root, "data/commits.json"))])
    const at = sha.findIndex(one => one.startsWith(wanted))
    const near = incidents.filter(one => at >= 0 && one.good - 3 < at && at <= one.bad + 3)
      .sort((one, other) => Math.abs(one.commit - at) - Math.abs(other.commit - at))
    const begun = incidents.filter(one => one.id.startsWith(wanted))
    const now = begun.length === 1 ? begun[0] : near[0]
    if (now) go(root, now.url)
  }

  /* ---- benchmarks and releases: by their names, else those that are nearest ---- */

  const words = text => new Set(text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean))
  const likeness = (a, b) => {
    let common = 0
    for (const word of a) common += b.has(word) ? 1 : 0
    return common / Math.max(1, a.size + b.size - common)
  }
  const nearest = (text, names) => {
    const mine = words(text.replace(/-[0-9a-f]{10,16}$/, ""))
    return names.map(one => ({...one, like: likeness(mine, words(one.name))})).filter(one => one.like > .3)
      .sort((a, b) => b.like - a.like).slice(0, 8)
  }

  const benchmark = async (page, {root, text}) => {
    say(page, "No such benchmark", "It was renamed, or is not measured any more.")
    const {series} = await load(inside(root, "data/series.json"))
    const names = [...new Map(series.map(one => [one.url, {name: one.benchmark, url: one.url}])).values()]
    const same = names.find(one => one.name === text)
    if (!same || !go(root, same.url)) offer(page, nearest(text, names).map(one => [inside(root, one.url), one.name]))
  }

  const bare = tag => tag.toLowerCase().replace(/^(refs\/tags\/|release[-_/]?|rel[-_/]|version[-_/]?|v)+/, "").replaceAll("_", ".")
  const release = async (page, {root, text}) => {
    say(page, "No such release", "No tag of a measured commit has this name.")
    const {releases} = await load(inside(root, "data/commit-lines.json"))
    const names = releases.map(([, name, url]) => ({name, url}))
    const same = names.find(one => one.name === text) ?? names.find(one => bare(one.name) === bare(text))
    if (!same || !go(root, same.url)) offer(page, nearest(text, names.reverse()).map(one => [inside(root, one.url), one.name]))
  }

  const missing = async page => {
    const place = address()
    if (!place) return
    const kinds = {commit, commits: commit, incidents: incident, benchmarks: benchmark, releases: release}
    try {
      await kinds[place.kind](page, place)
    } catch {
      page.querySelector("[data-ps-answer]").textContent = "What this site holds cannot be loaded, so this cannot be looked up."
    }
  }

  window.perfsite.parts.missing = missing
})()
