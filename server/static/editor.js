// Makes the form of the SPARQL page comfortable: colours and completion in the query, results without a new page.
// Without this script, or without the vendor files, the form works as it stands.
"use strict";

const form = document.getElementById("query-form");
const field = document.getElementById("query");
const result = document.getElementById("result");

function enhance() {
  if (typeof Yasqe === "undefined") return null;
  const prefixes = JSON.parse(form.dataset.prefixes);
  // Its own completers ask prefix.cc and lov.linkeddata.es; ours know our prefixes and the query's variables.
  Yasqe.forkAutocompleter("prefixes", {
    name: "local-prefixes",
    persistenceId: null,
    get: () => Object.entries(prefixes).map(([name, iri]) => `${name}: <${iri}>`).sort(),
  }, false);
  const place = document.createElement("div");
  field.before(place);
  const editor = new Yasqe(place, {
    value: field.value,
    persistenceId: null,
    consumeShareLink: null,
    createShortLink: undefined,
    showQueryButton: false,
    resizeable: false,
    editorHeight: "auto",
    autocompleters: ["variables", "local-prefixes"],
    screenReaderLabel: "Query",
    prefixCcApi: null,
    extraKeys: { "Ctrl-Enter": () => form.requestSubmit(), "Cmd-Enter": () => form.requestSubmit(), Tab: false, "Shift-Tab": false },
  });
  field.hidden = true;
  field.required = false;
  editor.on("change", () => { field.value = editor.getValue(); });
  return editor;
}

async function run(event) {
  if (form.elements.format.value !== "html") return; // a file: the browser saves it
  event.preventDefault();
  const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  result.setAttribute("aria-busy", "true");
  result.textContent = "Asking …";
  try {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const answer = page.getElementById("result") || page.querySelector("main");
    result.replaceChildren(...answer.childNodes);
    history.pushState(null, "", address);
  } catch (error) {
    result.textContent = `The server did not answer (${error.message}). Ask again.`;
  }
  result.removeAttribute("aria-busy");
}

enhance();
form.addEventListener("submit", run);
window.addEventListener("popstate", () => location.reload());
