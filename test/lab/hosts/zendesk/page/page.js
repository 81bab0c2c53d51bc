// An agent's ticket view around the app: tabs, one frame per open ticket, and the switches of the lab.
import { createEditor } from "./editor.js";
import { setUpScenarios } from "./scenarios.js";
import { drawConversation, drawProperties, drawTabs } from "./workspace.js";
import { connectApp } from "./zaf.js";

const $ = (selector) => document.querySelector(selector);
const query = new URLSearchParams(window.location.search);
const workspace = await (await fetch("workspace.json")).json();
const view = {
  location: query.get("location") ?? "ticket_sidebar",
  scheme: query.get("scheme") === "dark" ? "dark" : "light",
  width: Number(query.get("width")) || 320,
  locale: query.get("locale") ?? "en-US",
  role: query.get("role") ?? "agent",
};
const tabs = [];
let current = null;
document.body.classList.toggle("bare", query.has("bare"));

const emptyTicket = {
  id: null,
  subject: "New ticket",
  status: "new",
  priority: null,
  type: null,
  tags: [],
  createdAt: "",
  organizationId: null,
};
const emptyPage = { ticket: emptyTicket, requester: null, assignee: null, messages: [] };

async function openTicket(id) {
  const known = tabs.find((tab) => tab.key === `${view.location}:${id}`);
  if (known) return select(known);
  const isNew = view.location === "new_ticket_sidebar";
  const answer = isNew ? null : await fetch(`tickets/${id}`);
  if (answer && !answer.ok) return;
  const page = answer ? await answer.json() : emptyPage;
  const tab = { key: `${view.location}:${id}`, location: view.location, page, requester: page.requester };
  await addFrame(tab);
  tabs.push(tab);
  select(tab);
}

async function addFrame(tab) {
  const guid = crypto.randomUUID();
  const frame = document.createElement("iframe");
  frame.title = "Sidelight";
  frame.name = `app_${guid}`;
  frame.style.height = "100px";
  const address = new URLSearchParams({ origin: window.location.origin, app_guid: guid, colorScheme: view.scheme });
  const signed = await post("signed", { role: view.role, location: tab.location, query: address.toString() });
  tab.app = connectApp({
    frame,
    guid,
    origin: signed ? new URL(signed.url).origin : window.location.origin,
    registration: () => {
      if (query.has("offline")) disconnect(frame);
      return registrationOf(tab, guid);
    },
    get: (path) => read(tab, path),
    set: (path, value) => write(tab, path, value),
    invoke: (action, args) => invoke(tab, frame, action, args),
    request: (options) => post("request", options),
  });
  if (!signed) frame.src = appAddress(address);
  tab.frame = frame;
  $(".frames").append(frame);
  if (signed) submitForm(frame, `${signed.url}?${address}`, signed.token);
}

const registrationOf = (tab, guid) => ({
  metadata: workspace.metadata,
  context: {
    instanceGuid: guid,
    product: "support",
    account: { subdomain: "acme" },
    location: tab.location,
    ticketId: tab.page.ticket.id,
  },
});

/** A link can open the app as the browser does without a host, or after the session has ended. */
function appAddress(address) {
  if (query.has("outside")) return `app/index.html?colorScheme=${view.scheme}`;
  return `${query.has("ended") ? "panels/zendesk/ended" : "app/index.html"}?${address}`;
}

/** The app starts without a network. */
const disconnect = (frame) =>
  Object.defineProperty(frame.contentWindow.navigator, "onLine", { get: () => false, configurable: true });

const post = async (path, body) =>
  (await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();

/** Signed URLs: the frame is opened by a form with the token. */
function submitForm(frame, action, token) {
  const form = Object.assign(document.createElement("form"), { method: "post", action, target: frame.name, hidden: true });
  form.append(Object.assign(document.createElement("input"), { name: "token", value: token }));
  document.body.append(form);
  form.submit();
  form.remove();
}

function select(tab) {
  if (current && current !== tab) current.app.deactivate();
  current = tab;
  for (const { frame } of tabs) frame.hidden = frame !== tab.frame;
  draw();
  tab.app.activate();
}

function draw() {
  document.documentElement.dataset.scheme = view.scheme;
  $(".apps").style.width = `${view.width}px`;
  $("#width").value = view.width;
  $("#width-text").textContent = `${view.width} px`;
  $("#scheme").textContent = view.scheme === "dark" ? "Light" : "Dark";
  if (!current) return;
  document.title = `${current.page.ticket.subject} · Sidelight lab`;
  drawTabs($(".tabs"), tabs, current, select);
  drawProperties($(".properties"), current);
  $("#requester").value = current.requester?.email ?? "";
  if (current.page.ticket.id) chooseTicket(current.page.ticket);
  if (!current.editor) {
    const holder = document.createElement("div");
    holder.style.display = "contents";
    const tab = current;
    const reportType = () => tab.app.emit("comment.type.changed", tab.editor?.type());
    current.editor = createEditor(drawConversation(holder, current), reportType);
    current.conversation = holder;
  }
  $(".conversation").replaceChildren(...[current.conversation]);
}

/** Selects the ticket in the list. */
function chooseTicket({ id, subject }) {
  if (![...$("#ticket").options].some(({ value }) => value === String(id))) $("#ticket").append(ticketOption({ id, subject }));
  $("#ticket").value = id;
}

const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
const ticketOption = ({ id, subject }) => option(id, subject ? `#${id} ${subject}` : `#${id}`);

const person = () => ({
  ...{ id: 9001, name: "Sam Agent", email: "sam@acme.example" },
  ...workspace.agents?.[view.role === "admin" ? "admin" : "agent"],
  role: view.role,
  groups: [{ id: 1, name: "Support" }],
  locale: view.locale,
  timeZone: { name: "London", offset: 0, ianaName: query.get("timeZone") ?? Intl.DateTimeFormat().resolvedOptions().timeZone },
});

function read(tab, path) {
  const { ticket } = tab.page;
  const values = {
    currentUser: person(),
    "currentAccount.subdomain": "acme",
    colorScheme: view.scheme,
    "ticket.id": ticket.id,
    "ticket.subject": ticket.subject,
    "ticket.status": ticket.status,
    "ticket.requester": tab.requester,
    "ticket.requester.id": tab.requester?.id ?? null,
    "ticket.requester.email": tab.requester?.email ?? null,
    "ticket.requester.name": tab.requester?.name ?? null,
    "user.id": tab.requester?.id,
    "organization.id": ticket.organizationId,
    "comment.type": tab.editor?.type(),
    "comment.text": tab.editor?.text(),
  };
  return Object.hasOwn(values, path) ? values[path] : undefined;
}

function write(tab, path, value) {
  return path === "comment.type" ? (tab.editor?.setType(value) ?? false) : false;
}

function invoke(tab, frame, action, args) {
  if (action === "resize") {
    const [{ height } = {}] = args;
    if (/^\d+px$/.test(height ?? "")) frame.style.height = height;
    return true;
  }
  if (action === "ticket.editor.insert") return tab.editor?.insert(String(args[0] ?? "")) ?? false;
  return false;
}

/** A requester was chosen in the form. Zendesk reports the id and the address at the same time. */
function changeRequester(email) {
  if (!current || email === (current.requester?.email ?? "")) return;
  const known = tabs.map(({ page }) => page.requester).find((requester) => requester?.email === email);
  current.requester = email ? (known ?? { id: null, name: "", email }) : null;
  draw();
  current.app.emit("ticket.requester.id.changed", current.requester?.id ?? null);
  current.app.emit("ticket.requester.email.changed", current.requester?.email ?? null);
}

function setUpLab() {
  // Another ticket takes the place of the one on screen, in the same frame.
  window.addEventListener("lab:ticket", ({ detail }) => {
    if (current) current.page.ticket = { ...current.page.ticket, id: detail };
  });
  $(".home").href = workspace.homeUrl;
  $("#ticket").append(...workspace.tickets.map(ticketOption));
  $("#location").append(...workspace.locations.map((name) => option(name, name.replaceAll("_", " "))));
  $("#location").value = view.location;
  $("#locale").append(...["en-US", "en-GB", "de-DE", "ar-EG", "en-XA"].map((name) => option(name, name)));
  $("#locale").value = view.locale;
  $("#ticket").addEventListener("change", ({ target }) => openTicket(target.value));
  $("#requester").addEventListener("change", ({ target }) => changeRequester(target.value.trim()));
  $("#width").addEventListener("input", ({ target }) => {
    view.width = Number(target.value);
    draw();
  });
  $("#scheme").addEventListener("click", () => {
    view.scheme = view.scheme === "dark" ? "light" : "dark";
    draw();
    for (const { app } of tabs) app.emit("colorScheme.changed", view.scheme);
  });
  for (const name of ["location", "locale"]) {
    // A frame reads these at its start, so the page reloads.
    $(`#${name}`).addEventListener("change", ({ target }) => {
      query.set(name, target.value);
      if (current?.page.ticket.id) query.set("ticket", current.page.ticket.id);
      window.location.search = query.toString();
    });
  }
}

setUpLab();
setUpScenarios(workspace.scenarios, () => {
  const { page, requester } = current ?? {};
  // A different requester in the form is a different person.
  if (requester && requester !== page.requester) return `email:${requester.email}`;
  return page?.ticket.id ? `zendesk.ticket:${page.ticket.id}` : null;
});
draw();
await openTicket(query.get("ticket") ?? workspace.tickets[0]?.id);
const people = tabs.map(({ page }) => page.requester?.email).filter(Boolean);
$("#requesters").append(...people.map((email) => Object.assign(document.createElement("option"), { value: email })));
