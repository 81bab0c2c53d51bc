import { describe, expect, it } from "vitest";
import { organizationOf, readMessage, withoutSession } from "./soap.ts";

const organizationId = "00D5g000001abcDEAQ";
const head = `<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><notifications><OrganizationId>${organizationId}</OrganizationId>`;
const tail = "</notifications></e:Body></e:Envelope>";
const notification = (id: string, fields = "") =>
  `<Notification><Id>${id}</Id><sObject xsi:type="sf:Account"><sf:Id>0015g0000027oiUAAQ</sf:Id>${fields}</sObject></Notification>`;
const megabyte = (part: string) => part.repeat(Math.ceil(1_000_000 / part.length));

describe("the organization of a message", () => {
  it("is found without parsing, at the beginning of the body only", () => {
    expect(organizationOf(Buffer.from(head))).toBe(organizationId);
    expect(organizationOf(Buffer.from(`<a:OrganizationId><![CDATA[${organizationId}]]></a:OrganizationId>`))).toBe(
      organizationId,
    );
    expect(organizationOf(Buffer.from(`${" ".repeat(5_000)}${head}`))).toBeNull();
    expect(organizationOf(Buffer.from(`<OrganizationId>${organizationId}0</OrganizationId>`))).toBeNull();
  });

  it("takes linear time for any body", () => {
    // Quadratic work would take minutes, more than a test may.
    for (const part of ["<", "<a:", "<OrganizationId>", "<a:OrganizationId> ", "<<![CDATA["])
      expect(organizationOf(Buffer.from(megabyte(part)))).toBeNull();
  });
});

describe("a message", () => {
  it("contains its notifications with their fields", async () => {
    const body = Buffer.from(`${head}${notification("04l000000000001AAA", "<sf:Name>A &amp; B</sf:Name>")}${tail}`);
    expect(await readMessage(body)).toEqual({
      OrganizationId: organizationId,
      Notification: [{ Id: "04l000000000001AAA", sObject: { "@type": "sf:Account", Id: "0015g0000027oiUAAQ", Name: "A & B" } }],
    });
  });

  it("is read in several turns of the event loop when it is large", async () => {
    let turns = 0;
    let isDone = false;
    const countTurn = (): void => {
      turns += 1;
      if (!isDone) setImmediate(countTurn);
    };
    setImmediate(countTurn);
    const body = Buffer.from(`${head}${megabyte(notification("04l000000000001AAA"))}${tail}`);
    // One more than a message may have: the source refuses it by its number.
    expect((await readMessage(body))?.Notification).toHaveLength(101);
    isDone = true;
    expect(turns).toBeGreaterThan(25);
  });

  it.each([
    ["empty elements", megabyte("<a/>")],
    ["elements that never end", megabyte("<a>")],
    ["opening brackets", megabyte("<")],
    ["comments that never end", `<!--${megabyte("<!-- -")}`],
    ["entities", megabyte("&amp;")],
    ["attributes", `<a ${megabyte("b='c' ")}/>`],
    ["session ids that never end", megabyte("<SessionId>")],
    ["a DTD", `<!DOCTYPE a [${megabyte("<!ENTITY a 'a'>")}]>`],
  ])("with a megabyte of %s is read or refused in linear time", async (_, content) => {
    const message = await readMessage(Buffer.from(`${head}${content}${tail}`));
    expect(message?.Notification ?? []).toEqual([]);
  });
});

describe("a stored body", () => {
  const secret = "00D!session.token";

  it.each([
    ["as sent", `<SessionId>${secret}</SessionId><a/>`],
    ["with a prefix", `<x:SessionId>${secret}</x:SessionId><a/>`],
    ["with attributes and white space", `<SessionId a="1" >${secret}</SessionId  ><a/>`],
    ["with elements inside", `<SessionId><b>${secret}</b></SessionId><a/>`],
    ["in a CDATA section", `<SessionId><![CDATA[${secret}]]></SessionId><a/>`],
    ["twice", `<SessionId>${secret}</SessionId><SessionId>${secret}</SessionId><a/>`],
    ["in the URLs", `<EnterpriseUrl>${secret}</EnterpriseUrl><PartnerUrl>${secret}</PartnerUrl><a/>`],
  ])("has no session id: %s", (_, text) => {
    expect(withoutSession(Buffer.from(`<m>${text}</m>`)).toString()).toBe("<m><a/></m>");
  });

  it("ends where an element with a session id does not end", () => {
    expect(withoutSession(Buffer.from(`<m><SessionId>${secret}`)).toString()).toBe("<m>");
  });

  it("keeps an empty element's neighbors", () => {
    expect(withoutSession(Buffer.from("<m><SessionId/><a/></m>")).toString()).toBe("<m><a/></m>");
  });

  it("is made in linear time for any body", () => {
    for (const part of ["<SessionId>", "<SessionId ", "<a:SessionId>x", "</SessionId>", "<SessionId></PartnerUrl>", "<"])
      expect(withoutSession(Buffer.from(megabyte(part))).toString()).not.toContain("<SessionId>");
  });
});
