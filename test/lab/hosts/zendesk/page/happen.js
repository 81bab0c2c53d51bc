/**
 * The lab's own "make something happen" to the customer on the page. It only asks for it: what changes is seen in the app.
 *
 * @param {{ kind: string, label: string }[]} kinds
 * @param {() => string | null} about ref of the customer
 */
export function setUpHappenings(kinds, about) {
  const form = document.querySelector("#happen");
  const [choice, said] = [form.querySelector("select"), form.querySelector("output")];
  if (kinds.length === 0) return;
  choice.append(
    ...kinds.map(({ kind, label }) => Object.assign(document.createElement("option"), { value: kind, textContent: label })),
  );
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ kind: choice.value, about: about() });
    const outcome = await (await fetch("happen", { method: "POST", headers, body })).json();
    said.textContent = outcome.line ?? `That can’t happen: ${outcome.error}.`;
  });
}
