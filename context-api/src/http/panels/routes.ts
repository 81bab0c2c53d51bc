import { type RouteConfig, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { compress } from "hono/compress";
import { ProblemError } from "../../services/problemError.ts";
import { type OpenedPanel, openPanel, pageOriginsOf } from "../../services/sessions/openPanel.ts";
import { renewSession } from "../../services/sessions/renewSession.ts";
import type { RouteDeps } from "../deps.ts";
import type { App, Env } from "../env.ts";
import { problemOf } from "../problem.ts";
import { readBody } from "../readBody.ts";
import { problem } from "../v1/shared.ts";
import { panelFile, panelPage, refusalPage } from "./page.ts";

/** A token has about 1 KB. */
const maxFormBytes = 16 * 1024;

const Form = z.object({ token: z.string().openapi({ description: "The signed token of Zendesk, RS256" }) }).openapi("PanelForm");

const openPanelRoute = {
  method: "post",
  path: "/panels/zendesk/{installation}",
  operationId: "openPanel",
  summary: "Open the panel in Zendesk",
  description:
    "Zendesk sends this form for a signed URL. The answer is the app with the session of the person who signed in. A token is accepted once. A caller that accepts text/html gets a page for a refusal too.",
  tags: ["Panels"],
  // The form has the signed token, and no API key.
  security: [],
  request: {
    params: z.object({
      installation: z.string().openapi({ description: "As in the app's manifest: each installation has one of its own" }),
    }),
    body: { required: true, content: { "application/x-www-form-urlencoded": { schema: Form } } },
  },
  responses: {
    200: { description: "The app", content: { "text/html": { schema: z.string() } } },
    400: problem("invalid_request: the form needs one token"),
    401: problem("unauthenticated: the token is forged, expired, used before or for another installation"),
    403: problem("forbidden: the person has no access"),
    404: problem("not_found: there is no such installation, or the app is not built"),
    413: problem("too_large: the form may have 16 KB"),
    415: problem("unsupported_media_type: the body must be a form"),
    429: problem("rate_limited; see the header Retry-After"),
    500: problem("internal"),
    503: problem("overloaded; see the header Retry-After"),
  },
} satisfies RouteConfig;

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
  app.openAPIRegistry.registerPath(openPanelRoute);
  app.post("/panels/zendesk/:installation", async (c) => {
    try {
      return await panelPage(await open(c, deps));
    } catch (error) {
      const problem = problemOf(error);
      // A person who looks at the frame reads a page.
      if (problem !== error || !acceptsPages(c)) throw error;
      const pageOrigins = pageOriginsOf(deps, { platform: "zendesk", installation: c.req.param("installation") });
      return refusalPage(problem, c.get("requestId"), pageOrigins ?? ["https://*.zendesk.com"]);
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
