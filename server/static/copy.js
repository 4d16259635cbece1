// Gives what can be taken along a button that copies it. Without this script it can be selected and copied.
"use strict";

function addCopyButtons(root) {
  for (const source of root.querySelectorAll("[data-copy]")) {
    if (source.nextElementSibling?.matches("button.copy")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const text = source.value ?? source.textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch { // no secure context, or not allowed: leave it selected for Ctrl C
        if (source.select) source.select();
        else getSelection().selectAllChildren(source);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    source.after(button);
  }
}

addCopyButtons(document);
