import type { Routes } from "@sidelight/contracts/events/route.ts";
import { type ReactNode, useMemo } from "react";
import { addressOf } from "../ui/address.ts";
import { boxHeight, drawRoutes, type RouteBox, routeWidth, shortText, sourceWidth, targetWidth } from "./diagram.ts";
import { figureWords, stateWords } from "./words.ts";

/** Sources, routes and targets. A route leads to its deliveries. The table below it says the same. */
export function RouteDiagram({ routes }: { routes: Routes }) {
  const diagram = useMemo(() => drawRoutes(routes), [routes]);
  return (
    <figure className="diagram">
      <svg viewBox={`-2 -2 ${diagram.width + 4} ${diagram.height + 4}`}>
        <title>Routes from sources to targets</title>
        <g>
          {diagram.arrows.map(({ id, state, path }) => (
            <path key={id} d={path} className={`arrow arrow-${state}`} />
          ))}
        </g>
        {diagram.sources.map(({ platform, label, events, x, y }) => (
          <BoxLink
            key={platform}
            {...{ x, y, width: sourceWidth, title: label, text: `${events.toLocaleString()} events` }}
            href={addressOf("events", { source: platform })}
          />
        ))}
        {diagram.routes.map((box) => (
          <Route key={box.route.id} box={box} />
        ))}
        {diagram.targets.map(({ connection, label, x, y }) => (
          <BoxLink
            key={connection}
            {...{ x, y, width: targetWidth, title: label, text: connection }}
            href={`#/connections/${encodeURIComponent(connection)}`}
          />
        ))}
      </svg>
    </figure>
  );
}

function Route({ box: { route, x, y } }: { box: RouteBox }) {
  const { id, state, criticality, owner, to } = route;
  return (
    <BoxLink
      {...{ x, y, width: routeWidth, title: shortText(id, 38), text: shortText(figureWords(route), 58) }}
      tag={criticality === "high" ? "high criticality" : ""}
      href={addressOf("deliveries", { route: id })}
      more={`to ${to.label}, ${stateWords[state]}${owner === null ? "" : `, owner ${owner}`}`}
    >
      <rect x={x} y={y} width={5} height={boxHeight} rx={2} className={`state-bar state-${state}`} />
    </BoxLink>
  );
}

interface BoxProps {
  x: number;
  y: number;
  width: number;
  title: string;
  /** After the title; "" for none. */
  tag?: string;
  text: string;
  href: string;
  /** What a screen reader says after the visible text. */
  more?: string;
  children?: ReactNode;
}

// Texts end in a space: a screen reader joins them.
const BoxLink = ({ x, y, width, title, tag = "", text, href, more = "", children }: BoxProps) => (
  <a href={href} aria-label={[`${title} ${tag}`.trim(), text, more].filter(Boolean).join(" ")}>
    <rect className="box" x={x} y={y} width={width} height={boxHeight} rx={4} />
    <text className="box-title" x={x + 14} y={y + 19}>
      {`${title} `}
      {tag && (
        <tspan className="box-tag" dx={8}>
          {`${tag} `}
        </tspan>
      )}
    </text>
    <text className="box-text" x={x + 14} y={y + 37}>
      {text}
    </text>
    {children}
  </a>
);
