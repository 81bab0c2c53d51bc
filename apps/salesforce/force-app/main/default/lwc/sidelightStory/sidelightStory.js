import { ask, askRefresh, askSections } from "c/sidelightAsk";

/**
 * @typedef {import("@sidelight/contracts/context/context.ts").Context} Context
 * @typedef {import("@sidelight/contracts/context/sections.ts").SectionName} SectionName
 * @typedef {import("@sidelight/panel/index.ts").PanelOptions} PanelOptions
 * @typedef {import("c/sidelightAsk").Outcome} Outcome
 * @typedef {import("c/sidelightAsk").Subject} Subject
 * @typedef {object} Story
 * @property {Subject | null} subject
 * @property {Context | null} context
 * @property {"loading" | "refreshing" | "settled"} phase
 * @property {SectionName[]} updating
 * @property {PanelOptions["problem"]} problem
 * @property {PanelOptions["setup"]} setup
 * @property {string | null} requestId
 * @property {number | null} refreshAllowedAt
 * @property {number} askedAt
 * @property {string | null} etag names the last whole answer
 */

/** The API answers 429 to a second refresh within this time. */
const cooldownMs = 30_000;

/** @returns {Story} */
const nothingYet = () => ({
  subject: null,
  context: null,
  phase: "loading",
  updating: [],
  problem: null,
  setup: null,
  requestId: null,
  refreshAllowedAt: null,
  askedAt: 0,
  etag: null,
});

/**
 * One customer's story: what is known, what is being asked, and what came of it. At most two calls settle it: one for
 * all sections, one for those that were late. An answer for a record no longer on screen is dropped.
 * @param {() => void} changed
 */
export function createStory(changed) {
  let story = nothingYet();
  let turn = 0;
  let underWay = 0;

  /** @param {Partial<Story>} news */
  const tell = (news) => {
    story = { ...story, ...news };
    changed();
  };

  /** @param {Promise<Outcome>} question */
  const answerTo = async (question) => {
    underWay += 1;
    const outcome = await question;
    underWay -= 1;
    return outcome;
  };

  /** @param {(subject: Subject) => Promise<Outcome>} question @param {boolean} [quietly] @returns {Promise<boolean>} */
  const load = async (question, quietly) => {
    const { subject } = story;
    if (!subject) return false;
    turn += 1;
    const mine = turn;
    if (quietly) story = { ...story, askedAt: Date.now() };
    else tell({ phase: story.context ? "refreshing" : "loading", askedAt: Date.now() });
    const outcome = await answerTo(question(subject));
    if (mine !== turn) return false;
    if (!isNews(story, outcome)) return true;
    tell({ phase: "settled", updating: [], ...afterLoad(story, outcome) });
    const late = pendingIn(outcome.context);
    if (late.length > 0) await askFor(late, mine);
    return !outcome.problem && !outcome.setup;
  };

  /** @param {SectionName[]} names @param {number} mine */
  const askFor = async (names, mine) => {
    if (!story.subject) return;
    tell({ updating: [...new Set([...story.updating, ...names])] });
    const outcome = await answerTo(askSections(story.subject, names));
    if (mine !== turn) return;
    const updating = story.updating.filter((name) => !names.includes(name));
    tell({
      updating,
      context: withSections(story.context, outcome.context, names),
      requestId: outcome.requestId ?? story.requestId,
    });
  };

  return {
    get now() {
      return story;
    },
    /** @param {Subject} subject */
    show(subject) {
      const { subject: shown } = story;
      const same = shown && shown.recordId === subject.recordId && shown.objectApiName === subject.objectApiName;
      if (same && shown.candidate === subject.candidate) return Promise.resolve(false);
      story = { ...nothingYet(), subject };
      return load(ask);
    },
    reload: () => load(ask),
    /** Asks for what has changed, without a sign of it; not while another question is under way.
     * @returns {Promise<boolean>} false when that failed */
    poll: async () => underWay > 0 || load((subject) => ask(subject, story.etag), true),
    async refresh() {
      if ((story.refreshAllowedAt ?? 0) > Date.now()) return load(ask);
      const done = await load(askRefresh);
      if (done) tell({ refreshAllowedAt: Date.now() + cooldownMs });
      return done;
    },
    /** @param {SectionName | "all"} what */
    retry: (what) => (what === "all" ? load(ask) : askFor([what], turn)),
    /** Whatever is still under way no longer counts. */
    stop() {
      turn += 1;
    },
  };
}

/** Neither is an answer that is on screen already. @param {Story} story @param {Outcome} outcome */
function isNews({ phase, problem, setup }, outcome) {
  return Boolean(outcome.context || outcome.problem || outcome.setup || phase !== "settled" || problem || setup);
}

/** @param {Story} story @param {Outcome} outcome @returns {Partial<Story>} */
function afterLoad(story, outcome) {
  const { context, problem, setup, requestId } = outcome;
  if (context)
    return { context: keepOldValues(story.context, context), problem: null, setup: null, requestId, etag: outcome.etag ?? null };
  // Asked too soon: what is shown is still right, only the next refresh has to wait.
  if (story.context && problem?.code === "rate_limited") return { refreshAllowedAt: problem.retryAt ?? Date.now() + cooldownMs };
  return { problem, setup };
}

/** @param {Context | null} context @returns {SectionName[]} */
function pendingIn(context) {
  const sections = Object.entries(context?.sections ?? {});
  return /** @type {SectionName[]} */ (sections.filter(([, section]) => section?.state === "pending").map(([name]) => name));
}

/** On a refresh a section that is late keeps what it had. @param {Context | null} old @param {Context} fresh */
function keepOldValues(old, fresh) {
  if (!old || old.customer?.id !== fresh.customer?.id) return fresh;
  const sections = { ...fresh.sections };
  for (const name of pendingIn(fresh)) {
    const had = old.sections[name];
    if (had && !sections[name]?.data) Object.assign(sections, { [name]: had });
  }
  return { ...fresh, sections };
}

/** @param {Context | null} shown @param {Context | null} answer @param {SectionName[]} names @returns {Context | null} */
function withSections(shown, answer, names) {
  if (!shown) return shown;
  const sections = { ...shown.sections };
  for (const name of names) {
    const fresh = answer?.sections[name];
    const settled = fresh && fresh.state !== "pending" ? fresh : tooLate(sections[name]);
    Object.assign(sections, { [name]: settled });
  }
  return { ...shown, asOf: answer?.asOf ?? shown.asOf, sections };
}

/** A section that neither call brought: an error with Retry, and with the last good value if there is one.
 * @template T @param {T} section */
function tooLate(section) {
  return { ...section, state: "error", problem: { code: "timeout", message: "", since: null, retryAt: null } };
}
