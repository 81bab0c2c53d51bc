import type { ConnectionOverview, Overview, PanelExperience } from "@sidelight/contracts/overview/overview.ts";
import { durationWords } from "../ui/moments.ts";
import { shareWords } from "./words.ts";

interface Props extends Pick<Overview, "panels"> {
  connections: readonly ConnectionOverview[];
}

/** What agents saw in their panels. */
export function Panels({ panels: { hour, day } }: Props) {
  return (
    <section aria-labelledby="panels">
      <h2 id="panels">Panel experience</h2>
      <table className="table compact panels-table">
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Measure</span>
            </th>
            <th scope="col" className="number">
              Last hour
            </th>
            <th scope="col" className="number">
              Last day
            </th>
          </tr>
        </thead>
        <tbody>
          <Row name="Customers shown" of={({ answers }) => answers.toLocaleString()} hour={hour} day={day} />
          <Row name="With stale data" of={({ stale, answers }) => shareWords(stale, answers)} hour={hour} day={day} />
          <Row name="Ambiguous" of={({ ambiguous, answers }) => shareWords(ambiguous, answers)} hour={hour} day={day} />
          <Row name="No match" of={({ unmatched, answers }) => shareWords(unmatched, answers)} hour={hour} day={day} />
          <Row name="Failed" of={({ failed, answers }) => shareWords(failed, answers)} hour={hour} day={day} />
          <Row
            name="First paint, median"
            of={({ firstPaint }) => paintWords(firstPaint?.medianMs, firstPaint)}
            hour={hour}
            day={day}
          />
          <Row
            name="First paint, 95 %"
            of={({ firstPaint }) => paintWords(firstPaint?.p95Ms, firstPaint)}
            hour={hour}
            day={day}
          />
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  name: string;
  of: (experience: PanelExperience) => string;
  hour: PanelExperience;
  day: PanelExperience;
}

const Row = ({ name, of, hour, day }: RowProps) => (
  <tr>
    <th scope="row">{name}</th>
    <td className="number">{of(hour)}</td>
    <td className="number">{of(day)}</td>
  </tr>
);

/** Bounds are reported, not times. */
function paintWords(upperBound: number | null | undefined, firstPaint: PanelExperience["firstPaint"]): string {
  if (firstPaint === null) return "–";
  return upperBound === null || upperBound === undefined ? "over 10 s" : `≤ ${durationWords(upperBound)}`;
}
