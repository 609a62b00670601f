/* perfsite serve: show a new build where one looks, and what keeps it from being built. Never part of a published site. */
(() => {
  "use strict"
  if (window.perfsitePreview) return
  window.perfsitePreview = true
  const NEWS = "/.perfsite/news.json"
  const EVERY_MS = 250
  const PLACE = "perfsite-preview-scroll"
  let seen = null
  let banner = null

  /* What loads late makes the page long enough only then. */
  const back = () => {
    const [path, y] = JSON.parse(sessionStorage.getItem(PLACE) ?? "[]")
    sessionStorage.removeItem(PLACE)
    if (path !== location.href || !y) return
    const end = performance.now() + 3000
    const step = () => {
      scrollTo({top: y, behavior: "instant"})
      if (Math.abs(scrollY - y) > 2 && performance.now() < end) requestAnimationFrame(step)
    }
    step()
  }

  const say = text => {
    if (!text) {
      banner?.remove()
      banner = null
      return
    }
    if (!banner) {
      banner = document.createElement("div")
      banner.setAttribute("role", "alert")
      const style = {
        position: "fixed", inset: "auto 0 0 0", "z-index": "100", padding: "0.75rem 1rem", "max-height": "40vh",
        overflow: "auto", "white-space": "pre-wrap", "overflow-wrap": "anywhere", color: "#fff", background: "#8c1d18",
        font: "0.8rem/1.5 ui-monospace, monospace",
      }
      for (const [name, value] of Object.entries(style)) banner.style.setProperty(name, value)
    }
    const words = `Not built; this is the site as it was before.\n${text}`
    if (banner.textContent !== words) banner.textContent = words
    if (!banner.isConnected) document.body.append(banner)
  }

  const ask = async () => {
    try {
      if (!document.hidden) {
        const news = await (await fetch(NEWS, {cache: "no-store"})).json()
        if (seen !== null && news.built !== seen) {
          sessionStorage.setItem(PLACE, JSON.stringify([location.href, scrollY]))
          location.reload()
          return
        }
        seen = news.built
        say(news.problem)
      }
    } catch {
      /* The preview has ended, or is not back yet. */
    }
    setTimeout(ask, EVERY_MS)
  }

  back()
  ask()
})()
