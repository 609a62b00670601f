/* perfsite: the list of benchmarks: static lines, filtered, and taken out of their groups for another order. */
(() => {
  "use strict"
  const {byText, follow, matcher, node, readState, writeState} = window.perfsite.tools

  const ORDERS = {
    __proto__: null,
    worst: (a, b) => a.rank - b.rank,
    name: byText,
  }

  window.perfsite.parts.benchmarks = form => {
    const count = form.querySelector("output")
    const groups = [...document.querySelectorAll(".ps-group")]
    const wasOpen = new Map(groups.map(group => [group, group.open]))
    const flat = node("ul", "ps-list ps-benchmarks")
    form.after(flat)
    const all = [...document.querySelectorAll(".ps-benchmarks > li")].map(line => ({
      line, home: line.parentElement, rank: Number(line.dataset.rank), verdict: line.dataset.state,
      group: line.closest(".ps-group")?.querySelector(".ps-group__name").textContent,
      text: line.querySelector("a").textContent.toLowerCase(),
    }))
    let order = ""
    const arrange = wanted => {
      if (wanted === order) return
      order = wanted
      if (ORDERS[order]) flat.append(...[...all].sort(ORDERS[order]).map(one => one.line))
      else for (const one of all) one.home.append(one.line)
    }
    const apply = () => {
      arrange(form.elements.sort.value)
      const fits = matcher(form)
      const group = form.elements.group?.value
      const isFiltered = Boolean(form.elements.find.value.trim() || form.elements.verdict.value || group)
      let shown = 0
      for (const one of all) {
        one.line.hidden = !fits(one, one.text) || Boolean(group && one.group !== group)
        shown += one.line.hidden ? 0 : 1
      }
      for (const fold of groups) {
        fold.hidden = !fold.querySelector("li:not([hidden])")
        fold.open = isFiltered || wasOpen.get(fold)
      }
      count.value = isFiltered ? `${shown} of ${all.length} benchmarks` : ""
    }
    follow(form, () => {
      writeState(form)
      apply()
    })
    if (readState(form)) apply()
  }
})()
