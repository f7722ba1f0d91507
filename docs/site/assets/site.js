// Finds parts of pages that hold every word of what is typed; headings first, and the page's own language first.
const field = document.getElementById("search");
const list = document.getElementById("found");
const root = document.documentElement.dataset.root;
const language = document.documentElement.lang.slice(0, 2);
const most = 20, around = 70;

function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(word => word);
  if (!words.length) return [];
  return sections.map((section, order) => {
    const heading = (section.page + " " + section.heading).toLowerCase(), body = section.text.toLowerCase();
    if (!words.every(word => heading.includes(word) || body.includes(word))) return null;
    const inHeading = words.filter(word => heading.includes(word)).length;
    return { section, words, rank: inHeading * 2 + (section.language === language ? 1 : 0), order };
  }).filter(hit => hit).sort((a, b) => b.rank - a.rank || a.order - b.order).slice(0, most);
}

function show({ section, words }) {
  const item = document.createElement("li"), link = document.createElement("a"), part = document.createElement("small");
  const at = Math.max(0, ...words.map(word => section.text.toLowerCase().indexOf(word)));
  link.href = root + section.address;
  link.textContent = section.heading && section.heading !== section.page ? `${section.page} · ${section.heading}` : section.page;
  part.textContent = (at > around ? "…" : "") + section.text.slice(Math.max(0, at - around), at + 2 * around) + "…";
  link.append(part);
  item.append(link);
  return item;
}

field.addEventListener("input", () => {
  const hits = find(field.value);
  list.replaceChildren(...hits.map(show));
  if (!hits.length && field.value.trim()) {
    const none = document.createElement("li");
    none.textContent = field.dataset.none;
    list.append(none);
  }
  list.hidden = !field.value.trim();
});
document.addEventListener("keydown", event => {
  if (event.key === "/" && document.activeElement !== field) { event.preventDefault(); field.focus(); }
  if (event.key === "Escape") { list.hidden = true; field.blur(); }
  if (event.key === "Enter" && document.activeElement === field) list.querySelector("a")?.click();
  if (event.key === "ArrowDown" && list.contains(document.activeElement.closest("li") ?? field)) {
    const links = [...list.querySelectorAll("a")];
    links[(links.indexOf(document.activeElement) + 1) % links.length]?.focus();
    event.preventDefault();
  }
});
document.addEventListener("click", event => { if (!event.target.closest("search")) list.hidden = true; });
