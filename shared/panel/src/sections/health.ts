import { factReasons } from "@sidelight/contracts/context/missingInputs.ts";
import type { Section, SectionName } from "@sidelight/contracts/context/sections.ts";
import { daysSince, daysUntil } from "../format.ts";
import { instant } from "../freshness.ts";
import type { Body, Source } from "../parts.ts";
import { sectionNames } from "../parts.ts";
import { humanize, joinNames, type Scope } from "../scope.ts";
import type { DriverView, ScoreView, Tone } from "../view.ts";

type Health = Source<Section<"health">>;
type Data = NonNullable<Health["section"]["data"]>;
type Driver = Data["drivers"][number];

const maxDrivers = 3;

export function healthBody(scope: Scope, source: Health): Body {
  const data = source.section.data;
  if (!data) return {};
  const score = scoreView(scope, data);
  const strongest = [...data.drivers].sort(byImportance).slice(0, maxDrivers);
  const maxPoints = Math.max(1, ...strongest.map(({ points }) => Math.abs(points)));
  return {
    headline: score.value === null ? score.text : `${score.text} · ${score.band}`,
    headlineTone: score.tone,
    score,
    driversTitle: scope.t("health.drivers"),
    drivers: strongest.map((driver, index) =>
      driverView(scope, data.score === null ? { ...driver, cap: null } : driver, index, maxPoints),
    ),
    missing: missingViews(scope, data.missing),
  };
}

/** What limits the score leads its reasons. */
const byImportance = (a: Driver, b: Driver): number => (a.cap ?? 101) - (b.cap ?? 101) || Math.abs(b.points) - Math.abs(a.points);

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
  const trend = data.trend ? t(`trend.${data.trend}`) : "";
  const share = data.missing.reduce((sum, { weight }) => sum + weight, 0);
  const provisional = t("health.provisional", { share: f.percent(share) });
  const score = data.score === null ? null : Math.round(data.score);
  const noScore = noScoreText(scope, data);
  const words = { score: score ?? 0, band, trend };
  return {
    value: score,
    text: score === null ? noScore : f.number(score),
    band,
    trend,
    arrow: data.trend ? ({ rising: "up", falling: "down", steady: "flat" } as const)[data.trend] : null,
    tone: bandTone(data.band),
    provisional: data.provisional && score !== null ? provisional : "",
    sentence: score === null ? noScore : trend ? t("health.sentence_trend", words) : t("health.sentence", words),
  };
}

function bandTone(band: Data["band"]): Tone {
  return band === "good" ? "good" : band === "watch" ? "warning" : band === "at_risk" ? "danger" : "muted";
}

function driverView(scope: Scope, driver: Driver, index: number, maxPoints: number): DriverView {
  const { t, f } = scope;
  const points = Math.round(driver.points);
  const section = sectionNames.find((name): name is SectionName => `#${name}` === driver.link) ?? null;
  return {
    key: `${index}:${driver.key}`,
    text: cappedText(scope, driver),
    points: f.signed(points),
    pointsText: t.plural(points < 0 ? "driver.points_down" : "driver.points_up", Math.abs(points)),
    tone: points < 0 ? "danger" : points > 0 ? "good" : "muted",
    strength: Math.min(1, Math.abs(driver.points) / maxPoints),
    section,
    evidenceText: section ? t("driver.evidence", { section: t(`section.${section}`) }) : "",
  };
}

function cappedText(scope: Scope, driver: Driver): string {
  const text = driverText(scope, withReadersDays(scope, driver));
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

/** An input in words: days, a share or a count, depending on its key. */
function driverText({ t, f }: Scope, { key, value }: Driver): string {
  const name = t.maybe(`health.key.${key}`, humanize(key));
  if (value === null) return name;
  if (typeof value === "string") {
    const word = t.maybe(`trend.${value}`, /^\d{4}-\d{2}-\d{2}$/.test(value) ? f.day(value) : value);
    return key === "usage_trend" || key === "csat" || key === "onboarding"
      ? t(`driver.${key}`, { value: word })
      : key === "renewal"
        ? t("driver.renewal_date", { value: word })
        : t("driver.other", { name, value: word });
  }
  const days = Math.round(value);
  switch (key) {
    case "usage_trend":
      if (Math.abs(value) < 0.005) return t("driver.usage_steady");
      return t(value > 0 ? "driver.usage_up" : "driver.usage_down", { value: f.percent(Math.abs(value)) });
    case "last_active":
      return days === 0 ? t("driver.last_active_today") : t.plural("driver.last_active", days);
    case "csat":
    case "onboarding":
      return t(`driver.${key}`, { value: f.percent(value) });
    case "open_tickets":
    case "urgent_tickets":
      return t.plural(`driver.${key}`, value);
    case "renewal":
      return days < 0 ? t.plural("driver.renewal_overdue", -days) : t.plural("driver.renewal", days);
    default:
      return t("driver.other", { name, value });
  }
}

/** One line for each reason. Inputs that are late are shown in their own section. */
function missingViews({ t, options }: Scope, inputs: Data["missing"]): { key: string; text: string }[] {
  const reasons = new Set(inputs.map(({ reason }) => reason).filter((reason) => reason !== "pending"));
  return [...reasons].map((reason) => {
    const keys = inputs.filter((entry) => entry.reason === reason).map(({ key }) => key);
    const names = keys.map((key) => t.maybe(`health.key.${key}`, humanize(key)));
    return { key: reason, text: t("health.missing", { names: joinNames(names, options.locale), reason: reasonText(t, reason) }) };
  });
}
