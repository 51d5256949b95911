() => [...document.querySelectorAll("button, textarea, input:not([type=radio], [type=checkbox]), .tick-row")]
  .filter((node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !node.matches(".mention"))
  .map((node) => [node.className, node.getAttribute("aria-label") ?? node.textContent, node.getBoundingClientRect()])
  .filter(([, , at]) => at.width && (at.height < 43.5 || at.width < 43.5))
  .map(([name, words, at]) => `${name} ${words} ${at.width}x${at.height}`)
