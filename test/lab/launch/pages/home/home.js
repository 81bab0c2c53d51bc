import { $, element } from "/element.js";
import { followFlow } from "/flow.js";
import { showScenarios } from "/scenarios.js";

async function showCustomers() {
  const home = await (await fetch("/home.json")).json();
  if (!home.ready) return setTimeout(showCustomers, 1_000);
  for (const name of ["docs", "zendesk", "salesforce", "console"]) $(name).href = home[name];
  $("customers").tBodies[0].replaceChildren(...home.customers.map(customerRow));
  $("customers").hidden = false;
  $("waiting").hidden = true;
  breakages = home.breakages;
  await showPlatforms();
}

function customerRow({ ref, name, company, ticket, account }) {
  const links = [
    ticket && element("a", { href: ticket, text: "Zendesk" }),
    account && element("a", { href: account, text: "Salesforce" }),
    element("a", { href: `/answer?ref=${encodeURIComponent(ref)}`, text: "API" }),
  ].filter(Boolean);
  return element(
    "tr",
    {},
    element("th", { scope: "row", text: name, dir: "auto" }),
    element("td", { text: company ?? "—", dir: "auto" }),
    element("td", {}, element("code", { text: ref })),
    element("td", {}, ...links),
  );
}

let breakages = [];

async function showPlatforms() {
  const platforms = await (await fetch("/platforms.json")).json();
  const body = $("platforms").tBodies[0];
  if (body.rows.length !== platforms.length || body.dataset.choices !== String(breakages.length)) {
    body.dataset.choices = String(breakages.length);
    body.replaceChildren(...platforms.map(platformRow));
  }
  for (const platform of platforms) {
    const row = $(`platform-${platform.name}`);
    const choice = row.querySelector("select");
    if (document.activeElement !== choice) choice.value = platform.breakage ?? "";
    const state = row.querySelector(".state");
    state.textContent = platform.summary || "not called yet";
    state.classList.toggle("bad", ["failing", "invalid_credentials"].includes(platform.state));
  }
}

function platformRow({ name, label }) {
  const options = [{ name: "", label: "Working" }, ...breakages];
  const choice = element(
    "select",
    { ariaLabel: `How ${label} should behave` },
    ...options.map((o) => element("option", { value: o.name, text: o.label })),
  );
  choice.addEventListener("change", () => breakPlatform(name, choice.value || null));
  return element(
    "tr",
    { id: `platform-${name}` },
    element("th", { scope: "row", text: label }),
    element("td", {}, choice),
    element("td", {}, element("span", { className: "state" })),
  );
}

async function breakPlatform(platform, breakage) {
  await fetch("/platforms", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ platform, breakage }),
  });
  await showPlatforms();
}

await Promise.all([showCustomers(), showPlatforms(), showScenarios()]);
followFlow();
setInterval(() => document.visibilityState === "visible" && showPlatforms().catch(() => {}), 3_000);
