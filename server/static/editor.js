// Makes the form of the SPARQL page comfortable: colours and completion in the query, results without a new page.
// Without this script, or without the vendor files, the form works as it stands.
"use strict";

const form = document.getElementById("query-form");
const field = document.getElementById("query");
const result = document.getElementById("result");
let asked = location.search; // what the page shows the answer to

// Names in the graph, by label. A name is completed where no keyword, variable, literal or prefix is being typed.
const KEYWORDS = ("SELECT ASK CONSTRUCT DESCRIBE WHERE DISTINCT REDUCED FROM NAMED PREFIX BASE FILTER OPTIONAL UNION MINUS "
  + "GRAPH SERVICE SILENT BIND VALUES UNDEF EXISTS NOT GROUP ORDER BY ASC DESC LIMIT OFFSET HAVING AS IN COUNT SUM MIN "
  + "MAX AVG SAMPLE GROUP_CONCAT SEPARATOR BOUND COALESCE IF STR LANG DATATYPE REGEX REPLACE CONTAINS STRSTARTS STRENDS "
  + "ISIRI ISLITERAL ISBLANK TRUE FALSE YEAR MONTH DAY NOW LCASE UCASE CONCAT STRLEN SUBSTR LANGMATCHES SAMETERM").split(" ");
const offers = new Map(); // all that was offered, by the term that stands for it in the query

function before(editor, token) {
  const line = editor.getCursor().line;
  return editor.getPreviousNonWsToken(line, token)?.string ?? "";
}

const terms = {
  name: "terms",
  persistenceId: null,
  bulk: false,
  autoShow: true,
  isValidCompletionPosition(editor) {
    const token = editor.getCompleteToken();
    const word = token.string.trim();
    if (word.length < 2 || !/^[<\p{L}][^"'?$]*$/u.test(word)) return false;
    if (/^(prefix|base)$/i.test(before(editor, token))) return false;
    return !KEYWORDS.some((keyword) => (word === word.toUpperCase() ? keyword.startsWith(word) : keyword === word.toUpperCase()));
  },
  async get(editor, token) {
    const typed = token.string.trim().replace(/^<|>$/g, "");
    const [prefix, local] = typed.split(":");
    const previous = before(editor, token);
    const address = new URL(form.dataset.completions, location);
    address.searchParams.set("q", local ? local.replaceAll("-", " ") : prefix);
    if (/^(a|rdf:type)$/.test(previous)) address.searchParams.set("first", "class");
    else if (token.state.possibleCurrent.includes("a")) address.searchParams.set("first", "property");
    const response = await fetch(address).catch(() => null);
    if (!response?.ok) return []; // completions are no need
    const { completions } = await response.json();
    const fitting = completions.filter(({ term }) => term !== token.string && (!local || term.startsWith(`${prefix}:`)));
    for (const offer of fitting) offers.set(offer.term, offer);
    return fitting.map(({ term }) => term);
  },
  postprocessHints(_editor, hints) {
    return hints.map((hint) => ({ ...hint, render: (element) => draw(element, offers.get(hint.text)) }));
  },
};

function draw(element, { term, label, kind }) {
  const [name, note] = [document.createElement("span"), document.createElement("small")];
  name.textContent = label;
  note.textContent = `${kind} · ${term}`;
  element.append(name, note);
}

function enhance() {
  if (typeof Yasqe === "undefined") return null;
  const prefixes = JSON.parse(form.dataset.prefixes);
  // Its own completers ask prefix.cc and lov.linkeddata.es; ours know our prefixes and the query's variables.
  Yasqe.forkAutocompleter("prefixes", {
    name: "local-prefixes",
    persistenceId: null,
    get: () => Object.entries(prefixes).map(([name, iri]) => `${name}: <${iri}>`).sort(),
  }, false);
  Yasqe.registerAutocompleter(terms, false);
  Yasqe.defaults.autocompleters = ["variables", "local-prefixes", "terms"]; // a shorter list given below is filled up with theirs
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
    screenReaderLabel: "Query",
    prefixCcApi: null,
    extraKeys: { "Ctrl-Enter": () => form.requestSubmit(), "Cmd-Enter": () => form.requestSubmit(), Tab: false, "Shift-Tab": false },
  });
  // The server knows these prefixes undeclared, so that the editor takes none of them for an error.
  const mode = editor.getMode();
  const begin = mode.startState;
  mode.startState = () => Object.assign(begin(), { prefixes: { ...prefixes } });
  editor.getPrefixesFromQuery = () => Object.fromEntries(
    [...editor.getValue().matchAll(/\bPREFIX\s+([\w-]*):\s*<([^>]*)>/gi)].map(([, name, iri]) => [name, iri]));
  editor.setValue(field.value);
  field.hidden = true;
  field.required = false;
  for (const hint of document.querySelectorAll(".keys")) hint.hidden = false;
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
    addCopyButtons(result);
    history.pushState(null, "", address);
    asked = location.search;
  } catch (error) {
    result.textContent = `The server did not answer (${error.message}). Ask again.`;
  }
  result.removeAttribute("aria-busy");
}

enhance();
form.addEventListener("submit", run);
window.addEventListener("popstate", () => { if (location.search !== asked) location.reload(); }); // not for #content
