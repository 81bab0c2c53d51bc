import { trendWeeks } from "@sidelight/contracts/context/healthPoints.ts";
import { factReasons } from "@sidelight/contracts/context/missingInputs.ts";
import type { Section, SectionName } from "@sidelight/contracts/context/sections.ts";
import { daysSince, daysUntil, isDay } from "../format.ts";
import { instant } from "../freshness.ts";
import { ownTicket } from "../ownTicket.ts";
import type { Body, Source } from "../parts.ts";
import { joined, sectionNames } from "../parts.ts";
import { humanize, joinNames, type Scope } from "../scope.ts";
import type { DriverView, ScoreView, SectionView, Tone } from "../view.ts";
import { type Reckoning, reckon } from "./reckoning.ts";

type Health = Source<Section<"health">>;
type Data = NonNullable<Health["section"]["data"]>;
type Driver = Data["drivers"][number];

export function healthBody(scope: Scope, source: Health): Body {
  const data = source.section.data;
  if (!data) return {};
  const { t } = scope;
  const score = scoreView(scope, data);
  const reckoning = reckon(data, ownTicket(scope.context?.sections.support, scope.options.currentRecord));
  const maxPoints = Math.max(1, ...reckoning.shown.map(({ points }) => Math.abs(points)));
  return {
    headline: score.value === null ? score.text : joined(scope, [score.text, score.band]),
    headlineTone: score.tone,
    score,
    driversTitle: score.value === null ? t("health.drivers") : t("health.drivers_from", { base: reckoning.base }),
    drivers: reckoning.shown.map((driver, index) =>
      driverView(scope, driver, { index, maxPoints, hasOwn: reckoning.ownTicket !== null }),
    ),
    otherDrivers: score.value === null ? [] : otherViews(scope, reckoning, score.value),
    missing: missingViews(scope, data.missing),
  };
}

/** What else makes up the score. */
function otherViews(
  scope: Scope,
  { others, ownTicket: ownPoints, limit }: Reckoning,
  score: number,
): SectionView["otherDrivers"] {
  const { t } = scope;
  const line = (key: string, text: string, points: number) => ({ key, text, ...pointsOf(scope, points) });
  return [
    ...(others.count > 0 ? [line("others", t.plural("driver.others", others.count), others.points)] : []),
    ...(ownPoints === null ? [] : [line("own", t("driver.own_ticket"), ownPoints)]),
    ...(limit === 0 ? [] : [line("limit", t("driver.limit", { score }), limit)]),
  ];
}

function pointsOf({ t, f }: Scope, points: number): { points: string; pointsText: string } {
  return {
    points: f.signed(points),
    pointsText: t.plural(points < 0 ? "driver.points_down" : "driver.points_up", Math.abs(points)),
  };
}

/** Why there is no score: what withholds it, otherwise that too little is known. */
function noScoreText({ t }: Scope, { missing }: Data): string {
  const reason = missing.find((entry) => !factReasons.includes(entry.reason))?.reason;
  if (reason === "pending") return t("health.none");
  return t("health.none_because", { reason: reason ? reasonText(t, reason) : t("health.reason.too_little") });
}

const reasonText = (t: Scope["t"], reason: string): string => t.maybe(`health.reason.${reason}`, humanize(reason));

function scoreView(scope: Scope, data: Data): ScoreView {
  const { t, f } = scope;
  const band = data.band ? t.maybe(`health.band.${data.band}`, humanize(data.band)) : "";
  const share = data.missing.reduce((sum, { weight }) => sum + weight, 0);
  const isOptedOut = data.missing.length > 0 && data.missing.every(({ reason }) => reason === "consent_withheld");
  const provisional = isOptedOut ? t("health.provisional_usage") : t("health.provisional", { share: f.percent(share) });
  const score = data.score === null ? null : Math.round(data.score);
  const noScore = noScoreText(scope, data);
  const change = scoreChange(data);
  const words = { score: score ?? 0, band };
  return {
    value: score,
    text: score === null ? noScore : f.number(score),
    band,
    trend:
      change === null
        ? ""
        : t("health.trend", { points: change === 0 ? t("trend.steady") : f.signed(change), weeks: trendWeeks }),
    arrow: change === null || !data.trend ? null : ({ rising: "up", falling: "down", steady: "flat" } as const)[data.trend],
    tone: bandTone(data.band),
    provisional: data.provisional && score !== null ? provisional : "",
    sentence:
      score === null
        ? noScore
        : change === null
          ? t("health.sentence", words)
          : t("health.sentence_trend", { ...words, trend: pointsOf(scope, change).pointsText, weeks: trendWeeks }),
  };
}

/** Points that the score has gained or lost since the one that its trend compares it with; null when that one is not known. */
function scoreChange({ score, trend, history }: Data): number | null {
  const earlier = history?.at(-1 - trendWeeks);
  return trend === null || score === null || !earlier ? null : Math.round(score) - Math.round(earlier.score);
}

function bandTone(band: Data["band"]): Tone {
  return band === "good" ? "good" : band === "watch" ? "warning" : band === "at_risk" ? "danger" : "muted";
}

function driverView(
  scope: Scope,
  driver: Driver,
  { index, maxPoints, hasOwn }: { index: number; maxPoints: number; hasOwn: boolean },
): DriverView {
  const { points } = driver;
  const section = sectionNames.find((name): name is SectionName => `#${name}` === driver.link) ?? null;
  return {
    key: `${index}:${driver.key}`,
    text: cappedText(scope, driver, hasOwn),
    ...pointsOf(scope, points),
    tone: points < 0 ? "danger" : points > 0 ? "good" : "muted",
    strength: Math.min(1, Math.abs(points) / maxPoints),
    section,
    evidenceText: section ? scope.t("driver.evidence", { section: scope.t(`section.${section}`) }) : "",
  };
}

function cappedText(scope: Scope, driver: Driver, hasOwn: boolean): string {
  const text = driverText(scope, withReadersDays(scope, driver), hasOwn);
  const { cap } = driver;
  return typeof cap === "number" ? scope.t("driver.cap", { text, cap: scope.f.number(cap) }) : text;
}

/**
 * The server counts days on the tenant's calendar. The reader's may differ, and an answer that stays on the screen over midnight
 * grows old: where the instant or the date is in the answer, the days are counted again.
 */
function withReadersDays({ now, options, context }: Scope, driver: Driver): Driver {
  const { account, product } = context?.sections ?? {};
  const lastActive = instant(product?.data?.lastActiveAt);
  const renewal = account?.data?.renewalDate;
  const days =
    driver.key === "last_active" && lastActive !== null
      ? daysSince(lastActive, now, options.timeZone)
      : driver.key === "renewal" && renewal
        ? daysUntil(renewal, now, options.timeZone)
        : null;
  return days === null ? driver : { ...driver, value: days };
}

/** An input in words, with its number and the period that it is about. */
function driverText(scope: Scope, driver: Driver, hasOwn: boolean): string {
  const { t, f } = scope;
  const { key, value } = driver;
  const name = t.maybe(`health.key.${key}`, humanize(key));
  if (value === null) return name;
  if (key === "usage_trend") return usageText(scope, driver);
  if (typeof value === "string") return t("driver.other", { name, value: isDay(value) ? f.day(value) : value });
  const days = Math.round(value);
  switch (key) {
    case "last_active":
      return days === 0 ? t("driver.last_active_today") : t.plural("driver.last_active", days);
    case "csat":
      return csatText(scope, driver, value);
    case "onboarding":
      return t("driver.onboarding", { value: f.percent(value) });
    case "open_tickets":
    case "urgent_tickets":
      return hasOwn ? t.plural(`driver.other_${key}`, value) : t.plural(`driver.${key}`, value);
    case "renewal":
      return days < 0 ? t.plural("driver.renewal_overdue", -days) : t.plural("driver.renewal", days);
    default:
      return t("driver.other", { name, value });
  }
}

/** "Usage rising: 120 sessions in 15 days, 80 before". The numbers are in the answer unless usage is withheld. */
function usageText({ t, context }: Scope, { value, days }: Driver): string {
  const trend = t.maybe(`trend.${value}`, String(value));
  const daily = context?.sections.product?.data?.daily;
  if (!days || !Array.isArray(daily) || daily.length !== 2 * days) return t("driver.usage_trend", { value: trend });
  const [previousCount, now] = [sum(daily.slice(0, days)), sum(daily.slice(days))];
  return t("driver.usage_counts", { value: trend, now, before: previousCount, days });
}

function csatText({ t, f, context }: Scope, { days }: Driver, share: number): string {
  const csat = context?.sections.support?.data?.csat;
  const value = f.percent(share);
  if (!csat || !days) return t("driver.csat", { value });
  return t.plural("driver.csat_ratings", csat.good + csat.bad, { value, days });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** One line for each reason. Inputs that are late are shown in their own section. */
function missingViews({ t, options }: Scope, inputs: Data["missing"]): { key: string; text: string }[] {
  const reasons = new Set(inputs.map(({ reason }) => reason).filter((reason) => reason !== "pending"));
  return [...reasons].map((reason) => {
    const keys = inputs.filter((entry) => entry.reason === reason).map(({ key }) => key);
    const names = keys.map((key) => t.maybe(`health.key.${key}`, humanize(key)));
    return { key: reason, text: t("health.missing", { names: joinNames(names, options.locale), reason: reasonText(t, reason) }) };
  });
}
