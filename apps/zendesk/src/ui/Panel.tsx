import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { createIdentity, type PanelIdentity } from "@sidelight/panel/identity/identity.ts";
import type { IdentityTransport } from "@sidelight/panel/identity/transport.ts";
import { type PanelOptions, type PanelView, type Summary, summaryLabels, toSummary } from "@sidelight/panel/index.ts";
import type { PanelSession } from "@sidelight/panel/session/session.ts";
import { lazy, Suspense, useState, useSyncExternalStore } from "react";
import { insertSummary } from "../insert/insert.ts";
import type { ZendeskSubject } from "../session/subject.ts";
import type { Host } from "../zaf/host.ts";
import { Actions } from "./Actions.tsx";
import { Banner } from "./Banner.tsx";
import { Facts } from "./Facts.tsx";
import { Header } from "./Header.tsx";
import { InsertPreview } from "./InsertPreview.tsx";
import { Candidates, Notice } from "./Notice.tsx";
import { headingId, Section } from "./Section.tsx";
import { useMarks } from "./useMarks.ts";

export interface PanelHandlers {
  refresh(): unknown;
  retry(target: SectionName | "all"): unknown;
  choose(candidateId: string): void;
  undoChoice(): void;
}

interface BodyProps {
  view: PanelView;
  /** The answer behind the view. */
  context: Context | null;
  options: PanelOptions;
  /** Receives a sentence about what changed, to be announced. */
  onNews: (news: string) => void;
  host: Host;
  /** The ticket on screen, or null. */
  ticketId: string | null;
  /** The person chose this candidate: the choice can be undone even without a header. */
  isCandidate: boolean;
  handlers: PanelHandlers;
  identity: PanelIdentity;
}

interface Props extends Omit<BodyProps, "identity"> {
  /** A new key shows another customer: nothing of the former one stays open. */
  bodyKey: string;
  session: PanelSession<ZendeskSubject>;
  loadIdentity: () => Promise<IdentityTransport<ZendeskSubject>>;
}

/** A skeleton replaces the panel while a live change brings another customer. A decision that is on its way must not be lost then. */
const identities = new WeakMap<Props["session"], PanelIdentity>();

function identityOf({ session, loadIdentity }: Pick<Props, "session" | "loadIdentity">): PanelIdentity {
  const identity = identities.get(session) ?? createIdentity({ session, loadTransport: loadIdentity });
  identities.set(session, identity);
  return identity;
}

export function Panel({ bodyKey, session, loadIdentity, ...props }: Props) {
  return <Body key={bodyKey} {...props} identity={identityOf({ session, loadIdentity })} />;
}

const Identity = lazy(() => import("./Identity.tsx").then((module) => ({ default: module.Identity })));

function Body({ view: plain, context, options, onNews, host, ticketId, isCandidate, handlers, identity }: BodyProps) {
  const identityState = useSyncExternalStore(identity.subscribe, identity.state);
  const view = useMarks(plain, context, options, onNews);
  const [openByName, setOpenByName] = useState<Partial<Record<SectionName, boolean>>>({});
  const [preview, setPreview] = useState<Summary | null>(null);
  const showActions = view.state === "ready" || view.state === "ambiguous" || view.state === "none";
  const retryLabel = view.sections.find(({ problem }) => problem)?.problem?.retryLabel ?? view.actions.refresh.label;

  const showEvidence = (name: SectionName): void => {
    setOpenByName((previous) => ({ ...previous, [name]: true }));
    const heading = document.getElementById(headingId(name));
    heading?.focus();
    heading?.scrollIntoView({ block: "nearest" });
  };

  return (
    <main className="panel" aria-label={view.labels.panel} data-state={view.state}>
      {view.header && (
        <Header
          header={view.header}
          onChange={isCandidate ? handlers.undoChoice : () => (identityState.isOpen ? identity.close() : void identity.open())}
        />
      )}
      {(isCandidate || identityState.isOpen || identityState.lastChange) && (
        <Suspense>
          <Identity context={context} options={options} state={identityState} identity={identity} />
        </Suspense>
      )}
      {view.banner && <Banner banner={view.banner} retryLabel={retryLabel} onRetry={handlers.retry} />}
      {view.notice && (
        <Notice
          notice={view.notice}
          labels={view.labels}
          onAction={(kind) => (kind === "reload" ? window.location.reload() : handlers.retry("all"))}
        />
      )}
      {view.notice && isCandidate && (
        <button type="button" className="link" onClick={handlers.undoChoice}>
          {view.labels.change}
        </button>
      )}
      {view.candidates.length > 0 && (
        <Candidates candidates={view.candidates} label={view.labels.candidates} onChoose={handlers.choose} />
      )}
      {view.facts.length > 0 && <Facts facts={view.facts} labels={view.labels} />}
      {showActions && (
        <Actions
          actions={view.actions}
          labels={view.labels}
          onRefresh={handlers.refresh}
          onInsert={() => setPreview(preview ? null : toSummary(view, options))}
          insertOpen={preview !== null}
        />
      )}
      {preview && view.state === "ready" && (
        <InsertPreview
          summary={preview}
          words={summaryLabels(options)}
          closeLabel={view.labels.close}
          onInsert={() => insertSummary(host, preview, ticketId)}
          onClose={() => setPreview(null)}
        />
      )}
      {view.sections.map((section) => (
        <Section
          key={section.name}
          section={section}
          labels={view.labels}
          isOpen={openByName[section.name] ?? section.openAtFirst}
          onToggle={() =>
            setOpenByName((previous) => ({ ...previous, [section.name]: !(previous[section.name] ?? section.openAtFirst) }))
          }
          onRetry={handlers.retry}
          onEvidence={showEvidence}
        />
      ))}
    </main>
  );
}
