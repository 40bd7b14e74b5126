// A very large scope is shown as one road counts it while the other is still at work. When both are done, what they say takes
// the place of it. Until then nothing here says that it is complete; without this the link in the note does the same.
const awaited = () => document.querySelector("#roads a.awaited");
let waiting = false;

// What the service says is in the language of the page; what the browser says of a connection that broke is not.
class Refused extends Error {}

async function answered(address) {
  for (;;) {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok && made.getElementById("roads")) return made;
    // The time of one request was over, or too much was asked at once; the work goes on.
    // Whoever is not signed in any more is asked to be behind the link; what else went wrong is told in the note.
    if (answer.status !== 503) throw new Refused(answer.status === 401 ? "" : made.querySelector("main [role=alert]")?.textContent.trim());
    await new Promise((after) => setTimeout(after, 2000));
  }
}

// The parts that the comparison changes; whoever reads or types in one of them stays where they are.
function turn(made) {
  for (const part of document.querySelectorAll("[data-roads]")) {
    const fresh = made.getElementById(part.id);
    if (!fresh) continue;
    const here = part.contains(document.activeElement) ? document.activeElement : null;
    const aside = [...part.querySelectorAll(".tabs")].map((tabs) => tabs.scrollLeft);
    part.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
    part.querySelectorAll(".tabs").forEach((tabs, number) => { tabs.scrollLeft = aside[number] || 0; });
    if (!here) continue;
    const alike = [...part.querySelectorAll(here.tagName)].find((each) =>
      each.getAttribute("href") === here.getAttribute("href") && each.textContent === here.textContent);
    if (alike) alike.focus({ preventScroll: true });
    else document.getElementById("content").focus({ preventScroll: true });
  }
}

async function compare() {
  if (waiting) return;
  waiting = true;
  try {
    for (let link = awaited(); link; link = awaited()) {
      const made = await answered(link.href);
      // Meanwhile the reader may have turned to another view of the scope: then its own answer is asked for.
      if (awaited()?.href === link.href) turn(made);
    }
  } catch (error) {
    const link = awaited();
    const said = error instanceof Refused ? error.message : "";
    if (link) link.parentElement.replaceChildren(document.createTextNode(`${link.dataset.wrong} `), link, ` ${said}`);
  } finally {
    waiting = false;
  }
}

document.addEventListener("turned", compare);
// The comparison takes all the processors it gets: first the reader sees the page.
if (document.readyState === "complete") compare();
else addEventListener("load", () => setTimeout(compare, 400));
