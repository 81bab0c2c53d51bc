const ref = new URLSearchParams(location.search).get("ref") ?? "";
document.querySelector("#request code").textContent = `GET /v1/context/${ref}`;
const answer = await (await fetch(`/answer.json?ref=${encodeURIComponent(ref)}`)).json();
const status = document.getElementById("status");
if (answer.body) {
  const ms = /dur=([\d.]+)/.exec(answer.timing ?? "")?.[1];
  status.textContent = `Status ${answer.status}, answered from ${answer.tier ?? "an unknown tier"}${ms ? ` in ${ms} ms` : ""}. Reload to see it answered from memory.`;
  const body = document.getElementById("body");
  body.textContent = JSON.stringify(answer.body, null, 2);
  body.hidden = false;
} else {
  status.textContent = answer.error ?? "No answer.";
}
