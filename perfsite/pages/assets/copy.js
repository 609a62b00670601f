/* perfsite: a text to take along: a button that copies it. */
(() => {
  "use strict"

  window.perfsite.parts.copy = place => {
    const text = place.querySelector("textarea")
    const button = place.querySelector("button")
    const word = button.textContent
    button.hidden = false
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.value)
        button.textContent = "Copied"
      } catch {
        // Without a clipboard (an insecure address, no permission) the text is chosen, so that one key copies it.
        text.select()
        button.textContent = "Press Ctrl and C"
      }
      setTimeout(() => { button.textContent = word }, 2500)
    })
  }
})()
