import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import { type Coding, codingFor, readyBody } from "../cache/codedBodies.ts";
import type { Actor } from "../services/actor.ts";
import type { Authenticated } from "../services/actors/authenticate.ts";
import type { LaidOutAnswer } from "../services/panels/withLayout.ts";
import type { ServedTenant } from "../services/servedTenant.ts";
import { contentHeaders, validatorHeaders } from "./v1/contextResponse.ts";

/** An answer from memory in one coding, ready to be sent. Headers are names and values by turns. */
export interface WarmForm {
  body: Buffer;
  etag: string;
  headersOf200: string[];
  headersOf304: string[];
}

/** A request target that was answered for callers of one scope. */
export interface WarmRead {
  served: ServedTenant;
  scope: string;
  /** Of the answer in memory. */
  key: string;
  /** What the target adds to the answer; see `addLayout`. */
  layout: string | null;
  /** The answer that the forms were made of. */
  answer: object | null;
  forms: Partial<Record<Coding, WarmForm>>;
}

/**
 * Remembers which answer in memory a request target means, so that a repeated request is neither routed, parsed nor validated. It
 * holds no answer: whether one is still valid is decided for each request.
 */
export interface WarmReads {
  /** @param request undefined for a request that came without a connection, as in a test */
  remember(request: IncomingMessage | undefined, caller: Authenticated, answer: LaidOutAnswer): void;
  find(target: string, host: string, caller: Authenticated): WarmRead | null;
}

/** Targets contain at most 2,000 characters of fields. */
const maxTargets = 10_000;
const maxTargetLength = 1_000;
const maxHosts = 100;

export function createWarmReads(): WarmReads {
  const readsByTarget = new LRUCache<string, WarmRead[]>({ max: maxTargets });
  /** Values of the Host header that the router accepted. */
  const hosts = new Set<string>();
  return {
    remember(request, { served, actor }, { key, layout }) {
      const { url, headers: { host = "" } = {} } = request ?? {};
      if (url === undefined || key === null || url.length > maxTargetLength) return;
      // The router accepts some hosts with some targets only.
      if (!URL.canParse(`http://${host}/`)) return;
      if (hosts.size > maxHosts) hosts.clear();
      hosts.add(host);
      const scope = scopeOf(actor);
      const others = (readsByTarget.get(url) ?? []).filter((read) => read.served === served && read.scope !== scope);
      readsByTarget.set(url, [...others, { served, scope, key, layout, answer: null, forms: {} }]);
    },
    find(target, host, { served, actor }) {
      const reads = readsByTarget.get(target);
      if (!reads || !hosts.has(host)) return null;
      const scope = scopeOf(actor);
      for (const read of reads) if (read.served === served && read.scope === scope) return read;
      return null;
    },
  };
}

const scopes = new WeakMap<Actor, string>();

/** Callers of one scope get the same answer to the same request. */
function scopeOf(actor: Actor): string {
  const remembered = scopes.get(actor);
  if (remembered !== undefined) return remembered;
  const { tenant, role, rights, sessionRef } = actor;
  const scope = JSON.stringify([tenant, role, rights, sessionRef]);
  scopes.set(actor, scope);
  return scope;
}

/**
 * The form of an answer for a caller who prefers this coding; null while it is not compressed yet.
 * @param commonHeaders names and values by turns, of every answer
 */
export function warmForm(
  read: WarmRead,
  answer: { body: Buffer; etag: string },
  preferred: Coding,
  commonHeaders: readonly string[],
): WarmForm | null {
  if (read.answer !== answer) {
    read.answer = answer;
    read.forms = {};
  }
  const coding = codingFor(answer.body, preferred);
  const form = read.forms[coding];
  if (form) return form;
  const body = readyBody(answer.body, coding);
  if (!body) return null;
  const validators = validatorHeaders({ etag: answer.etag, tier: "memory" }, coding);
  const content = { ...contentHeaders(coding), "content-length": String(body.length) };
  const newForm: WarmForm = {
    body,
    etag: validators["etag"] ?? "",
    headersOf200: Object.entries({ ...validators, ...content })
      .flat()
      .concat(commonHeaders),
    headersOf304: Object.entries(validators).flat().concat(commonHeaders),
  };
  read.forms[coding] = newForm;
  return newForm;
}
