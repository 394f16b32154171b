// Which characters of the page are marked as the target of its address: the pixels tell, since nothing else does.
// The page is made white but for ::target-text; a character is marked if its middle is not white.
(() => {
  const style = document.createElement("style");
  style.textContent = `
    *, *::before, *::after { background: none !important; color: transparent !important;
      -webkit-text-fill-color: transparent !important; -webkit-text-stroke: 0 !important; border-color: transparent !important;
      outline: none !important; box-shadow: none !important; text-shadow: none !important; opacity: 1 !important;
      filter: none !important; animation: none !important; transition: none !important; scroll-behavior: auto !important;
      text-decoration-color: transparent !important; caret-color: transparent !important; clip: auto !important;
      clip-path: none !important; mask: none !important; transform: none !important; overflow: visible !important;
      max-height: none !important; min-height: 0 !important; margin: 0 !important; padding: 0 !important;
      line-height: 1.5 !important; text-indent: 0 !important }
    *:not(img, svg, iframe, video, canvas, object, embed) { height: auto !important }
    html { background: #fff !important }
    img, svg, video, iframe, object, embed, canvas, hr, input, button, select, textarea, progress, meter, audio
      { opacity: 0 !important }
    img, svg, video, iframe, object, embed, canvas { height: 1px !important }
    *::target-text { background: #f0f !important; color: transparent !important }
    .one-run * { visibility: hidden !important }
    .one-run .its-own { visibility: visible !important }
    *::marker { color: transparent !important }`;
  document.documentElement.append(style);
  // What is positioned stands in line, the same block still, so that less text lies over other text.
  for (const element of document.body.querySelectorAll("*")) {
    const { position, display } = getComputedStyle(element);
    if (!["absolute", "fixed", "sticky"].includes(position)) continue;
    element.style.setProperty("position", "static", "important");
    element.style.setProperty("display", display, "important");
  }

  const characters = [], middles = [], nodes = [];
  const range = document.createRange();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    range.selectNodeContents(node);
    if (!range.getClientRects().length || getComputedStyle(node.parentElement).visibility !== "visible") continue;
    let at = 0;
    for (const character of node.data) {
      range.setStart(node, at);
      range.setEnd(node, (at += character.length));
      const box = /\s/.test(character) ? undefined : [...range.getClientRects()].find((r) => r.width > 0 && r.height > 0);
      if (!box) continue;
      characters.push(character);
      nodes.push(node);
      middles.push(box.left + scrollX + box.width / 2, box.top + scrollY + box.height / 2);
    }
  }

  // [first, end) runs of the marked characters, as numbers of the page's visible characters.
  window.markedRuns = async (png) => {
    const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
    const runs = [];
    for (let n = 0; n < characters.length; n++) {
      const x = Math.floor(middles[2 * n] - scrollX), y = Math.floor(middles[2 * n + 1] - scrollY);
      if (x < 0 || y < 0 || x >= width || y >= height || data[4 * (y * width + x) + 1] > 128) continue;
      if (runs.length && runs.at(-1)[1] === n) runs.at(-1)[1] = n + 1;
      else runs.push([n, n + 1]);
    }
    return runs;
  };
  // Shows one run alone, or all again: of text that lies over other text the pixels do not tell which is marked.
  window.showOnly = (first, end) => {
    for (const element of document.querySelectorAll(".its-own")) element.classList.remove("its-own");
    document.documentElement.classList.toggle("one-run", first !== undefined);
    for (const node of new Set(nodes.slice(first ?? 0, end ?? 0))) node.parentElement.classList.add("its-own");
  };
  // Chromium keeps what it marked for an earlier address; new text has no marks.
  window.unmark = () => {
    for (const node of new Set(nodes)) {
      const text = node.data;
      node.data = "";
      node.data = text;
    }
  };
  return characters.join("");
})();
