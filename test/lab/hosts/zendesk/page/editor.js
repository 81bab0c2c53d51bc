// The ticket's comment editor: what `comment.*` and `ticket.editor.*` act on.

const allowed = new Set(["P", "UL", "OL", "LI", "STRONG", "EM", "BR", "B", "I"]);

/** @param {() => void} onTypeChange */
export function createEditor({ box, type, composer }, onTypeChange) {
  const applyType = () => composer.classList.toggle("note", type.value === "internalNote");
  type.addEventListener("change", () => {
    applyType();
    onTypeChange();
  });
  applyType();
  return {
    type: () => type.value,
    setType: (value) => {
      if (value !== "internalNote" && value !== "publicReply") return false;
      type.value = value;
      applyType();
      onTypeChange();
      return true;
    },
    text: () => box.textContent ?? "",
    /** HTML at the cursor, reduced to plain formatting as the real editor does. */
    insert: (html) => {
      const range = cursorIn(box);
      const fragment = clean(new DOMParser().parseFromString(html, "text/html").body);
      range.deleteContents();
      range.insertNode(fragment);
      range.collapse(false);
      box.scrollTop = box.scrollHeight;
      return true;
    },
  };
}

function cursorIn(box) {
  const selection = window.getSelection();
  const range = selection?.rangeCount ? selection.getRangeAt(0) : null;
  if (range && box.contains(range.commonAncestorContainer)) return range;
  const end = document.createRange();
  end.selectNodeContents(box);
  end.collapse(false);
  return end;
}

function clean(node) {
  const fragment = document.createDocumentFragment();
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) fragment.append(child.textContent ?? "");
    else if (child.nodeType === Node.ELEMENT_NODE) {
      const inner = clean(child);
      if (!allowed.has(child.nodeName)) fragment.append(inner);
      else {
        const element = document.createElement(child.nodeName);
        element.append(inner);
        fragment.append(element);
      }
    }
  }
  return fragment;
}
