import { useCallback } from "react";
import type { PageProps } from "../session/session.ts";
import { useAddressFilters } from "../ui/address.ts";
import { ChoiceFilter, Filters } from "../ui/Filters.tsx";
import { Part } from "../ui/Part.tsx";
import { Empty, Failed, Loading } from "../ui/states.tsx";
import { useAnswer } from "../ui/useAnswer.ts";
import { useLiveReload } from "../ui/useLive.ts";
import { RouteDiagram } from "./RouteDiagram.tsx";
import { RouteTable } from "./RouteTable.tsx";
import { RouteTrial } from "./RouteTrial.tsx";

const hourChoices = [
  { id: "1", label: "Last hour" },
  { id: "168", label: "Last 7 days" },
];

/** Which events go where: a diagram, the same as a table, and a trial with one event. */
export function RoutesPage({ session }: PageProps) {
  const [{ hours }, setFilters] = useAddressFilters(["hours"]);
  const read = useCallback(
    (signal: AbortSignal) =>
      session.run((client) =>
        client.getRoutes({ signal, ...(hourChoices.some(({ id }) => id === hours) && { hours: Number(hours) }) }),
      ),
    [session, hours],
  );
  const answer = useAnswer(read);
  useLiveReload(session, answer.reload);
  return (
    <>
      <Filters>
        <ChoiceFilter
          {...{ label: "Time", all: "Last 24 hours", chosen: hours, choices: hourChoices }}
          onChange={(choice) => setFilters({ hours: choice })}
        />
      </Filters>
      {answer.status === "loading" && <Loading />}
      {answer.status === "failed" && <Failed text={answer.problem} onRetry={answer.reload} />}
      {answer.status === "ready" &&
        (answer.value.items.length === 0 ? (
          <Empty title="No active routes">Add routes to the configuration, or set routing.defaults to true.</Empty>
        ) : (
          <>
            <RouteDiagram routes={answer.value} />
            <RouteTable routes={answer.value} />
            <Part title="Try the routes">
              <RouteTrial session={session} />
            </Part>
          </>
        ))}
    </>
  );
}
