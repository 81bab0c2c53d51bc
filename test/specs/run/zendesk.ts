import type { LabTenant } from "../../lab/simulators/lab.ts";
import { type Client, form, type Reply, zendeskClient } from "../../lab/simulators/testing.ts";

/** Sends every kind of documented read and write to Zendesk's simulator. */
export async function callZendesk(tenant: LabTenant): Promise<void> {
  const api = await zendeskClient(tenant);
  await readEverything(api, tenant);
  await writeTickets(api, tenant);
  await writeUsers(api, tenant);
  await meetRefusals(tenant);
}

async function readEverything(api: Client, { world, examples }: LabTenant): Promise<void> {
  const ticket = examples.resolved[0]!.split(":")[1]!;
  const user = world.ids.zendesk.user(0);
  const organization = world.ids.zendesk.organization(0);
  for (const path of [
    "account/settings",
    "groups",
    "incremental/organizations?start_time=1",
    "incremental/tickets/cursor?start_time=1&include=metric_sets,users,organizations,groups",
    "incremental/users/cursor?start_time=1&include=identities",
    "organizations",
    "organizations/count",
    `organizations/search?external_id=${world.ids.salesforce.account(0)}`,
    `organizations/search?name=${encodeURIComponent("Halvorsen Group")}`,
    `organizations/show_many?ids=${organization}`,
    `organizations/${organization}`,
    `organizations/${organization}/tickets`,
    `organizations/${organization}/users`,
    "satisfaction_ratings?score=good",
    `search?query=${encodeURIComponent("type:ticket status<solved")}`,
    `search?query=${encodeURIComponent(`"${world.people[0]!.email}"`)}`,
    "ticket_fields",
    "tickets?page[size]=20&include=metric_sets",
    `tickets/show_many?ids=${ticket}&include=users`,
    `tickets/${ticket}?include=metric_sets,users,organizations`,
    `tickets/${ticket}/comments`,
    `tickets/${ticket}/metrics`,
    "users?role=agent",
    "users/me",
    "users/search?external_id=u_000000",
    `users/search?query=${encodeURIComponent(`email:"${world.people[0]!.email}"`)}`,
    `users/show_many?ids=${user}`,
    `users/${user}?include=identities`,
    `users/${user}/identities`,
    `users/${user}/tickets/requested`,
  ]) {
    expect200(path, await api("GET", `/api/v2/${path}`));
  }
}

async function writeTickets(api: Client, { world }: LabTenant): Promise<void> {
  const { zendesk, ids } = world;
  const tickets = [...zendesk.tickets.values()];
  const open = tickets.find((t) => t.status === "open")!;
  const closedTicket = tickets.find((t) => t.status === "closed")!;
  const put = (id: number, ticket: object) => api("PUT", `/api/v2/tickets/${id}`, { ticket });
  await put(open.id, {
    custom_fields: [{ id: ids.zendesk.field("account_arr"), value: 12.5 }],
    comment: { body: "Renewal in May.", public: false },
    tags: ["vip"],
    priority: "high",
  });
  // Stale update, closed ticket, missing ticket, invalid date.
  await put(open.id, { safe_update: true, updated_stamp: "2020-01-01T00:00:00Z", status: "pending" });
  await put(closedTicket.id, { tags: ["late"] });
  await put(999_999, { tags: ["lost"] });
  await put(open.id, { custom_fields: [{ id: ids.zendesk.field("renewal_date"), value: "tomorrow" }] });
  // More updates than a minute allows.
  for (let i = 0; i < 8; i++) await put(open.id, { tags: ["often"] });
  const job = await api("PUT", `/api/v2/tickets/update_many?ids=${open.id},${closedTicket.id},999999`, {
    ticket: { additional_tags: ["a"], remove_tags: ["b"] },
  });
  await api("GET", `/api/v2/job_statuses/${job.body.job_status.id}`);
  const ticket = { subject: "Made by us", comment: { body: "hello" }, requester_id: ids.zendesk.user(0) };
  for (let i = 0; i < 2; i++) await api("POST", "/api/v2/tickets", { ticket }, { "idempotency-key": "specifications-1" });
  await api("POST", "/api/v2/tickets", { ticket: { ...ticket, subject: "another" } }, { "idempotency-key": "specifications-1" });
}

async function writeUsers(api: Client, { world }: LabTenant): Promise<void> {
  const user = { name: "New", email: "new@made.example", external_id: "made-1" };
  const created = await api("POST", "/api/v2/users", { user });
  await api("POST", "/api/v2/users", { user });
  await api("PUT", `/api/v2/users/${created.body.user.id}`, { user: { email: "second@made.example" } });
  await api("POST", "/api/v2/users/create_or_update", { user: { ...user, name: "Newer" } });
  await api("POST", "/api/v2/users/create_or_update", { user: { name: "Other", email: "other@made.example" } });
  await api("GET", `/api/v2/users/${world.ids.zendesk.user(99_999)}`);
}

/** A narrow scope, an invalid token, and too many requests. */
async function meetRefusals(tenant: LabTenant): Promise<void> {
  const { url, credentials } = tenant.zendesk;
  const reader = await zendeskClient(tenant, "users:read");
  await reader("GET", "/api/v2/tickets/1");
  await fetch(`${url}/api/v2/users/me`, { headers: { authorization: "Bearer nonsense" } });
  await fetch(`${url}/api/v2/users/me`);
  const consent = new URLSearchParams({
    response_type: "code",
    client_id: credentials.clientId,
    redirect_uri: "http://127.0.0.1/",
  });
  await fetch(`${url}/oauth/authorizations/new?${consent}`, { redirect: "manual" });
  await fetch(`${url}/oauth/tokens`, form({ grant_type: "client_credentials", client_id: "nobody", client_secret: "x" }));
  for (let i = 0; i < 10; i++) await reader("GET", "/api/v2/incremental/users/cursor?start_time=1");
}

function expect200(path: string, { status, body }: Reply): void {
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
}
