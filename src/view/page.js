// Lights what belongs to the selected line of the script. The selection is in the address:
// `#line=3`, or `#line=1:3` for another file than the script; `&pass=NAME` if not the last.
(() => {
  "use strict";
  const select = document.getElementById("pass");
  const status = document.getElementById("status");
  const last = select.value;
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const lines = all("#script .s");

  const address = () => {
    const words = new URLSearchParams(location.hash.slice(1));
    const line = words.get("line") || "";
    const place = /^\d+$/.test(line) ? "0:" + line : line;
    return { place: /^\d+:\d+$/.test(place) ? place : "", pass: words.get("pass") || last };
  };

  const go = (place, pass) => {
    const words = [];
    if (place) words.push("line=" + place.replace(/^0:/, ""));
    if (pass !== last) words.push("pass=" + pass);
    const hash = "#" + words.join("&");
    if (hash !== location.hash) history.replaceState(null, "", hash);
    show();
  };

  const showPass = (pass) => {
    const option = Array.from(select.options).find((option) => option.value === pass);
    if (!option) return;
    select.value = pass;
    for (const part of all("[data-behind]")) part.hidden = part.dataset.behind !== option.dataset.shown;
  };

  const inView = (selector) => {
    const found = all(selector).find((element) => !element.closest("[hidden]"));
    if (found) found.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const show = () => {
    const { place, pass } = address();
    showPass(pass);
    const counts = { s: 0, i: 0, c: 0, b: 0 };
    for (const element of all("[data-l]")) {
      const lit = place !== "" && element.dataset.l.split(" ").includes(place);
      element.classList.toggle("lit", lit);
      if (lit && !element.closest("[hidden]")) counts[element.classList[0]]++;
      if (element.classList.contains("s")) element.setAttribute("aria-selected", lit);
    }
    for (const box of all("#script .code")) {
      const line = box.querySelector(".lit");
      if (line) box.setAttribute("aria-activedescendant", line.id);
      else box.removeAttribute("aria-activedescendant");
    }
    const some = (count, word) => count + " " + word + (count === 1 ? "" : "s");
    status.textContent = counts.s === 0
      ? "select a line: click, or use the arrow keys"
      : "line " + place.replace(/^0:/, "") + ": " + some(counts.i, "instruction") + ", " +
        some(counts.b, "block") + ", " + some(counts.c, "line") + " of C";
    for (const pane of ["#script .lit", "#ir .lit", "#c .lit", "#cfg .b.lit"]) inView(pane);
  };

  const move = (step) => {
    const at = lines.findIndex((line) => line.classList.contains("lit"));
    const to = at < 0 ? (step > 0 ? 0 : lines.length - 1) : at + step;
    const line = lines[Math.max(0, Math.min(lines.length - 1, to))];
    if (line) go(line.dataset.l, address().pass);
  };

  document.addEventListener("click", (event) => {
    const element = event.target.closest("[data-l]");
    if (element) go(element.dataset.l.split(" ")[0], address().pass);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target === select || event.altKey || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -lines.length, End: lines.length };
    if (event.key in steps) move(steps[event.key]);
    else if (event.key === "Escape") go("", address().pass);
    else return;
    event.preventDefault();
  });
  select.addEventListener("change", () => go(address().place, select.value));
  addEventListener("hashchange", show);
  show();
})();
