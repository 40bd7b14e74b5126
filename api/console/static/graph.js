// Draws the folded graph at the places that the server worked out. Whatever changes the picture (unfold, fold again, filter,
// time) is asked of the server as the address of that view, and the parts of its page take the place of these.
const place = document.getElementById("drawing");
const panel = document.getElementById("chosen");
const form = document.getElementById("looking");
const slider = document.getElementById("slider");
const phrases = document.getElementById("phrases").dataset;
const hint = [...panel.childNodes].map((node) => node.cloneNode(true));
const nodes = new vis.DataSet();
const edges = new vis.DataSet();
let data = { nodes: [], edges: [], through: [], options: {} };
let network = null;
let asking = null;

const byId = (id) => data.nodes[id];
const shown = () => data.nodes.filter((node) => !nodes.get(node.id).hidden);

function draw(fit) {
  data = JSON.parse(document.getElementById("graph-data").textContent);
  nodes.clear();
  edges.clear();
  nodes.add(data.nodes.map(({ told, name, ...node }) => node));
  edges.add(data.edges.map((edge, number) => ({ ...edge, id: number })));
  if (!network) {
    network = new vis.Network(place, { nodes, edges }, data.options);
    network.on("click", (event) => (event.nodes.length ? choose(event.nodes[0], true) : release()));
    network.on("doubleClick", (event) => event.nodes.length && go(byId(event.nodes[0]).open));
    network.once("afterDrawing", () => { legible(); place.dataset.ready = "yes"; });
  } else if (fit) {
    legible();
  }
  sort();
  if (data.through.length) brighten(new Set(data.through));
}

// The whole picture; where its words could not be read, its beginning: the start, and what it goes into.
function legible() {
  network.fit();
  if (network.getScale() >= 0.5 || !data.nodes.length) return;
  const first = data.nodes.find((node) => node.kind === "start" || node.kind === "selected") || data.nodes[0];
  const left = Math.min(...data.nodes.map((node) => node.x));
  network.moveTo({ scale: 0.6, position: { x: left - 140 + place.clientWidth / 1.2, y: first.y } });
}

// Everything that leads to a node and everything that it leads to: the path that an auditor follows.
function related(id) {
  const found = new Set([id]);
  for (const [from, to] of [["from", "to"], ["to", "from"]]) {
    const waiting = [id], seen = new Set([id]);
    while (waiting.length) {
      const here = waiting.pop();
      for (const edge of data.edges) {
        if (edge[from] === here && !seen.has(edge[to])) {
          seen.add(edge[to]);
          found.add(edge[to]);
          waiting.push(edge[to]);
        }
      }
    }
  }
  return found;
}

function brighten(near) {
  nodes.update(data.nodes.map((node) => ({ id: node.id, opacity: near && !near.has(node.id) ? 0.2 : 1 })));
  edges.update(data.edges.map((edge, number) => ({
    id: number,
    color: { color: edge.color, opacity: near && !(near.has(edge.from) && near.has(edge.to)) ? 0.12 : 1 },
  })));
}

function element(name, text, more) {
  const made = document.createElement(name);
  made.textContent = text;
  return Object.assign(made, more || {});
}

function release() {
  network.unselectAll();
  brighten(data.through.length ? new Set(data.through) : null);
  panel.replaceChildren(...hint.map((node) => node.cloneNode(true)));
}

function choose(id, evidence) {
  const node = byId(id);
  network.selectNodes([id]);
  brighten(related(id));
  const parts = [element("h2", node.name), element("p", node.told)];
  parts.push(element("a", "#" + (id + 1), { href: "#n" + id }));
  const tools = element("p", "");
  for (const [name, address, kind] of [["unfold", node.open, "turn"], ["fold", node.shut, "turn"], ["route", node.route, "turn"], ["behind", node.behind, "behind"]]) {
    if (address) tools.append(element("a", phrases[name], { href: address, className: "button plain " + kind }), " ");
  }
  if (node.href) tools.append(element("a", node.name, { href: node.href, className: "button plain" }));
  panel.replaceChildren(...parts, tools);
  if (evidence) behind(node.behind);
}

async function page(address) {
  if (asking) asking.abort();
  asking = new AbortController();
  const answer = await fetch(address, { signal: asking.signal, headers: { accept: "text/html" } });
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok) throw new Error(made.querySelector("main")?.textContent.trim() || phrases.wrong);
  return made;
}

function wrong(error) {
  if (error.name !== "AbortError") panel.replaceChildren(element("p", error.message || phrases.wrong, { className: "note" }));
}

// What stands behind a node, in the panel: who is folded into it, and the facts to file and row.
async function behind(address) {
  try {
    const made = await page(address);
    const found = document.adoptNode(made.getElementById("evidence"));
    panel.querySelector("#evidence")?.remove();
    panel.append(found);
    place.dataset.evidence = "yes";
  } catch (error) { wrong(error); }
}

// Another view of the same scope: its address stands in the bar, so that it can be sent on and comes back with "back".
async function go(address, quietly) {
  if (!address) return;
  const [before] = network.getSelectedNodes().map(byId);
  try {
    const made = await page(address);
    for (const part of document.querySelectorAll(".turned")) {
      const fresh = made.getElementById(part.id);
      if (part.id === "graph-data") part.textContent = fresh.textContent;
      else part.replaceWith(document.adoptNode(fresh));
    }
    for (const name of ["fold", "until", "to"]) form.elements[name].value = made.getElementById("looking").elements[name].value;
    for (const box of form.querySelectorAll("input[type=checkbox]")) {
      box.checked = made.querySelector(`#looking input[name="${box.name}"][value="${box.value}"]`).checked;
    }
    document.dispatchEvent(new Event("turned"));
    if (!quietly) history.pushState(null, "", address);
    draw(true);
    place.dataset.turned = String(Number(place.dataset.turned || 0) + 1);
    const again = before && data.nodes.find((node) => node.name === before.name && node.kind === before.kind);
    if (again) choose(again.id, false);
    else release();
  } catch (error) { wrong(error); }
}

function looked() {
  const wanted = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...wanted]) if (!value) wanted.delete(name, value);
  go("/graph?" + wanted);
}

function sort() {
  const off = new Set([...document.querySelectorAll("#filter input:not(:checked)")].map((box) => box.value));
  nodes.update(data.nodes.map((node) => ({ id: node.id, hidden: off.has(node.kind) })));
}

// The nearest node in the direction of an arrow key; without one chosen, the first from the left.
function next(id, key) {
  const all = shown();
  if (id === undefined) return all.slice().sort((a, b) => a.x - b.x || a.y - b.y)[0];
  const here = byId(id), [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const score = (node) => {
    const x = node.x - here.x, y = node.y - here.y, along = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
    return along <= 0 ? Infinity : dx ? along + aside / 4 : along + aside * 3;
  };
  return all.filter((node) => score(node) < Infinity).sort((a, b) => score(a) - score(b))[0];
}

place.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const [id] = network.getSelectedNodes();
  const chosen = id === undefined ? null : byId(id);
  const zoom = (by) => network.moveTo({ scale: network.getScale() * by });
  if (event.key.startsWith("Arrow")) {
    const node = next(id, event.key);
    if (node) {
      choose(node.id, false);
      network.focus(node.id, { scale: Math.max(network.getScale(), 0.6) });
    }
  } else if (event.key === "Escape") release();
  else if (event.key === "Enter" && chosen) behind(chosen.behind);
  else if (event.key.toLowerCase() === "u" && chosen) go(chosen.open);
  else if (event.key.toLowerCase() === "f" && chosen) go(chosen.shut);
  else if (event.key === "+" || event.key === "=") zoom(1.25);
  else if (event.key === "-") zoom(0.8);
  else if (event.key === "Home") network.fit();
  else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target instanceof Element && event.target.closest("a.turn, a.behind");
  if (!link) return;
  event.preventDefault();
  if (link.classList.contains("turn")) go(link.getAttribute("href"));
  else {
    const id = data.nodes.findIndex((node) => node.behind === link.getAttribute("href"));
    if (id >= 0 && !panel.contains(link)) {
      choose(id, true);
      panel.scrollIntoView({ block: "nearest" });
    } else behind(link.getAttribute("href"));
  }
});
form.addEventListener("submit", (event) => { event.preventDefault(); looked(); });
form.addEventListener("change", (event) => { if (event.target !== slider && event.target.name !== "to") looked(); });
if (slider) {
  const days = slider.dataset.days.split(" ");
  let waiting = 0;
  slider.addEventListener("input", () => {
    const last = Number(slider.value) === days.length - 1;
    form.elements.until.value = last ? "" : days[Number(slider.value)];
    slider.setAttribute("aria-valuetext", days[Number(slider.value)]);
    clearTimeout(waiting);
    waiting = setTimeout(looked, 150);
  });
}
addEventListener("popstate", () => go(location.pathname + location.search, true));
document.getElementById("filter").addEventListener("change", sort);
document.getElementById("whole").addEventListener("click", () => { release(); network.fit(); });
draw(false);
