import { afterAll, describe, expect, test } from "vitest";
import { salesforceClient, tinyLab } from "../testing.ts";

const { lab, acme } = await tinyLab();
afterAll(() => lab.close());
const data = "/services/data/v67.0";
const api = await salesforceClient(acme);
const account = acme.world.ids.salesforce.account(0);
let serial = 0;
const external = (): string => `t-${++serial}`;

describe("records", () => {
  test.each([
    ["an unknown field", "Task", { Nope: 1 }, "INVALID_FIELD"],
    ["a read-only field", "Task", { Subject: "x", CreatedDate: "2026-01-01T00:00:00Z" }, "INVALID_FIELD_FOR_INSERT_UPDATE"],
    ["a missing required field", "Contact", { FirstName: "x" }, "REQUIRED_FIELD_MISSING"],
    ["text that is too long", "Task", { Subject: "x".repeat(256) }, "STRING_TOO_LONG"],
    ["a bad address", "Contact", { LastName: "x", Email: "no" }, "INVALID_EMAIL_ADDRESS"],
    ["a queue as a task's owner", "Task", { Subject: "x", OwnerId: acme.world.ids.salesforce.queue(0) }, "MALFORMED_ID"],
    ["a reference to a missing record", "Task", { Subject: "x", WhatId: "001000000000000AAA" }, "INVALID_CROSS_REFERENCE_KEY"],
    ["a reference to another object", "Contact", { LastName: "x", AccountId: acme.world.ids.salesforce.user(0) }, "MALFORMED_ID"],
    ["text for a number", "Account", { Name: "x", ARR__c: "lots" }, "JSON_PARSER_ERROR"],
    [
      "a currency the org does not have",
      "Account",
      { Name: "x", CurrencyIsoCode: "XXX" },
      "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    ],
    ["an id in the body", "Task", { Id: "00T000000000000", Subject: "x" }, "INVALID_FIELD"],
    ["a user", "User", { LastName: "x" }, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"],
  ])("refuse %s", async (_, object, body, errorCode) => {
    expect(await api("POST", `${data}/sobjects/${object}`, body)).toMatchObject({ status: 400, body: [{ errorCode }] });
  });

  test("refuse a duplicate, unless the client acknowledges the alert", async () => {
    const [lead] = [...acme.world.salesforce.tables.Lead.values()];
    const body = { LastName: "Twin", Company: "Twins", Email: lead!["Email"] };
    expect(await api("POST", `${data}/sobjects/Lead`, body)).toMatchObject({
      status: 400,
      body: [{ errorCode: "DUPLICATES_DETECTED" }],
    });
    const headersWithRule = { "content-type": "application/json", "sforce-duplicate-rule-header": "allowSave=true" };
    expect(await api("POST", `${data}/sobjects/Lead`, JSON.stringify(body), headersWithRule)).toMatchObject({ status: 201 });
  });

  test("refuse invalid JSON, a body that is not an object, and an unknown record", async () => {
    expect(await api("POST", `${data}/sobjects/Task`, "{")).toMatchObject({
      status: 400,
      body: [{ errorCode: "JSON_PARSER_ERROR" }],
    });
    expect(await api("POST", `${data}/sobjects/Task`, "x=1", { "content-type": "text/plain" })).toMatchObject({ status: 415 });
    expect(await api("POST", `${data}/sobjects/Nope`, {})).toMatchObject({ status: 404, body: [{ errorCode: "NOT_FOUND" }] });
    expect(await api("GET", `${data}/sobjects/Account/nope`)).toMatchObject({ status: 404, body: [{ errorCode: "NOT_FOUND" }] });
    expect(await api("PUT", `${data}/sobjects/Account/${account}`, {})).toMatchObject({ status: 405 });
  });

  test("are read, changed and stamped", async () => {
    const previous = (await api("GET", `${data}/sobjects/Account/${account}?fields=Name,SystemModstamp`)).body;
    expect((await api("PATCH", `${data}/sobjects/Account/${account}`, { Next_Step__c: "Call" })).status).toBe(204);
    const next = (await api("GET", `${data}/sobjects/Account/${account}`)).body;
    expect(next).toMatchObject({
      Name: previous.Name,
      Next_Step__c: "Call",
      LastModifiedById: acme.world.salesforce.integrationUser,
    });
    expect(next.SystemModstamp > previous.SystemModstamp).toBe(true);
  });

  test("create, then update by external id, never twice", async () => {
    const id = external();
    const path = `${data}/sobjects/Task/Sidelight_External_Id__c/${id}`;
    const first = await api("PATCH", path, { Subject: "one" });
    expect(first).toMatchObject({ status: 201, body: { created: true, success: true } });
    expect(await api("PATCH", path, { Subject: "two" })).toMatchObject({
      status: 200,
      body: { id: first.body.id, created: false },
    });
    expect((await api("GET", path)).body.Subject).toBe("two");
    expect(await api("POST", `${data}/sobjects/Task`, { Subject: "three", Sidelight_External_Id__c: id })).toMatchObject({
      status: 400,
      body: [{ errorCode: "DUPLICATE_VALUE" }],
    });
    expect(await api("PATCH", `${data}/sobjects/Account/Name/x`, {})).toMatchObject({ status: 404 });
  });

  test("return 300 for an external id with several records", async () => {
    const id = external();
    const { Task } = acme.world.salesforce.tables;
    acme.world.change(() => {
      for (const task of [...Task.values()].slice(0, 2)) Task.put({ ...task, Id: task.Id, Sidelight_External_Id__c: id });
    });
    const reply = await api("PATCH", `${data}/sobjects/Task/Sidelight_External_Id__c/${id}`, { Subject: "x" });
    expect(reply.status).toBe(300);
    expect(reply.body).toHaveLength(2);
  });

  test("are described", async () => {
    const { body } = await api("GET", `${data}/sobjects/Task/describe`);
    expect(body).toMatchObject({ name: "Task", keyPrefix: "00T" });
    expect(body.fields.find((f: { name: string }) => f.name === "Sidelight_External_Id__c")).toMatchObject({
      externalId: true,
      unique: true,
    });
  });
});

describe("collections", () => {
  const task = (fields: object) => ({ attributes: { type: "Task" }, ...fields });

  test("return 200 with an error for each failed item", async () => {
    const { status, body } = await api("POST", `${data}/composite/sobjects`, {
      records: [task({ Subject: "ok" }), task({ Nope: 1 })],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { success: true, errors: [] },
      { success: false, errors: [{ statusCode: "INVALID_FIELD" }] },
    ]);
  });

  test("write nothing when one of them is unreadable", async () => {
    const previous = acme.world.salesforce.tables.Task.size;
    const records = [task({ Subject: "ok" }), task({ Subject: 5 })];
    expect(await api("POST", `${data}/composite/sobjects`, { records })).toMatchObject({
      status: 400,
      body: [{ errorCode: "JSON_PARSER_ERROR" }],
    });
    expect(acme.world.salesforce.tables.Task.size).toBe(previous);
  });

  test("roll back together with allOrNone", async () => {
    const previous = acme.world.salesforce.tables.Task.size;
    const { body } = await api("POST", `${data}/composite/sobjects`, {
      allOrNone: true,
      records: [task({ Subject: "ok" }), task({ Nope: 1 })],
    });
    expect(body[0]).toMatchObject({ success: false, errors: [{ statusCode: "ALL_OR_NONE_OPERATION_ROLLED_BACK" }] });
    expect(acme.world.salesforce.tables.Task.size).toBe(previous);
  });

  test("accept at most two hundred records", async () => {
    const records = Array.from({ length: 201 }, (_, i) => task({ Subject: String(i) }));
    expect((await api("POST", `${data}/composite/sobjects`, { records })).status).toBe(400);
    expect((await api("POST", `${data}/composite/sobjects`, { records: records.slice(1) })).body).toHaveLength(200);
  });

  test("update, upsert, read and delete", async () => {
    const id = external();
    const path = `${data}/composite/sobjects/Task/Sidelight_External_Id__c`;
    const upsertReply = await api("PATCH", path, { records: [task({ Subject: "a", Sidelight_External_Id__c: id })] });
    expect(upsertReply.body).toMatchObject([{ success: true, created: true }]);
    const taskId = upsertReply.body[0].id;
    expect(
      (await api("PATCH", `${data}/composite/sobjects`, { records: [task({ id: taskId, Subject: "b" })] })).body,
    ).toMatchObject([{ success: true }]);
    expect((await api("GET", `${data}/composite/sobjects/Task?ids=${taskId}&fields=Subject`)).body).toMatchObject([
      { Subject: "b" },
    ]);
    expect((await api("DELETE", `${data}/composite/sobjects?ids=${taskId}`)).body).toMatchObject([{ success: true }]);
  });
});

describe("composite", () => {
  test("use results of earlier requests, and count as one API call", async () => {
    const usedCalls = async (): Promise<number> =>
      Number(/=(\d+)/.exec((await api("GET", `${data}/limits`)).headers.get("sforce-limit-info")!)![1]);
    const previous = await usedCalls();
    const { body } = await api("POST", `${data}/composite`, {
      compositeRequest: [
        { method: "POST", url: `${data}/sobjects/Account`, referenceId: "made", body: { Name: "Composite" } },
        {
          method: "POST",
          url: `${data}/sobjects/Contact`,
          referenceId: "person",
          body: { LastName: "C", AccountId: "@{made.id}" },
        },
        { method: "GET", url: `${data}/query?q=SELECT+Account.Name+FROM+Contact+WHERE+Id='@{person.id}'`, referenceId: "read" },
      ],
    });
    expect(body.compositeResponse.map((r: { httpStatusCode: number }) => r.httpStatusCode)).toEqual([201, 201, 200]);
    expect(body.compositeResponse[2].body.records[0].Account.Name).toBe("Composite");
    expect((await usedCalls()) - previous).toBe(2);
  });

  test("write all or none", async () => {
    const previous = acme.world.salesforce.tables.Account.size;
    const { status, body } = await api("POST", `${data}/composite`, {
      allOrNone: true,
      compositeRequest: [
        { method: "POST", url: `${data}/sobjects/Account`, referenceId: "a", body: { Name: "Gone" } },
        { method: "POST", url: `${data}/sobjects/Contact`, referenceId: "b", body: {} },
      ],
    });
    expect(status).toBe(200);
    expect(body.compositeResponse[0].body[0].errorCode).toBe("PROCESSING_HALTED");
    expect(acme.world.salesforce.tables.Account.size).toBe(previous);
  });
});

test("return 403 without Retry-After over the daily quota, until a day has passed", async () => {
  const small = await tinyLab({ limits: { salesforce: { dailyRequests: 2 } } });
  const client = await salesforceClient(small.acme);
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await client("GET", `${data}/limits`)).status);
  expect(statuses).toEqual([200, 200, 403]);
  const refusal = await client("GET", `${data}/limits`);
  expect(refusal.body).toMatchObject([{ errorCode: "REQUEST_LIMIT_EXCEEDED" }]);
  expect(refusal.headers.get("retry-after")).toBeNull();
  expect(refusal.headers.get("sforce-limit-info")).toBe("api-usage=2/2");
  small.clock.advance(25 * 3_600_000);
  const laterClient = await salesforceClient(small.acme);
  expect((await laterClient("GET", `${data}/limits`)).status).toBe(200);
  await small.lab.close();
});
