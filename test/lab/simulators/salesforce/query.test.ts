import { afterAll, describe, expect, test } from "vitest";
import { call, form, salesforceClient, salesforceToken, tinyLab } from "../testing.ts";

const { lab, acme, clock } = await tinyLab({ limits: { salesforce: { batchSize: 20 } } });
afterAll(() => lab.close());
const { url, credentials } = acme.salesforce;
const data = "/services/data/v67.0";
const api = await salesforceClient(acme);
const query = (soql: string, kind = "query") => api("GET", `${data}/${kind}?q=${encodeURIComponent(soql)}`);
const account = acme.world.ids.salesforce.account(0);

describe("signing in", () => {
  const token = (fields: Record<string, string>) => call(`${url}/services/oauth2/token`, form(fields));

  test("accept right client credentials and refuse wrong ones", async () => {
    const { clientId, clientSecret } = credentials;
    const good = await token({ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret });
    expect(good.body).toMatchObject({
      instance_url: url,
      token_type: "Bearer",
      id: expect.stringContaining(credentials.organizationId),
    });
    expect(await token({ grant_type: "client_credentials", client_id: "x", client_secret: clientSecret })).toMatchObject({
      status: 400,
      body: { error: "invalid_client_id" },
    });
    expect(await token({ grant_type: "client_credentials", client_id: clientId, client_secret: "x" })).toMatchObject({
      status: 400,
      body: { error: "invalid_client" },
    });
    expect(await token({ grant_type: "password" })).toMatchObject({ status: 400, body: { error: "unsupported_grant_type" } });
  });

  test("expires a token, and refuses another tenant's", async () => {
    const client = await salesforceClient(acme);
    expect((await client("GET", `${data}/limits`)).status).toBe(200);
    clock.advance(901_000);
    expect(await client("GET", `${data}/limits`)).toMatchObject({ status: 401, body: [{ errorCode: "INVALID_SESSION_ID" }] });
    clock.advance(-901_000);
    const foreign = await salesforceToken(lab.tenants["globex"]!);
    expect((await call(`${url}${data}/limits`, { headers: { authorization: `Bearer ${foreign}` } })).status).toBe(401);
    expect((await call(`${url}${data}/limits`)).status).toBe(401);
  });
});

describe("queries", () => {
  test("return batches without gap or overlap", async () => {
    const first = await query("SELECT Id FROM Contact ORDER BY Id");
    expect(first.body).toMatchObject({ done: false, totalSize: acme.world.salesforce.tables.Contact.size });
    const ids: string[] = [];
    for (let page = first; ; page = await api("GET", page.body.nextRecordsUrl)) {
      ids.push(...page.body.records.map((r: { Id: string }) => r.Id));
      if (page.body.done) break;
      expect(page.body.nextRecordsUrl).toMatch(/^\/services\/data\/v67\.0\/query\/01g\w+-\d+$/);
    }
    expect(new Set(ids).size).toBe(first.body.totalSize);
    expect(ids).toHaveLength(first.body.totalSize);
    expect(await api("GET", `${data}/query/01gnope-20`)).toMatchObject({
      status: 400,
      body: [{ errorCode: "INVALID_QUERY_LOCATOR" }],
    });
  });

  test("write times and relationships as Salesforce does", async () => {
    const { body } = await query(
      `SELECT Id, SystemModstamp, Owner.Name, Parent.Name, Parent.Owner.Name FROM Account WHERE Id = '${account}'`,
    );
    expect(body.records[0]).toMatchObject({
      attributes: { type: "Account", url: `${data}/sobjects/Account/${account}` },
      SystemModstamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$/),
      Owner: { attributes: { type: "Name" }, Name: expect.any(String) },
      Parent: { attributes: { type: "Account" }, Name: "Halvorsen Group", Owner: { Name: expect.any(String) } },
    });
    const orphan = await query("SELECT Id, Parent.Name FROM Account WHERE ParentId = null LIMIT 1");
    expect(orphan.body.records[0].Parent).toBeNull();
  });

  test("show deleted records only to queryAll", async () => {
    const task = await api("POST", `${data}/sobjects/Task`, { Subject: "short-lived" });
    expect((await api("DELETE", `${data}/sobjects/Task/${task.body.id}`)).status).toBe(204);
    const soql = `SELECT Id, IsDeleted FROM Task WHERE Id = '${task.body.id}'`;
    expect((await query(soql)).body.totalSize).toBe(0);
    expect((await query(soql, "queryAll")).body.records).toMatchObject([{ IsDeleted: true }]);
    expect(await api("GET", `${data}/sobjects/Task/${task.body.id}`)).toMatchObject({
      status: 404,
      body: [{ errorCode: "ENTITY_IS_DELETED" }],
    });
  });

  test("return errors as arrays, and the API usage header with every response", async () => {
    const bad = await query("SELECT Nope FROM Account");
    expect(bad).toMatchObject({ status: 400, body: [{ errorCode: "INVALID_FIELD" }] });
    expect(bad.headers.get("sforce-limit-info")).toMatch(/^api-usage=\d+\/100000$/);
    expect(await api("GET", "/services/data/v12.0/limits")).toMatchObject({ status: 404, body: [{ errorCode: "NOT_FOUND" }] });
    expect((await api("GET", `${data}/query?q=${"x".repeat(17_000)}`)).status).toBe(414);
    expect((await call(`${url}/services/data/`)).body.at(-1)).toMatchObject({ version: "67.0", url: data });
  });
});
