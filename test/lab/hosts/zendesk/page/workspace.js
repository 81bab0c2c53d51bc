// Draws the ticket around the app. Customer text only ever becomes text nodes.

export function element(name, fields = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(fields)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const time = (text) => {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? "" : at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
};

const initials = (name) =>
  [...name.matchAll(/(?:^|\s)(\p{L}|\p{N})/gu)]
    .slice(0, 2)
    .map(([, letter]) => letter)
    .join("")
    .toUpperCase();

export function drawProperties(panel, tab) {
  const { ticket, assignee } = tab.page;
  const field = (label, ...value) => [element("dt", {}, label), element("dd", {}, ...value)];
  const tags = ticket.tags.map((tag) => element("span", { class: "tag" }, tag));
  panel.replaceChildren(
    element(
      "dl",
      {},
      ...field("Requester", tab.requester?.name || tab.requester?.email || "–"),
      ...field("Assignee", assignee ?? "Support"),
      ...field("Form", "Default ticket form"),
      ...field("Type", ticket.type ?? "–"),
      ...field("Priority", ticket.priority ?? "–"),
      element("dt", {}, "Tags"),
      element("dd", { class: "tags" }, ...(tags.length ? tags : ["–"])),
    ),
  );
}

/** @returns the parts of the composer that the editor works on */
export function drawConversation(panel, tab) {
  const { ticket, messages } = tab.page;
  const type = element(
    "select",
    { "aria-label": "Comment type" },
    element("option", { value: "publicReply" }, "Public reply"),
    element("option", { value: "internalNote" }, "Internal note"),
  );
  const box = element("div", {
    class: "editor",
    contenteditable: "true",
    role: "textbox",
    "aria-label": "Comment",
    "aria-multiline": "true",
  });
  const composer = element(
    "section",
    { class: "composer", "aria-label": "Composer" },
    type,
    box,
    element(
      "div",
      { class: "submit" },
      element("span", { class: "quiet" }, "Nothing is sent in the lab."),
      element("button", { type: "button" }, "Submit as Open"),
    ),
  );
  const list = messages.map((message) =>
    element(
      "li",
      { class: `${message.fromAgent ? "agent" : ""} ${message.isPublic ? "" : "note"}` },
      element("span", { class: "face", "aria-hidden": "true" }, initials(message.author)),
      element(
        "div",
        {},
        element(
          "p",
          { class: "by" },
          element("strong", {}, message.author || "–"),
          element("time", { class: "quiet" }, time(message.at)),
          message.isPublic ? null : element("span", { class: "quiet" }, "Internal"),
        ),
        element("div", { class: "bubble" }, message.text),
      ),
    ),
  );
  panel.replaceChildren(
    element(
      "header",
      { class: "subject" },
      element("h1", {}, ticket.subject),
      element("p", {}, ticket.id ? `#${ticket.id} · ${ticket.status} · opened ${time(ticket.createdAt)}` : "Not saved yet"),
    ),
    element("ul", { class: "messages" }, ...list),
    composer,
  );
  return { type, box, composer };
}

export function drawTabs(bar, tabs, current, onSelect) {
  bar.replaceChildren(
    ...tabs.map((tab) =>
      element(
        "button",
        { class: "tab", role: "tab", type: "button", "aria-selected": String(tab === current), onclick: () => onSelect(tab) },
        element("b", {}, tab.page.ticket.subject),
        element("span", {}, tab.page.ticket.id ? `#${tab.page.ticket.id}` : "New ticket"),
      ),
    ),
  );
}
