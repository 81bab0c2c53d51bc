import type { Candidate, Searched } from "@sidelight/contracts/context/context.ts";
import { joined } from "./parts.ts";
import { humanize, initialsOf, type Scope, secondsUntil, sourceName } from "./scope.ts";
import type { CandidateView, NoticeView, PanelState } from "./view.ts";

/** Fills the panel when there is no customer to show: what happened, and what to do next. */
export function noticeView(scope: Scope, state: PanelState): NoticeView | null {
  const { t, options, now } = scope;
  const requestId = options.problem?.requestId ?? null;
  switch (state) {
    case "ready":
    case "loading":
      return null;
    case "not_in_host":
      return notice(t("notice.not_in_host.title"), t("notice.not_in_host.text"), "plug");
    case "unconfigured":
      return notice(t("notice.unconfigured.title"), setupText(scope), "gear");
    case "waiting":
      return notice(t("notice.waiting.title"), t("notice.waiting.text"), "people");
    case "offline":
      return notice(t("notice.offline.title"), t("notice.offline.text"), "offline");
    case "session_expired":
      return {
        ...notice(t("notice.session_expired.title"), t("notice.session_expired.text"), "lock"),
        action: { kind: "reload", label: t("notice.action.reload"), disabled: false },
      };
    case "forbidden":
      return { ...notice(t("notice.forbidden.title"), t("notice.forbidden.text"), "lock"), requestId };
    case "rate_limited": {
      const seconds = secondsUntil(options.problem?.retryAt, now);
      const text = t("notice.rate_limited.text", { seconds });
      return { ...notice(t("notice.rate_limited.title"), text, "clock"), requestId, action: retry(scope, seconds > 0) };
    }
    case "error": {
      const text = t.maybe(`problem.${options.problem?.code}`, t("problem.other"));
      const wait = secondsUntil(options.problem?.retryAt, now) > 0;
      return {
        ...notice(t("notice.error.title"), text, "alert"),
        tone: "danger",
        requestId,
        action: retry(scope, wait || options.offline === true),
      };
    }
    case "ambiguous":
      return notice(t("notice.ambiguous.title"), t("notice.ambiguous.text"), "people");
    case "none":
      return noneNotice(scope);
  }
}

function notice(title: string, text: string, icon: NoticeView["icon"]): NoticeView {
  return { title, text, icon, lines: [], tone: "neutral", requestId: null, action: null };
}

function retry({ t }: Scope, isDisabled: boolean): NoticeView["action"] {
  return { kind: "retry", label: t("notice.action.retry"), disabled: isDisabled };
}

/** Only a person who can repair the installation reads what is wrong with it. */
function setupText({ t, options }: Scope): string {
  const fault = options.setup;
  if (!options.admin || !fault || fault === "not_in_host") return t("notice.unconfigured.text");
  return t(`notice.unconfigured.${fault}`);
}

function noneNotice(scope: Scope): NoticeView {
  const { t, context } = scope;
  const partial = context?.match.partial === true;
  const lines = (context?.match.searched ?? []).map((search, index) => ({
    key: `${index}:${search.platform}`,
    text: searchedText(scope, search),
  }));
  const base = partial
    ? notice(t("notice.none_partial.title"), t("notice.none_partial.text"), "search")
    : notice(t("notice.none.title"), t("notice.none.text"), "search");
  return { ...base, lines };
}

function searchedText({ t }: Scope, { platform, by, state }: Searched): string {
  return t("search.line", {
    source: sourceName(t, platform),
    by: t.maybe(`search.${by}`, humanize(by)),
    state: t.maybe(`search.state.${state}`, humanize(state)),
  });
}

const maxCandidates = 3;

export function candidateViews(scope: Scope): CandidateView[] {
  const { t, context } = scope;
  const candidates = (context?.match.candidates ?? []).slice(0, maxCandidates);
  return candidates.map((candidate) => {
    const facts = candidate.distinguishing.map(({ label, value }, index) => ({
      key: `${index}:${label}`,
      label: t.maybe(`candidate.fact.${label.toLowerCase()}`, label),
      text: value,
    }));
    return {
      id: candidate.id,
      label: candidate.label,
      initials: initialsOf(candidate.label),
      kindText: t(candidate.kind === "company" ? "candidate.company" : "candidate.person"),
      facts,
      hint: candidate.fits ? t("candidate.fits") : "",
      chooseLabel: chooseLabel(scope, candidate, candidates),
    };
  });
}

/** Two candidates with one name differ in what else is known, also for people who only hear the buttons. */
function chooseLabel(scope: Scope, candidate: Candidate, candidates: readonly Candidate[]): string {
  const { t } = scope;
  const { label, distinguishing } = candidate;
  const isAlone = candidates.filter((otherCandidate) => otherCandidate.label === label).length === 1;
  const name = isAlone ? label : joined(scope, [label, distinguishing[0]?.value]);
  return t("candidate.choose", { name });
}
