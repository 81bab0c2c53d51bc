/**
 * The lab's scenario form. It starts a scenario for the customer on the page. The app shows the change.
 *
 * @param {{ kind: string, label: string }[]} kinds
 * @param {() => string | null} about ref of the customer
 */
export function setUpScenarios(kinds, about) {
  const form = document.querySelector("#scenario");
  const [select, output] = [form.querySelector("select"), form.querySelector("output")];
  if (kinds.length === 0) return;
  select.append(
    ...kinds.map(({ kind, label }) => Object.assign(document.createElement("option"), { value: kind, textContent: label })),
  );
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ kind: select.value, about: about() });
    const outcome = await (await fetch("scenarios", { method: "POST", headers, body })).json();
    output.textContent = outcome.line ?? `The scenario failed: ${outcome.error}`;
  });
}
