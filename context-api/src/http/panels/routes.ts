import type { Context } from "hono";
import { compress } from "hono/compress";
import { ProblemError } from "../../services/problemError.ts";
import { type OpenedPanel, openPanel, pageOriginsOf } from "../../services/sessions/openPanel.ts";
import { renewSession } from "../../services/sessions/renewSession.ts";
import type { RouteDeps } from "../deps.ts";
import type { App, Env } from "../env.ts";
import { problemOf } from "../problem.ts";
import { readBody } from "../readBody.ts";
import { panelFile, panelPage, refusalPage } from "./page.ts";

/** A token has about 1 KB. */
const maxFormBytes = 16 * 1024;

/**
 * The panel as its platform opens it: a form with a signed token, answered with the app and the session of the person. These paths take
 * no API key.
 */
export function panelRoutes(app: App, deps: RouteDeps): void {
  app.get("/panels/zendesk/assets/:file", compress(), async (c) => {
    const file = await panelFile(c.req.param("file"));
    if (!file) throw new ProblemError("not_found", "There is no such file of the Zendesk app. Reload the app.");
    return file;
  });
  app.post("/panels/sessions/renew", async (c) => {
    const session = await renewSession(deps, bearer(c));
    return c.json(session, 200, { "cache-control": "no-store" });
  });
  // A frame that the browser loads again. Without a sign-in it says how to sign in again.
  app.get("/panels/zendesk/:installation", async (c) => {
    const pageOrigins = pageOriginsOf(deps, { platform: "zendesk", installation: c.req.param("installation") });
    if (!pageOrigins)
      throw new ProblemError("not_found", "There is no such installation. Check the address in the app's manifest.");
    return await panelPage({ session: null, pageOrigins });
  });
  app.post("/panels/zendesk/:installation", async (c) => {
    try {
      return await panelPage(await open(c, deps));
    } catch (error) {
      const problem = problemOf(error);
      // A person who looks at the frame reads a page.
      if (problem !== error || !acceptsPages(c)) throw error;
      return refusalPage(problem, c.get("requestId"));
    }
  });
}

async function open(c: Context<Env>, deps: RouteDeps): Promise<OpenedPanel> {
  const mediaType = c.req.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType !== "application/x-www-form-urlencoded")
    throw new ProblemError("unsupported_media_type", "Send a form with the member token, as Zendesk does for signed URLs.");
  const form = new URLSearchParams((await readBody(c.req.raw, maxFormBytes)).toString("utf8"));
  const tokens = form.getAll("token");
  const [token] = tokens;
  if (token === undefined || tokens.length > 1)
    throw new ProblemError("invalid_request", "The form needs one member token. Set signedUrls in the app's manifest.");
  return await openPanel(deps, { platform: "zendesk", installation: c.req.param("installation") ?? "", token });
}

const acceptsPages = (c: Context<Env>): boolean => c.req.header("accept")?.includes("text/html") === true;

const bearer = (c: Context<Env>): string => /^Bearer +(\S{1,4000})$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
