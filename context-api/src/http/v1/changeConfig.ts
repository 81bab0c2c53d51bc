import { ConfigChange, ConfigChangeRequest } from "@sidelight/contracts/config/change.ts";
import type { ConfigDraft } from "../../config/draft.ts";
import { changeConfig as change } from "../../services/config/changeConfig.ts";
import type { App } from "../env.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { json, noStore, problem, problems, security } from "./shared.ts";

const operation = {
  path: "/v1/config",
  operationId: "changeConfig",
  summary: "Check, try or apply a change of the configuration",
  description:
    "`check` answers with the faults of the change and its differences to the active version. `dry_run` also says which deliveries the events of the last 7 days would have led to. `apply` activates the change. It stays active until the files change: write it into your files too. Needs the right `operate`.",
  tags: ["Configuration"],
  security,
  schema: ConfigChangeRequest,
  maxBytes: 192 * 1024,
  responses: {
    200: json(ConfigChange, "What the change does"),
    ...problems,
    409: problem("conflict: another version is active by now"),
  },
};

export function changeConfig(app: App): void {
  jsonOperation(app, operation, async (c, { text, set = [], base, mode, since, reason }) => {
    const draft: ConfigDraft = text === undefined ? { set } : { text };
    const input = { draft, base, mode, since: since === undefined ? null : Date.parse(since), reason: reason ?? null };
    return c.json(await change(c.get("service"), input), 200, noStore);
  });
}
