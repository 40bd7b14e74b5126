// Files can be dropped instead of chosen, and a job is watched as it goes on. Without this both are plain forms.
const drop = document.getElementById("drop");
const files = document.getElementById("files");
const said = document.getElementById("chosen-files");

const tell = () => {
  if (files.files.length) {
    said.textContent = `${files.files.length} ${said.dataset.said}: ${Array.from(files.files, (file) => file.name).join(", ")}`;
  }
};

if (drop && files) {
  files.addEventListener("change", tell);
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over-it");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over-it"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over-it");
    files.files = event.dataTransfer.files;
    tell();
  });
}

const progress = document.getElementById("progress");
if (progress) {
  const events = new EventSource(progress.dataset.events);
  events.addEventListener("progress", (event) => {
    progress.textContent = JSON.parse(event.data).text;
  });
  events.addEventListener("ended", () => {
    events.close();
    location.reload();
  });
}
