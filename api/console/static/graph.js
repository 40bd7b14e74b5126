// Draws the folded graph at the places that the server worked out, and lets a reader choose, follow and filter.
const data = JSON.parse(document.getElementById("graph-data").textContent);
const place = document.getElementById("drawing");
const panel = document.getElementById("chosen");
const hint = panel.innerHTML;
const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
const nodes = new vis.DataSet(data.nodes.map((node) => ({ ...node, font: { color: "#17242d" } })));
const edges = new vis.DataSet(data.edges.map((edge, number) => ({ ...edge, id: number })));
const options = { ...data.options, interaction: { ...data.options.interaction, keyboard: { enabled: true, bindToWindow: false } } };
const network = new vis.Network(place, { nodes, edges }, options);
const byId = new Map(data.nodes.map((node) => [node.id, node]));

// Everything that leads to a node and everything that it leads to: the path that an auditor follows.
function related(id) {
  const found = new Set([id]);
  for (const [from, to] of [["from", "to"], ["to", "from"]]) {
    const waiting = [id];
    while (waiting.length) {
      const here = waiting.pop();
      for (const edge of data.edges) {
        if (edge[from] === here && !found.has(edge[to])) {
          found.add(edge[to]);
          waiting.push(edge[to]);
        }
      }
    }
  }
  return found;
}

function choose(id) {
  const near = id === null ? null : related(id);
  nodes.update(data.nodes.map((node) => ({ id: node.id, opacity: near && !near.has(node.id) ? 0.2 : 1 })));
  edges.update(
    data.edges.map((edge, number) => ({
      id: number,
      color: { color: edge.color, opacity: near && !(near.has(edge.from) && near.has(edge.to)) ? 0.12 : 1 },
    })),
  );
  if (id === null) {
    panel.innerHTML = hint;
    return;
  }
  const node = byId.get(id);
  const title = document.createElement("h2");
  title.textContent = node.name || node.label;
  const said = document.createElement("p");
  said.textContent = node.title;
  const row = document.createElement("a");
  row.href = `#n${node.place}`;
  row.textContent = "#" + (node.place + 1);
  panel.replaceChildren(title, said, row);
  if (node.href) {
    const link = document.createElement("a");
    link.href = node.href;
    link.className = "button";
    link.textContent = node.name;
    panel.append(document.createElement("br"), link);
  }
}

network.on("click", (event) => choose(event.nodes.length ? event.nodes[0] : null));
place.addEventListener("keydown", (event) => {
  const ids = network.getSelectedNodes();
  if (event.key === "Escape") {
    network.unselectAll();
    choose(null);
  } else if (event.key === "Tab" && !event.ctrlKey && !event.altKey) {
    // Tab goes from group to group, left to right, and leaves the picture behind the last one.
    const shown = data.nodes.filter((node) => !nodes.get(node.id).hidden);
    const next = ids.length ? shown.findIndex((node) => node.id === ids[0]) + (event.shiftKey ? -1 : 1) : event.shiftKey ? -1 : 0;
    if (next >= 0 && next < shown.length) {
      event.preventDefault();
      network.selectNodes([shown[next].id]);
      network.focus(shown[next].id, { scale: Math.max(network.getScale(), 0.6) });
      choose(shown[next].id);
    }
  } else if (event.key === "Enter" && ids.length && byId.get(ids[0]).href) {
    location.href = byId.get(ids[0]).href;
  }
});
document.getElementById("filter").addEventListener("change", () => {
  const off = new Set([...document.querySelectorAll("#filter input:not(:checked)")].map((box) => box.value));
  nodes.update(data.nodes.map((node) => ({ id: node.id, hidden: off.has(node.kind) })));
});
document.getElementById("whole").addEventListener("click", () => {
  network.unselectAll();
  choose(null);
  network.fit();
});
network.once("afterDrawing", () => {
  network.fit();
  place.dataset.ready = "yes";
});
