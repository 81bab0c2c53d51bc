import { $, element, setText } from "/element.js";
import { pollFaster } from "/flow.js";

const maxReports = 4;
let tenants = [];
/** The customer that the page selected after a scenario, so that the next click affects the same customer. */
let autoSelected = null;

export async function showScenarios() {
  const options = await (await fetch("/scenarios.json")).json();
  if (!options.ready) return setTimeout(showScenarios, 1_000);
  tenants = options.tenants;
  $("happen-delivery").replaceChildren(...options.deliveryOptions.map(({ delivery, label }) => option(delivery ?? "", label)));
  $("happen-tenant").replaceChildren(...tenants.map(({ name }) => option(name, name)));
  $("happen-tenant").addEventListener("change", () => showCustomers(null));
  $("happen-about").addEventListener("change", () => {
    autoSelected = null;
  });
  $("kinds").replaceChildren(...options.groups.map(group));
  showCustomers(null);
  $("happen").hidden = false;
}

const option = (value, text) => element("option", { value, text });

function group({ platform, kinds }, i) {
  const id = `kinds-${i}`;
  const buttons = kinds.map(({ kind, label }) => {
    const button = element("button", { type: "button", text: label });
    button.addEventListener("click", () => runScenario(kind, button));
    return button;
  });
  const container = element("div", { role: "group" }, element("h3", { id, text: platform }), ...buttons);
  container.setAttribute("aria-labelledby", id);
  return container;
}

/** @param selected the customer to select, an example or not; null for any */
function showCustomers(selected) {
  const { customers } = tenants.find(({ name }) => name === $("happen-tenant").value);
  const otherCustomers = customers.filter(({ name }) => name !== selected?.name);
  $("happen-about").replaceChildren(
    option("", "any customer"),
    ...(selected ? [option(selected.ref, `${selected.name} again`)] : []),
    ...otherCustomers.map(({ ref, name }) => option(ref, name)),
  );
  $("happen-about").value = selected?.ref ?? "";
  autoSelected = selected?.ref ?? null;
}

async function runScenario(kind, button) {
  const about = $("happen-about").value || null;
  const form = { kind, tenant: $("happen-tenant").value, delivery: $("happen-delivery").value || null, about };
  button.ariaDisabled = "true";
  let outcome = await post(form);
  // A customer that the page selected itself may not fit this scenario: run it for any customer.
  if (outcome.error && about === autoSelected) outcome = await post({ ...form, about: null });
  button.ariaDisabled = null;
  if (outcome.error) return addReport(element("p", { text: `This cannot happen: ${outcome.error}.` }));
  if (outcome.customer) showCustomers(outcome.customer);
  const links = outcome.links.map(({ label, href }) => element("a", { href, text: label, target: "_blank", dir: "auto" }));
  const progress = element("p", { className: "quiet" });
  pollFaster();
  addReport(element("p", { text: outcome.line, dir: "auto" }), element("p", { className: "links" }, ...links), progress);
  followWebhooks(outcome.id, progress);
}

async function post(form) {
  const headers = { "content-type": "application/json" };
  return await (await fetch("/scenarios", { method: "POST", headers, body: JSON.stringify(form) })).json();
}

function addReport(...parts) {
  $("happened").prepend(element("li", {}, ...parts));
  while ($("happened").children.length > maxReports) $("happened").lastElementChild.remove();
}

/** Shows the progress of the webhooks until it can no longer change. */
async function followWebhooks(id, progress) {
  const { lines, isOver } = await (await fetch(`/scenarios/${id}`)).json();
  const text = lines.join(" ") || "Mixpanel sends no webhook for this. Sidelight finds it with its next pull.";
  setText(progress, text);
  if (!isOver && progress.isConnected) setTimeout(() => followWebhooks(id, progress), 250);
}
