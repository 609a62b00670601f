/* perfsite: the page that other sites show in a frame: which benchmark and which colours, from its address. */
(() => {
  "use strict"
  const wanted = new URLSearchParams(location.search)
  const slug = wanted.get("benchmark") ?? ""
  const figure = document.querySelector(".ps-chart")
  const scheme = matchMedia("(prefers-color-scheme: dark)")
  const setScheme = () => {
    const isDark = wanted.has("scheme") ? wanted.get("scheme") === "dark" : scheme.matches
    document.body.dataset.mdColorScheme = isDark ? "slate" : "default"
  }
  setScheme()
  scheme.addEventListener("change", setScheme)
  if (!/^[a-z0-9_-]{1,120}$/.test(slug)) {
    figure.removeAttribute("data-ps-part")
    figure.textContent = "This address names no benchmark: it needs ?benchmark= and the last part of the address of its page."
    return
  }
  const root = document.querySelector("[data-ps-root]").dataset.psRoot
  const title = document.querySelector(".ps-embed__name a")
  title.href = `${root}benchmarks/${slug}/`
  figure.dataset.psBenchmark = slug
  figure.dataset.psChart = `${root}benchmarks/${slug}/data.json`
  figure.addEventListener("perfsite:ready", event => {
    title.textContent = document.title = event.detail
  })
})()
