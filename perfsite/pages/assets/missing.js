/* perfsite: the 404 page: short shas, incidents that moved, and commits that are not published yet. */
(() => {
  "use strict"
  const {link, load, node, script} = window.perfsite.tools
  const here = document.currentScript.src

  /* An incident's id begins a commit's sha: one of before lies in the range of today's, or a few commits beside it. */
  const moved = async page => {
    const found = /^(.*?\/)incidents\/([0-9a-f]{4,64})\/?$/i.exec(location.pathname)
    if (!found) return false
    const [, root, text] = found
    const wanted = text.toLowerCase()
    page.querySelector("h1").textContent = "This incident is not there any more"
    const answer = page.querySelector("[data-ps-answer]")
    answer.textContent = `What was incident ${wanted} is no change any more, now that more runs are known.`
    try {
      const [{incidents}, {sha}] = await Promise.all([load(`${root}data/incidents.json`), load(`${root}${page.dataset.psMissing}`)])
      const at = sha.findIndex(one => one.startsWith(wanted))
      const near = incidents.filter(one => at >= 0 && one.good - 3 < at && at <= one.bad + 3)
        .sort((one, other) => Math.abs(one.commit - at) - Math.abs(other.commit - at))
      const begun = incidents.filter(one => one.id.startsWith(wanted))
      const now = begun.length === 1 ? begun[0] : near[0]
      if (now) location.replace(`${root}${now.url}`)
    } catch {
      answer.textContent = "The list of incidents cannot be loaded, so this one cannot be looked up."
    }
    return true
  }

  /* A commit that the list knows has no page where old pages were thinned: its values are published all the same. */
  const thinned = async (page, root, sha, subject, time) => {
    const packed = `${root}commits/${sha}/data.csv.gz`
    const found = await fetch(packed, {method: "HEAD"})
    if (!found.ok) return false
    page.querySelector("h1").textContent = `${sha.slice(0, 8)} ${subject ?? ""}`
    const at = time ? ` on ${time.slice(0, 10)}` : ""
    page.querySelector("[data-ps-answer]").textContent = `Measured${at}. The pages of old commits are left out to keep the ` +
      "site small. Here is every value."
    const button = node("button", "ps-button", "Show all measurements")
    button.type = "button"
    const rest = node("div", "ps-rest", button, " ", link(packed, "", "All as CSV, packed"))
    Object.assign(rest.dataset, {psMeasurements: packed, psIndex: `${root}data/series.json`})
    page.append(rest)
    await script(new URL("commit.js", here), () => window.perfsite.parts.commit)
    window.perfsite.parts.commit(rest, root)
    return true
  }

  const missing = async page => {
    if (await moved(page)) return
    const found = /^(.*?\/)commits\/([0-9a-f]{4,64})\/?$/i.exec(location.pathname)
    if (!found) return
    const [, root, text] = found
    const wanted = text.toLowerCase()
    const answer = page.querySelector("[data-ps-answer]")
    try {
      const index = await load(`${root}${page.dataset.psMissing}`)
      const hits = index.sha.map((sha, i) => ({sha, subject: index.subject[i], time: index.time[i]})).filter(entry => entry.sha.startsWith(wanted))
      if (hits.length === 1 && hits[0].sha !== wanted) {
        location.replace(`${root}commits/${hits[0].sha}/`)
      } else if (hits.length > 1) {
        answer.textContent = `${hits.length} commits begin with ${wanted}:`
        answer.after(node("ul", "ps-list ps-list--plain", ...hits.slice(0, 20).map(hit =>
          node("li", "", link(`${root}commits/${hit.sha}/`, "ps-sha", hit.sha.slice(0, 12)), ` ${hit.subject ?? ""}`))))
      } else if (!hits.length || !await thinned(page, root, wanted, hits[0].subject, hits[0].time)) {
        page.querySelector("h1").textContent = "This commit is not published"
        answer.textContent = `Commit ${wanted} has no page here. Either its benchmarks have not run yet, or the site has ` +
          "not been built since; come back when the run is through."
      }
    } catch {
      answer.textContent = "The list of commits cannot be loaded, so this commit cannot be looked up."
    }
  }

  window.perfsite.parts.missing = missing
})()
