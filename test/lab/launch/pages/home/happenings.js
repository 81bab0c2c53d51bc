import { $, element, setText } from "/element.js";
import { expectNews } from "/flow.js";

const most = 4;
let tenants = [];
/** Whom the page itself has chosen, so that the next click is seen where the last one was. */
let kept = null;

export async function showHappenings() {
  const all = await (await fetch("/happenings.json")).json();
  if (!all.ready) return setTimeout(showHappenings, 1_000);
  tenants = all.tenants;
  $("happen-delivery").replaceChildren(...all.fares.map(({ delivery, label }) => option(delivery ?? "", label)));
  $("happen-tenant").replaceChildren(...tenants.map(({ name }) => option(name, name)));
  $("happen-tenant").addEventListener("change", () => showCustomers(null));
  $("happen-about").addEventListener("change", () => {
    kept = null;
  });
  $("kinds").replaceChildren(...all.offered.map(group));
  showCustomers(null);
  $("happen").hidden = false;
}

const option = (value, text) => element("option", { value, text });

function group({ platform, kinds }, i) {
  const id = `kinds-${i}`;
  const buttons = kinds.map(({ kind, label }) => {
    const button = element("button", { type: "button", text: label });
    button.addEventListener("click", () => make(kind, button));
    return button;
  });
  const made = element("div", { role: "group" }, element("h3", { id, text: platform }), ...buttons);
  made.setAttribute("aria-labelledby", id);
  return made;
}

/** @param whom somebody to choose at once, among the examples or not */
function showCustomers(whom) {
  const { customers } = tenants.find(({ name }) => name === $("happen-tenant").value);
  const others = customers.filter(({ name }) => name !== whom?.name);
  $("happen-about").replaceChildren(
    option("", "anybody"),
    ...(whom ? [option(whom.ref, `${whom.name} again`)] : []),
    ...others.map(({ ref, name }) => option(ref, name)),
  );
  $("happen-about").value = whom?.ref ?? "";
  kept = whom?.ref ?? null;
}

async function make(kind, button) {
  const about = $("happen-about").value || null;
  const wish = { kind, tenant: $("happen-tenant").value, delivery: $("happen-delivery").value || null, about };
  button.ariaDisabled = "true";
  let outcome = await post(wish);
  // The page's own choice must not stand in the way of a click.
  if (outcome.error && about === kept) outcome = await post({ ...wish, about: null });
  button.ariaDisabled = null;
  if (outcome.error) return say(element("p", { text: `That can’t happen: ${outcome.error}.` }));
  if (outcome.whom) showCustomers(outcome.whom);
  const links = outcome.links.map(({ label, href }) => element("a", { href, text: label, target: "_blank", dir: "auto" }));
  const fate = element("p", { className: "quiet" });
  expectNews();
  say(element("p", { text: outcome.line, dir: "auto" }), element("p", { className: "links" }, ...links), fate);
  follow(outcome.id, fate);
}

async function post(wish) {
  const headers = { "content-type": "application/json" };
  return await (await fetch("/happenings", { method: "POST", headers, body: JSON.stringify(wish) })).json();
}

function say(...parts) {
  $("happened").prepend(element("li", {}, ...parts));
  while ($("happened").children.length > most) $("happened").lastElementChild.remove();
}

/** Tells how the webhooks fare until nothing more will come of them. */
async function follow(id, fate) {
  const { lines, isOver } = await (await fetch(`/happenings/${id}`)).json();
  const text = lines.join(" ") || "Mixpanel sends nothing when nothing happens: Sidelight has to count use anew.";
  setText(fate, text);
  if (!isOver && fate.isConnected) setTimeout(() => follow(id, fate), 250);
}
