import { gzipSync } from "node:zlib";
import type { LabTenant } from "../../lab/simulators/lab.ts";
import { mixpanelClient } from "../../lab/simulators/testing.ts";

/** Sends every kind of documented request to Mixpanel's simulator. `now` is the lab's time. */
export async function callMixpanel(tenant: LabTenant, now: number): Promise<void> {
  await query(tenant);
  await importEvents(tenant, now);
  await updateProfiles(tenant, now);
  await erase(tenant);
}

const asForm = { "content-type": "application/x-www-form-urlencoded" };
const day = "2026-11-20";

async function query(tenant: LabTenant): Promise<void> {
  const api = mixpanelClient(tenant);
  const project = `project_id=${tenant.mixpanel.credentials.projectId}`;
  const engage = (fields: Record<string, string>, where = project) =>
    api("POST", `/api/query/engage?${where}`, new URLSearchParams(fields).toString(), asForm);
  const { body } = await engage({});
  await engage({ page: "1", session_id: body.session_id });
  await engage({ page: "1", session_id: "nobody's" });
  await engage({ where: 'properties["$email"]=="nobody@nowhere.example"', output_properties: '["$email"]' });
  await engage({ distinct_ids: JSON.stringify(tenant.world.people[0]!.distinctIds) });
  await engage({}, "project_id=1");
  const gzip = { "accept-encoding": "gzip" };
  const dates = `from_date=${day}&to_date=${day}`;
  await api(
    "GET",
    `/api/2.0/export?${project}&${dates}&limit=5&event=${encodeURIComponent('["Feature Used"]')}`,
    undefined,
    gzip,
  );
  await api("GET", `/api/2.0/export?${project}&from_date=${day}&to_date=2030-01-01`, undefined, gzip);
  const stranger = { ...gzip, authorization: "Basic bm9ib2R5OnNlY3JldA==" };
  await api("GET", `/api/2.0/export?${project}&${dates}`, undefined, stranger);
  for (let i = 0; i < 3; i++) await api("GET", `/api/2.0/export?${project}&${dates}&limit=1`, undefined, gzip);
}

async function importEvents(tenant: LabTenant, now: number): Promise<void> {
  const api = mixpanelClient(tenant);
  const path = `/import?strict=1&project_id=${tenant.mixpanel.credentials.projectId}`;
  const event = (id: string, extra: object = {}) => ({
    event: "Ticket Created",
    properties: { time: Math.floor(now / 1000), distinct_id: "u_000000", $insert_id: id, ...extra },
  });
  await api("POST", path, [event("one")]);
  // A partial success: some records are stored, the others reported.
  await api("POST", path, [event("two"), event("three", { distinct_id: "null" }), event("not valid")]);
  await api(
    "POST",
    path,
    Array.from({ length: 2_001 }, (_, i) => event(`e-${i}`)),
  );
  await api("POST", path, [event("four")], { authorization: "Basic bm9ib2R5OnNlY3JldA==" });
  await fetch(tenant.mixpanel.url + path, {
    method: "POST",
    headers: { authorization: basic(tenant), "content-type": "application/json", "content-encoding": "gzip" },
    body: new Uint8Array(gzipSync(JSON.stringify([event("five")]))),
  });
}

const basic = ({ mixpanel: { credentials } }: LabTenant): string =>
  `Basic ${Buffer.from(`${credentials.username}:${credentials.secret}`).toString("base64")}`;

/** With the project's token in the body, as documented, and no other credentials. */
async function updateProfiles(tenant: LabTenant, now: number): Promise<void> {
  const { token } = tenant.mixpanel.credentials;
  const post = (path: string, items: object[]) =>
    fetch(tenant.mixpanel.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/plain" },
      body: JSON.stringify(items),
    });
  const person = { $token: token, $distinct_id: "made-1" };
  for (const change of [
    { $set: { plan: "growth" } },
    { $set_once: { first: 1 } },
    { $add: { logins: 2 } },
    { $union: { teams: ["a"] } },
    { $append: { seen: "x" } },
    { $remove: { seen: "x" } },
    { $unset: ["plan"] },
    { $delete: null },
  ]) {
    await post("/engage?ip=0", [{ ...person, ...change }]);
  }
  await post("/engage?ip=0&verbose=1", [{ ...person, $set: { plan: "growth" } }]);
  await post("/engage?ip=0&strict=1", [{ ...person, $set: { plan: "growth" } }]);
  await post("/engage?ip=0", [
    { ...person, $set: { plan: "growth" } },
    { ...person, $add: { logins: 1 } },
  ]);
  // Returns 200 although nothing changes.
  await post("/engage?ip=0", [{ ...person, $distinct_id: "", $set: { plan: "growth" } }]);
  const group = { $token: token, $group_key: "company_id", $group_id: "made" };
  for (const change of [
    { $set: { plan: "growth" } },
    { $set_once: { first: 1 } },
    { $union: { teams: ["a"] } },
    { $remove: { teams: "a" } },
    { $unset: ["plan"] },
    { $delete: "" },
  ]) {
    await post("/groups", [{ ...group, ...change }]);
  }
  await post("/groups", [
    { ...group, $set: { plan: "growth" } },
    { ...group, $union: { teams: ["b"] } },
  ]);
  const properties = { token, distinct_id: "u_000000", time: Math.floor(now / 1000), $insert_id: "tracked-1" };
  await post("/track?ip=0", [{ event: "Seen", properties }]);
  // As Mixpanel's SDKs send it.
  const data = (value: object): string => `data=${encodeURIComponent(Buffer.from(JSON.stringify(value)).toString("base64"))}`;
  await fetch(`${tenant.mixpanel.url}/track?ip=0&verbose=0&${data({ event: "Seen", properties })}`);
  await fetch(`${tenant.mixpanel.url}/engage?ip=0&verbose=0&${data({ ...person, $set: { plan: "growth" } })}`);
  await fetch(`${tenant.mixpanel.url}/groups?ip=0&verbose=0&${data({ ...group, $set: { plan: "growth" } })}`);
}

async function erase(tenant: LabTenant): Promise<void> {
  const { url, credentials } = tenant.mixpanel;
  const path = `${url}/api/app/data-deletions/v3.0`;
  const ask = (bearer: string) =>
    fetch(`${path}?token=${credentials.token}`, {
      method: "POST",
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      body: JSON.stringify({ distinct_ids: ["u_000001"], compliance_type: "GDPR" }),
    });
  const erasure = (await (await ask(credentials.gdprToken)).json()) as { results: { task_id: string } };
  await ask(credentials.gdprToken);
  await ask("nobody's");
  await fetch(`${path}/${erasure.results.task_id}?token=${credentials.token}`, {
    headers: { authorization: `Bearer ${credentials.gdprToken}` },
  });
}
