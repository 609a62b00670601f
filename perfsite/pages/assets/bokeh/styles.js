/* perfsite: BokehJS writes its styles as <style> elements, which a strict Content-Security-Policy forbids. Those that go
   into a shadow root become constructed style sheets instead, which it allows; they read, change and go as before. */
(() => {
  "use strict"
  const {prototype} = window.ShadowRoot
  if (!("adoptedStyleSheets" in prototype)) return
  const text = Object.getOwnPropertyDescriptor(Node.prototype, "textContent")
  const sheets = new WeakMap()
  const sheetOf = style => {
    if (!sheets.has(style)) {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(style.textContent)
      sheets.set(style, sheet)
      Object.defineProperty(style, "textContent", {
        get: () => text.get.call(style),
        set: value => {
          text.set.call(style, value)
          sheet.replaceSync(value)
        },
      })
    }
    return sheets.get(style)
  }
  const adopt = (root, style) => {
    const sheet = sheetOf(style)
    const leave = () => { root.adoptedStyleSheets = root.adoptedStyleSheets.filter(other => other !== sheet) }
    leave()
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
    style.remove = leave
  }
  const {append} = prototype
  prototype.append = function (...nodes) {
    for (const node of nodes) {
      if (node instanceof HTMLStyleElement) adopt(this, node)
      else append.call(this, node)
    }
  }
})()
