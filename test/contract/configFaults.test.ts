import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, formatIssue } from "@sidelight/context-api/config/issues.ts";
import { loadChecked } from "@sidelight/context-api/runtime/checkConfig.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allPlatforms } from "../harness/platforms.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidelight-faults-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The lines that an operator sees. */
async function faultsOf(text: string): Promise<string[]> {
  const file = join(folder, "sidelight.yaml");
  await writeFile(file, text);
  const error: unknown = await loadChecked(file, null, allPlatforms).then(
    () => new ConfigError([]),
    (refusal: unknown) => refusal,
  );
  if (!(error instanceof ConfigError)) throw error;
  return error.issues.map((issue) => formatIssue(issue).replace(`${file}:`, "").replace("tenants.acme.", ""));
}

const zendesk = `      - id: zendesk
        platform: zendesk
        settings: { url: https://acme.zendesk.com, auth: { clientId: c, clientSecret: s } }
`;
const route = (members: string): string =>
  `        - { id: r${members.length}, on: zendesk.ticket.created, to: zendesk, do: add-user-tags, with: '{ "user": ref, "tags": ["x"] }', ${members} }\n`;
const config = (connections: string, routes: string, rest = ""): string =>
  `version: 1\ntenants:\n  acme:\n    connections:\n${connections}    routing:\n${rest}      routes:\n${routes}`;

describe("one check reports", () => {
  it("unknown keys and wrong types together with typing errors in routes and settings", async () => {
    const faults = await faultsOf(
      `${config(
        `${zendesk}        horizonDay: 30\n`,
        `${route('when: "acount.arr", enabeld: true')}        - { id: broken, on: zendesk.ticket.created }\n${route('to: zendeks, about: "firm"').replace("to: zendesk, ", "")}`,
        "      settings: { case: { wen: ref } }\n",
      )}    csatDay: 3\n    timeZone: Mars\n`,
    );
    expect(faults.map((fault) => fault.replace(/(Invalid|there is no \w+|Unrecognized).*/, "$1"))).toEqual([
      "16: timeZone: not an IANA time zone",
      "8: connections.0.horizonDay: Unrecognized",
      "12: routing.routes.0.enabeld: Unrecognized",
      "13: routing.routes.1.to: Invalid",
      "13: routing.routes.1.do: Invalid",
      "13: routing.routes.1.with: Invalid",
      "14: routing.routes.2.about: Invalid",
      "15: csatDay: Unrecognized",
      "10: routing.settings.case.wen: Unrecognized",
      "14: routing.routes.2.to: there is no connection",
      "12: routing.routes.0.when: there is no acount",
    ]);
  });

  it("all faults of all connections and webhooks, and the actions of the others", async () => {
    const faults = await faultsOf(
      config(
        `${zendesk}        webhooks: [{ kind: evnts, token: a }, { kind: events, token: b, sceret: c }]
      - { id: salesforce, platform: salesfroce }
      - { id: mixpanel, platform: mixpanel, settings: { projectId: 1, regoin: eu } }
`,
        `${route("do: add-user-tag").replace("do: add-user-tags, ", "")}${route("to: mixpanel").replace("to: zendesk, ", "")}`,
      ),
    );
    expect(faults.map((fault) => fault.split(": ")[1])).toEqual([
      "connections.0.webhooks.0.kind",
      "connections.0.webhooks.1.secret",
      "connections.0.webhooks.1.sceret",
      "connections.1.platform",
      "connections.2.settings.auth",
      "connections.2.settings.regoin",
      "routing.routes.0.do",
    ]);
  });

  it("no faults that follow from another one", async () => {
    const faults = await faultsOf(
      config(
        `${zendesk}      - { platform: mixpanel }\n`,
        route("to: mixpanel, with: tagOf")
          .replace("to: zendesk, ", "")
          .replace(/with: '[^']*', /, ""),
        "      transforms: { tagOf: 7 }\n",
      ),
    );
    expect(faults.map((fault) => fault.split(": ")[1])).toEqual(["connections.1.id", "routing.transforms.tagOf"]);
  });

  it("every syntax error of the file", async () => {
    expect((await faultsOf("version: 1\nversion: 2\ntenants: {}\ntenants: {}\n")).map((fault) => fault.split(":")[0])).toEqual([
      "2",
      "4",
    ]);
  });
});

describe("a configuration of which nothing can be used", () => {
  it.each(["tenants: 7", "version: 1\ntenants: [acme]", "version: 1\ntenants: { acme: null }", "version: 2", "[]", "7"])(
    "is refused with its faults: %s",
    async (text) => {
      expect((await faultsOf(text)).length).toBeGreaterThan(0);
    },
  );
});
