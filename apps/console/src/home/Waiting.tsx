import type { Overview } from "@sidelight/contracts/overview/overview.ts";

/** What is lost or waits for a person. */
export function Waiting({ waiting }: Pick<Overview, "waiting">) {
  const { deadLetters, quarantined, withheld, projectionFailures } = waiting;
  return (
    <section aria-labelledby="waiting">
      <h2 id="waiting">Lost or waiting</h2>
      <dl className="waiting-figures">
        <Figure name="Dead letters" count={deadLetters} href="#/deliveries?state=dead_letter" isProblem />
        <Figure name="In quarantine" count={quarantined} href="#/quarantine" isProblem />
        <Figure name="Withheld by consent, in a day" count={withheld} href="#/deliveries?state=withheld" />
        <Figure name="Events not applied" count={projectionFailures} href="#/alerts" isProblem />
      </dl>
    </section>
  );
}

interface FigureProps {
  name: string;
  count: number;
  href: string;
  /** True when each of them needs a person. */
  isProblem?: boolean;
}

function Figure({ name, count, href, isProblem = false }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={isProblem && count > 0 ? "caution" : undefined}>
        {count === 0 ? "0" : <a href={href}>{count.toLocaleString()}</a>}
      </dd>
    </div>
  );
}
