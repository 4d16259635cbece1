// Suggests names while somebody types into a search field. Without this script the form works as it stands.
"use strict";

function addressFor(field, text) {
  const address = new URL(field.dataset.suggestions, location); // may name a release already
  address.searchParams.set("q", text);
  return address;
}

for (const field of document.querySelectorAll("input[data-suggestions]")) {
  const list = document.createElement("datalist");
  list.id = `suggestions-${document.querySelectorAll("datalist").length}`;
  field.after(list);
  field.setAttribute("list", list.id);
  field.autocomplete = "off";
  let timer;
  let asked = "";
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const text = field.value.trim();
      if (text.length < 2 || text === asked) return;
      asked = text;
      const response = await fetch(addressFor(field, text)).catch(() => null);
      if (!response?.ok || text !== asked) return; // suggestions are no need
      const { suggestions } = await response.json();
      list.replaceChildren(...suggestions.map((label) => new Option(label, label)));
    }, 150);
  });
}
